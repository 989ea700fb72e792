# Generated from kinto_sdk/_aio/signed.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The records of signed collections."""

import secrets
from hashlib import sha384
from typing import TYPE_CHECKING

from ..flows import changeset as flows
from ..protocol.errors import SignatureError
from ..protocol.signatures import Trust, signed_text
from ..transport.sync_waiting import giving_way

if TYPE_CHECKING:
    from ..objects.typevars import D
    from .collection import Collection
    from .record import Record


def verified(collection: "Collection[D]", trust: Trust, *, expected: int | str) -> "list[Record[D]]":
    """Read all records and check their signature; once more past every cache when it does not match."""
    try:
        return _verified(collection, trust, expected)
    except SignatureError:
        # A cache may have given records, timestamp and signature of different moments.
        return _verified(collection, trust, secrets.token_hex(8))


def _verified(collection: "Collection[D]", trust: Trust, expected: int | str) -> "list[Record[D]]":
    context, path, port = collection._context, collection._path, collection._port
    timestamp, metadata, rows = port.ask(flows.signed_changeset(context, path, expected=expected))
    text = sha384()
    try:
        for pieces in giving_way(signed_text(rows, timestamp)):
            for piece in pieces:
                text.update(piece)
        port.ask(flows.verify(context, trust, metadata, text.digest()))
    except SignatureError as error:
        raise SignatureError(f"{path}: {error}") from error
    records: list[Record[D]] = []
    for portion in giving_way(rows):
        records.extend(map(collection._from_row, portion))
    return records
