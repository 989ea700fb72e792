"""Whether a set of records is what was signed, and by whom one trusts.

The extra `signature` (cryptography) is imported on first use.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import attrs

from .canonical_json import canonical_json
from .errors import SignatureError, UsageError
from .jsontypes import JSONObject, is_list, is_object

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

MODE: Final = "p384ecdsa"
"""The one kind of signature that is understood: ECDSA with SHA-384 on the curve P-384."""

_NUMBER_BYTES: Final = 48
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


def require_cryptography(call: str) -> None:
    """Check that the extra is installed.

    Raises:
        UsageError: it is not; the message names the extra.
    """
    if find_spec("cryptography") is None:
        raise UsageError(f"{call} needs cryptography: pip install 'kinto-sdk[signature]'")


# ---- whom to trust -------------------------------------------------------------------------------------------------


@attrs.frozen
class Trust:
    """Whose signatures count: one key's, or those of the name that a root certificate vouches for."""

    key: "EllipticCurvePublicKey | None"
    root_fingerprint: str
    """The SHA-256 of the root certificate: 64 lower-case hex digits."""
    signer: str
    """The DNS name that the signing certificate must be for."""


def trust_from(public_key: str | bytes | None, root_fingerprint: str | None, signer: str | None) -> Trust:
    """What a user trusts, checked.

    Raises:
        UsageError: it is neither a key alone, nor a fingerprint and a name; or one of them can't be read.
    """
    if public_key is not None:
        if root_fingerprint is not None or signer is not None:
            raise UsageError("give public_key= alone, or root_fingerprint= and signer=: a key needs no certificate")
        return Trust(_read_key(public_key), "", "")
    if root_fingerprint is None or not signer or not isinstance(signer, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
        raise UsageError(
            "whose signature is to be trusted? Give public_key= (PEM), or root_fingerprint= (the SHA-256 of the root "
            "certificate) together with signer= (the DNS name in the signing certificate)"
        )
    digits = re.sub(r"[:\s]", "", str(root_fingerprint)).lower()
    if _FINGERPRINT.fullmatch(digits) is None:
        raise UsageError("root_fingerprint= is the SHA-256 of a certificate: 64 hex digits, with or without colons")
    return Trust(None, digits, signer)


def _read_key(pem: str | bytes) -> "EllipticCurvePublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode() if isinstance(pem, str) else pem)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise UsageError("public_key= is not a public key in PEM (-----BEGIN PUBLIC KEY-----)") from error
    if not signs_collections(key):
        raise UsageError("public_key= is not a key on the curve P-384, the only ones that sign collections")
    return key


def signs_collections(key: object) -> "TypeGuard[EllipticCurvePublicKey]":
    """Whether it is a key of the one kind that signs collections."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey

    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1)


# ---- what was signed -----------------------------------------------------------------------------------------------


@attrs.frozen
class Signature:
    """One signature of a collection, as its metadata has it."""

    mode: str
    text: str
    """The two numbers of the signature, 48 bytes each, in URL-safe base64."""
    x5u: str
    """Where the certificates of its key are; empty for a key without any."""


def signatures_in(metadata: Mapping[str, Any]) -> list[Signature]:
    """The signatures of a collection, in the server's order. Newer servers give a list, older ones a single one.

    Raises:
        SignatureError: there is none.
    """
    listed = metadata.get("signatures")
    found = listed if is_list(listed) and listed else [metadata.get("signature")]
    signatures = [
        Signature(str(entry.get("mode")), str(entry.get("signature")), str(entry.get("x5u") or ""))
        for entry in filter(is_object, found)
    ]
    if not signatures:
        raise SignatureError("it has no signature: the server signs preview and destination collections alone")
    return signatures


def signed_text(rows: Iterable[JSONObject], timestamp: int) -> Iterator[bytes]:
    """What is signed for these live records, which stand in no particular order, at this timestamp: piece by piece.

    Raises:
        SignatureError: a record holds something that can't be signed.
    """
    yield b'Content-Signature:\x00{"data":['
    comma = ""
    for row in sorted(rows, key=lambda row: str(row["id"])):
        try:
            yield (comma + canonical_json(row)).encode()
        except (ValueError, RecursionError) as error:
            raise SignatureError(f"a record can't have been signed: {error}") from error
        comma = ","
    yield b'],"last_modified":"%d"}' % timestamp


def check(signature: Signature, key: "EllipticCurvePublicKey", digest: bytes) -> None:
    """Check that the holder of the key signed the text with this SHA-384.

    Raises:
        SignatureError: somebody else did, or something else was signed, or the signature can't be read.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA384

    if signature.mode != MODE:
        raise SignatureError(f"its signature is of the kind {signature.mode!r}; only {MODE!r} is understood")
    try:
        text = signature.text.rstrip("=")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise SignatureError("its signature is not in URL-safe base64") from error
    if len(raw) != 2 * _NUMBER_BYTES:
        raise SignatureError(f"its signature has {len(raw)} bytes; one of {MODE} has {2 * _NUMBER_BYTES}")
    r, s = (int.from_bytes(half) for half in (raw[:_NUMBER_BYTES], raw[_NUMBER_BYTES:]))
    try:
        key.verify(encode_dss_signature(r, s), digest, ECDSA(Prehashed(SHA384())))
    except InvalidSignature as error:
        raise SignatureError("its records are not what was signed with this key") from error
