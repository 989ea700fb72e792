"""Tables for people: as many columns as fit."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ...objects.documents import METADATA, is_stamp
from ...protocol.jsontypes import JSONObject, is_object
from .output import Output
from .text import cell, visible

NARROWEST = 10
"""A column that would be cut to less than this many characters is left out."""
GAP = 2


def when(milliseconds: int | None) -> str:
    """A version as the local time that it stands for."""
    if milliseconds is None:
        return ""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def make_table(out: Output, columns: Sequence[tuple[str, Sequence[Text]]]) -> Table:
    """A table with these columns. The first is shown whole if that can be, and the last one gets what is left."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", padding=(0, GAP - 1, 0, 0))
    room = out.console.width
    for position, (heading, cells) in enumerate(columns):
        wanted = max([cell_len(heading), *(text.cell_len for text in cells)])
        last = position == len(columns) - 1
        width = min(wanted, room if last else out.console.width // 2 if position == 0 else _widest(out))
        table.add_column(Text(heading), no_wrap=True, overflow="ellipsis", width=max(width, 1))
        room -= width + GAP
    for cells_of_row in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*cells_of_row)
    return table


def _widest(out: Output) -> int:
    """How much of a value is shown where there are several in a line."""
    return max(NARROWEST, min(40, out.console.width // 4))


def show_rows(out: Output, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table of rows."""
    columns = zip(*(map(_text, row) for row in rows), strict=True)
    out.console.print(make_table(out, list(zip(headings, columns, strict=True))))


def show_pairs(out: Output, pairs: Iterable[tuple[str, Any]]) -> None:
    """Names and values, one pair on a line."""
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(Text(visible(name)), _text(value))
    out.console.print(grid)


def show_documents(out: Output, documents: Sequence[JSONObject]) -> None:
    """Objects as a table: their ids, when they changed, and the fields that most of them have, as far as they fit."""
    counts = Counter(name for document in documents for name, value in document.items() if _tells(name, value))
    names = sorted((name for name, _ in counts.most_common()), key=lambda name: name == "attachment")
    columns = [
        ("id", [_text(document["id"]) for document in documents]),
        ("modified", [Text(when(document.get("last_modified")), "dim") for document in documents]),
    ]
    room = out.console.width
    room -= sum(max(cell_len(heading), *(text.cell_len for text in cells)) + GAP for heading, cells in columns)
    for name in names:
        cells = [_text(_short(name, document[name])) if name in document else Text() for document in documents]
        width = min(max(cell_len(visible(name)), *(text.cell_len for text in cells)), _widest(out))
        if room < min(width, NARROWEST):
            break
        columns.append((visible(name), cells))
        room -= width + GAP
    out.console.print(make_table(out, columns))
    if left := names[len(columns) - 2 :]:
        out.note(f"not shown: {', '.join(left)}")


def _tells(name: str, value: Any) -> bool:
    """Whether a field is worth a column. The version of a schema is stamped on records by the server."""
    return name not in METADATA and not (name == "schema" and is_stamp(value))


def _short(name: str, value: Any) -> Any:
    """A value in a table: the name of a file for what is told of it."""
    return value.get("filename", value) if name == "attachment" and is_object(value) else value


def _text(value: Any) -> Text:
    return value if isinstance(value, Text) else Text(cell(value))
