"""Changes read in one piece, and the check of their signature."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from ..objects.context import Context
from ..objects.feed import tombstone
from ..protocol.changeset import Changeset, changeset_path, read_changeset
from ..protocol.errors import SignatureError, error_from
from ..protocol.jsontypes import JSONObject
from ..protocol.messages import Flow, Request
from ..protocol.signatures import Signature, Trust, check, signatures_in
from .server import capability

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

T = TypeVar("T")


def changeset(
    context: Context, path: str, make: Callable[[JSONObject], T], *, since: int | None, expected: int | str, call: str
) -> Flow[Changeset[T]]:
    """GET what changed after `since`, or everything there is; `make` makes an item of a row."""
    yield from capability(context, "changes", call)
    timestamp, metadata, rows = yield from _get(path, since, expected)
    live = [row for row in rows if tombstone(row) is None]
    deleted = {gone.id: gone.last_modified for gone in map(tombstone, rows) if gone is not None}
    return Changeset(timestamp, metadata, tuple(map(make, live)), deleted)


def signed_changeset(
    context: Context, path: str, *, expected: int | str
) -> Flow[tuple[int, JSONObject, list[JSONObject]]]:
    """GET all records, with their timestamp and the metadata that holds their signature."""
    yield from capability(context, "changes", "verified_records()")
    return (yield from _get(path, None, expected))


def verify(context: Context, trust: Trust, metadata: JSONObject, digest: bytes) -> Flow[None]:
    """Check that somebody trusted signed the text with this SHA-384; GET the certificates unless they are known.

    Raises:
        SignatureError: none of the signatures is good; it is about the first.
    """
    failure: SignatureError | None = None
    for signature in signatures_in(metadata):
        try:
            check(signature, (yield from _key(context, trust, signature)), digest)
        except SignatureError as error:
            failure = failure or error
        else:
            return
    assert failure is not None  # there is at least one signature
    raise failure


def _key(context: Context, trust: Trust, signature: Signature) -> "Flow[EllipticCurvePublicKey]":
    if trust.key is not None:
        return trust.key
    from ..protocol.certificates import signing_key

    url = signature.x5u
    if not url.startswith(("https://", "http://")):
        raise SignatureError(f"its certificates are at {url!r}, which is not a URL; a bare key needs public_key=")
    known = context.memory.certificates.get(url)
    if known is None:
        response = yield Request("GET", url, repeatable=True)
        if not response.ok:
            raise SignatureError("its certificates can't be read") from error_from(response)
        known = response.content
    key = signing_key(known, trust, datetime.now(UTC))
    # A new certificate comes every few weeks, at a URL of its own: one is enough.
    context.memory.certificates = {url: known}
    return key


def _get(path: str, since: int | None, expected: int | str) -> Flow[tuple[int, JSONObject, list[JSONObject]]]:
    response = yield Request("GET", changeset_path(path, since, expected), repeatable=True)
    if not response.ok:
        raise error_from(response)
    return read_changeset(response)
