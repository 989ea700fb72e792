"""The records of signed collections."""

import secrets
from hashlib import sha384
from typing import TYPE_CHECKING

from ..flows import changeset as flows
from ..protocol.errors import SignatureError
from ..protocol.signatures import Trust, signed_text
from ..transport.async_waiting import giving_way

if TYPE_CHECKING:
    from ..objects.typevars import D
    from .collection import AsyncCollection
    from .record import AsyncRecord


async def verified(collection: "AsyncCollection[D]", trust: Trust, *, expected: int | str) -> "list[AsyncRecord[D]]":
    """Read all records and check their signature; once more past every cache when it does not match."""
    try:
        return await _verified(collection, trust, expected)
    except SignatureError:
        # A cache may have given records, timestamp and signature of different moments.
        return await _verified(collection, trust, secrets.token_hex(8))


async def _verified(collection: "AsyncCollection[D]", trust: Trust, expected: int | str) -> "list[AsyncRecord[D]]":
    context, path, port = collection._context, collection._path, collection._port
    timestamp, metadata, rows = await port.ask(flows.signed_changeset(context, path, expected=expected))
    text = sha384()
    try:
        async for pieces in giving_way(signed_text(rows, timestamp)):
            for piece in pieces:
                text.update(piece)
        await port.ask(flows.verify(context, trust, metadata, text.digest()))
    except SignatureError as error:
        raise SignatureError(f"{path}: {error}") from error
    records: list[AsyncRecord[D]] = []
    async for portion in giving_way(rows):
        records.extend(map(collection._from_row, portion))
    return records
