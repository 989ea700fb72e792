"""The shape of the house: who may import whom, and that the two colours say the same."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import kinto_sdk

PACKAGE = Path(kinto_sdk.__file__).parent

BELOW: dict[str, set[str]] = {
    "protocol": set(),
    "objects": {"protocol"},
    "flows": {"objects", "protocol"},
    "transport": {"objects", "protocol"},
    "_aio": {"flows", "transport", "objects", "protocol"},
    "_sync": {"flows", "transport", "objects", "protocol"},
    "cli": {"_aio", "_sync", "flows", "transport", "objects", "protocol", "testing"},
}
"""What each folder may import, itself aside."""


def rooms_imported(module: Path) -> set[str]:
    """The folders of the package that a module imports, wherever in the module it does."""
    found: set[str] = set()
    depth = len(module.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("kinto_sdk."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("kinto_sdk.")}
    return found


@pytest.mark.parametrize("folder", BELOW)
def test_imports_point_down_only(folder: str) -> None:
    """No module imports a folder above its own."""
    wrong = {
        str(module.relative_to(PACKAGE)): sorted(above)
        for module in (PACKAGE / folder).glob("**/*.py")
        if (above := rooms_imported(module) - BELOW[folder] - {folder})
    }
    assert wrong == {}


def test_httpx_is_imported_in_transport_alone() -> None:
    """A move to another HTTP library would touch one folder."""
    importing = {
        module.relative_to(PACKAGE).parts[0]
        for module in PACKAGE.glob("**/*.py")
        if re.search(r"^\s*(import|from) httpx", module.read_text(), re.MULTILINE)
    }
    assert importing == {"transport"}


def test_client_imports_little() -> None:
    """`from kinto_sdk import Client` loads neither asyncio, nor cattrs, nor dateutil, nor the other colour."""
    script = "import sys; from kinto_sdk import Client; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = [name for name in loaded if re.match(r"(asyncio|cattrs|dateutil|jsonschema|kinto_sdk\._aio)(\.|$)", name)]
    assert heavy == []
    # Nor what objects are made of, which is wanted with the first of them.
    later = re.compile(r"kinto_sdk\.(_sync\.record|objects\.(state|documents)|protocol\.jsonable)")
    assert [name for name in loaded if later.match(name)] == []
    assert "kinto_sdk._sync.client" in loaded


def test_every_public_name_can_be_imported() -> None:
    """What `__all__` names exists, and nothing is exported lazily without being named there."""
    assert {name for name in kinto_sdk.__all__ if not hasattr(kinto_sdk, name)} == set()
    assert set(kinto_sdk._LAZY) <= set(kinto_sdk.__all__)
    assert kinto_sdk.__all__ == sorted(
        kinto_sdk.__all__, key=lambda n: (len(n) == 1 or n != n.upper() or n[0] == "_", not n[0].isupper(), n)
    )


def test_unknown_names_are_refused() -> None:
    """A misspelt name is an AttributeError naming it."""
    with pytest.raises(AttributeError, match="Clinet"):
        kinto_sdk.Clinet  # noqa: B018  # the access is what is tested
    assert "Client" in dir(kinto_sdk)


def facades() -> list[tuple[ModuleType, ModuleType]]:
    """The async modules, each with its sync twin."""
    aio = importlib.import_module("kinto_sdk._aio")
    names = [info.name for info in pkgutil.iter_modules(aio.__path__)]
    return [
        (
            importlib.import_module(f"kinto_sdk._aio.{name}"),
            importlib.import_module(f"kinto_sdk._sync.{name}"),
        )
        for name in names
    ]


def colourless(text: str | None) -> str | None:
    """A signature or docstring with the words that tell the colours apart taken out."""
    if text is None:
        return None
    text = re.sub(r"\b_aio\b|\b_sync\b", "_colour", text)
    text = re.sub(r"async_session|sync_session", "session", text)
    text = re.sub(r"\bawait |\basync (?=with|for|def)", "", text)
    return re.sub(r"Async(?=[A-Z])", "", text)


@pytest.mark.parametrize("twins", facades(), ids=lambda pair: pair[0].__name__.rsplit(".", 1)[-1])
def test_each_sync_class_has_its_async_twin(twins: tuple[ModuleType, ModuleType]) -> None:
    """Public classes and methods come in pairs with the same signature and docstring."""
    aio, sync = twins
    classes = {
        name: cls for name, cls in vars(sync).items() if inspect.isclass(cls) and cls.__module__ == sync.__name__
    }
    for name, cls in classes.items():
        twin = getattr(aio, f"Async{name}", None) or getattr(aio, name)
        assert colourless(cls.__doc__) == colourless(twin.__doc__)
        members = {key for key in vars(cls) if not key.startswith("_")}
        assert members == {key for key in vars(twin) if not key.startswith("_")}
        for key in members:
            ours, theirs = getattr(cls, key), getattr(twin, key)
            assert colourless(inspect.getdoc(ours)) == colourless(inspect.getdoc(theirs))
            if inspect.isfunction(ours):
                assert colourless(str(inspect.signature(ours))) == colourless(str(inspect.signature(theirs)))
                assert inspect.getdoc(ours), f"{name}.{key} has no docstring"
