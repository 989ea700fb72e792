"""The reference of docs/reference/ shows everything public, and each thing in one place."""

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path
from pydoc import locate

import kinto_sdk

PAGES = {page.name: page.read_text() for page in (Path(__file__).parents[2] / "docs" / "reference").glob("*.md")}
TEXT = "\n".join(PAGES.values())
SHOWN = Counter(re.findall(r"^::: (\S+)$", TEXT, re.MULTILINE))
"""What the pages show with its docstring."""
LINKED = set(re.findall(r"\]\[([\w.]+)\]", TEXT))


def public_names() -> set[str]:
    """What users may import, by the shortest path."""
    names = {f"kinto_sdk.{name}" for name in kinto_sdk.__all__}
    for found in pkgutil.iter_modules(kinto_sdk.__path__, "kinto_sdk."):
        module = importlib.import_module(found.name)
        names |= {f"{found.name}.{name}" for name in getattr(module, "__all__", ()) if name not in kinto_sdk.__all__}
    return names


def test_every_public_name_is_shown_once() -> None:
    """A new name gets its place; asynchronous classes are in the table beside their synchronous twins."""
    twins = re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", PAGES["client.md"], re.MULTILINE)
    assert [asynchronous for name, asynchronous in twins if asynchronous != f"Async{name}"] == []
    told = SHOWN + Counter(f"kinto_sdk.{asynchronous}" for _, asynchronous in twins)
    assert {name: told[name] for name in public_names() if told[name] != 1} == {}
    assert max(SHOWN.values()) == 1


def test_what_is_shown_or_linked_exists() -> None:
    """No page is about something that was renamed."""
    assert [path for path in sorted(SHOWN.keys() | LINKED) if locate(path) is None] == []


def test_the_tree_of_errors_is_the_real_one() -> None:
    """Each error stands below the one that catches it, with the builtin that does so, too."""
    tree = PAGES["errors.md"].split("```text\n")[1].split("\n```")[0].splitlines()
    above: list[type[BaseException]] = []
    for line in tree:
        depth = (len(line) - len(line.lstrip())) // 4
        del above[depth:]
        error = getattr(kinto_sdk, line.split()[0])
        builtin = re.findall(r"\(and (\w+)\)", line)
        ours = [base.__name__ for base in error.__bases__ if base.__module__ != "builtins"]
        assert ours == [base.__name__ for base in above[-1:]]
        assert builtin == [b.__name__ for b in error.__bases__ if b.__module__ == "builtins" and b is not Exception]
        above.append(error)
    exported = {name: getattr(kinto_sdk, name) for name in kinto_sdk.__all__}
    errors = {name for name, each in exported.items() if isinstance(each, type) and issubclass(each, Exception)}
    assert Counter(line.split()[0] for line in tree) == Counter(errors)
