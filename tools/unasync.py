"""Generates the sync half from the async one: `python tools/unasync.py`, or `--check` to see that they are in step.

The rules are applied in order, each to whole words. A rule that nothing needs is an error, so that the table stays
what the code is.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = [
    (ROOT / "kinto_sdk" / "_aio", ROOT / "kinto_sdk" / "_sync"),
    (ROOT / "tests" / "server" / "aio", ROOT / "tests" / "server" / "sync"),
]
BANNER = "# Generated from {source} by tools/unasync.py. Edit that file, then run `make generate`.\n"

RULES = [
    (r"\basync_(session|waiting|files|documents)\b", r"sync_\1"),
    (r"async_kinto_client", "kinto_client"),
    (r"AsyncIterator", "Iterator"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
    (r"__aiter__", "__iter__"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"in the async colour\. The sync one is generated from this folder\.", "in the sync colour."),
]


def sync_source(text: str, used: set[str]) -> str:
    """The sync form of an async module."""
    for pattern, replacement in RULES:
        text, count = re.subn(pattern, replacement, text)
        if count:
            used.add(pattern)
    return text


def main(arguments: list[str]) -> int:
    """Write the generated files, or with `--check` say which are not in step."""
    check = "--check" in arguments
    used: set[str] = set()
    wrong: list[str] = []
    for source_folder, target_folder in FOLDERS:
        expected: set[Path] = set()
        for source in sorted(source_folder.glob("**/*.py")):
            target = target_folder / source.relative_to(source_folder)
            expected.add(target)
            name = source.relative_to(ROOT).as_posix()
            text = BANNER.format(source=name) + sync_source(source.read_text(), used)
            if target.exists() and target.read_text() == text:
                continue
            wrong.append(target.relative_to(ROOT).as_posix())
            if not check:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
        for stray in sorted(set(target_folder.glob("**/*.py")) - expected):
            wrong.append(stray.relative_to(ROOT).as_posix())
            if not check:
                stray.unlink()
    unused = [pattern for pattern, _ in RULES if pattern not in used]
    for pattern in unused:
        print(f"unused rule: {pattern}")
    for name in wrong:
        print(f"{'not in step' if check else 'written'}: {name}")
    return 1 if unused or (check and wrong) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
