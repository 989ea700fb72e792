"""Signatures and certificates: what is trusted, and everything that is not."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha384
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import SignatureError, UsageError
from kinto_sdk.protocol import signatures
from kinto_sdk.protocol.certificates import signing_key
from kinto_sdk.protocol.signatures import Signature, Trust, check, signatures_in, signed_text, trust_from
from tests.certificates import NOW, Authority, key_usage, pem_of

NAME = "signer.example.com"
ROOT = Authority.root("root", days=2)
MIDDLE = ROOT.issue("middle", ca=True)
LEAF = MIDDLE.issue("leaf", dns=NAME)


def trust(root: Authority = ROOT, name: str = NAME) -> Trust:
    """Trust in this root, for this name."""
    return trust_from(None, root.certificate.fingerprint(hashes.SHA256()).hex(":").upper(), name)


def pem(key: Any) -> bytes:
    """A public key in PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


# ---- certificates --------------------------------------------------------------------------------------------------


def test_a_good_chain_gives_the_key() -> None:
    """The key of the first certificate counts, whose names may be in any case."""
    assert signing_key(pem_of(LEAF, MIDDLE, ROOT), trust(), NOW) == LEAF.key.public_key()
    assert signing_key(pem_of(LEAF, MIDDLE, ROOT), trust(name=NAME.upper()), NOW) == LEAF.key.public_key()


def test_the_common_name_counts_without_others() -> None:
    """A certificate without alternative names is for its common name."""
    leaf = ROOT.issue(NAME)
    assert signing_key(pem_of(leaf, ROOT), trust(), NOW) == leaf.key.public_key()


def constrained(**domains: list[str]) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """Constraints on names: `permitted=`, `excluded=`."""
    lists = {f"{kind}_subtrees": [x509.DNSName(name) for name in names] for kind, names in domains.items()}
    return ((x509.NameConstraints(**{"permitted_subtrees": None, "excluded_subtrees": None, **lists}), True),)


def below(name: str = "middle", **options: Any) -> bytes:
    """A chain with an issuer like this in the middle."""
    middle = ROOT.issue(name, ca=True, **options)
    return pem_of(middle.issue("leaf", dns=NAME), middle, ROOT)


@pytest.mark.parametrize("domain", ["example.com", ".example.com", NAME, "EXAMPLE.com"])
def test_names_within_an_issuers_constraints(domain: str) -> None:
    """An issuer may be held to a domain, and names below it are within."""
    signing_key(below(extensions=constrained(permitted=[domain])), trust(), NOW)
    with pytest.raises(SignatureError, match=f"may not issue certificates for {NAME}"):
        signing_key(below(extensions=constrained(excluded=[domain])), trust(), NOW)


@pytest.mark.parametrize("domain", ["example.org", "ample.com", f".{NAME}", f"www.{NAME}"])
def test_names_outside_an_issuers_constraints(domain: str) -> None:
    """A name that merely ends alike is not within a domain, nor one above it."""
    signing_key(below(extensions=constrained(excluded=[domain])), trust(), NOW)
    with pytest.raises(SignatureError, match=f"may not issue certificates for {NAME}"):
        signing_key(below(extensions=constrained(permitted=[domain])), trust(), NOW)


def test_an_issuer_that_may_sign_certificates() -> None:
    """An issuer may say what it is for, and how far down."""
    usage = (key_usage(key_cert_sign=True), True)
    signing_key(below(extensions=(usage,), path_length=0), trust(), NOW)
    leaf = ROOT.issue(NAME, extensions=((key_usage(digital_signature=True), True),))
    signing_key(pem_of(leaf, ROOT), trust(), NOW)


def two_below_one_step() -> bytes:
    """A chain one longer than an issuer in it allows."""
    upper = ROOT.issue("upper", ca=True, path_length=0)
    lower = upper.issue("lower", ca=True)
    return pem_of(lower.issue("leaf", dns=NAME), lower, upper, ROOT)


def forged() -> bytes:
    """A chain whose middle has the right name and another key."""
    fake = Authority.root("root").issue("middle", ca=True)
    return pem_of(fake.issue("leaf", dns=NAME), MIDDLE, ROOT)


def leaf(**options: Any) -> bytes:
    """A chain of the root and a leaf like this."""
    return pem_of(ROOT.issue("leaf", **{"dns": NAME, **options}), ROOT)


BAD_CHAINS: dict[str, tuple[Callable[[], bytes], str]] = {
    "no PEM": (lambda: b"<html>", "not in PEM"),
    "no certificates": (lambda: b"", "not in PEM"),
    "another root": (lambda: pem_of(LEAF, MIDDLE, Authority.root("root")), "root certificate is not the trusted one"),
    "no root": (lambda: pem_of(LEAF, MIDDLE), "root certificate is not the trusted one"),
    "a hole": (lambda: pem_of(LEAF, ROOT), "'CN=leaf' was not issued by the certificate 'CN=root'"),
    "forged": (forged, "'CN=leaf' was not issued by the certificate 'CN=middle'"),
    "expired": (lambda: leaf(start=NOW - timedelta(days=2)), "'CN=leaf' has expired on"),
    "expired issuer": (lambda: below(days=0.01), "'CN=middle' has expired on"),
    "not valid yet": (lambda: leaf(start=NOW + timedelta(hours=1)), "clock"),
    "not for signing": (lambda: leaf(signing=False), "not for signing code"),
    "may not sign": (lambda: leaf(extensions=((key_usage(key_agreement=True), True),)), "may not sign anything"),
    "another name": (lambda: leaf(dns="evil.example.com"), f"is for evil.example.com, not for {NAME}"),
    "issued by a leaf": (
        lambda: pem_of(LEAF.issue("x", dns=NAME), LEAF, MIDDLE, ROOT),
        "'CN=leaf' may not issue",
    ),
    "too deep": (two_below_one_step, "'CN=upper' may not issue certificates that far down"),
    "not for certificates": (
        lambda: below(extensions=((key_usage(digital_signature=True), True),)),
        "'CN=middle' may not sign certificates",
    ),
    "another curve": (lambda: leaf(curve=ec.SECP256R1()), "not on the curve P-384"),
    "garbage": (
        lambda: leaf(extensions=((x509.UnrecognizedExtension(x509.BasicConstraints.oid, b"garbage"), True),)),
        "certificates can't be read: ",
    ),
    "unknown and critical": (
        lambda: leaf(extensions=((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b""), True),)),
        "critical extension 1.2.3.4",
    ),
}


@pytest.mark.parametrize("name", BAD_CHAINS)
def test_bad_chains_are_refused(name: str) -> None:
    """Whatever is wrong with a chain, the error says which certificate and why."""
    make, reason = BAD_CHAINS[name]
    with pytest.raises(SignatureError, match=reason):
        signing_key(make(), trust(), NOW)


def test_certificates_hold_to_the_moment() -> None:
    """A chain that was good once is not good for ever."""
    chain = pem_of(LEAF, MIDDLE, ROOT)
    with pytest.raises(SignatureError, match="expired"):
        signing_key(chain, trust(), NOW + timedelta(days=1))
    with pytest.raises(SignatureError, match="valid from"):
        signing_key(chain, trust(), NOW - timedelta(days=1))


# ---- signatures ----------------------------------------------------------------------------------------------------


def test_what_is_signed() -> None:
    """Records are sorted by id, the timestamp is text, and a prefix tells what kind of text it is."""
    rows = [{"id": "b", "last_modified": 2}, {"last_modified": 1, "id": "a", "v": "é"}]
    assert b"".join(signed_text(rows, 2)) == (
        b'Content-Signature:\x00{"data":[{"id":"a","last_modified":1,"v":"\\u00e9"},{"id":"b","last_modified":2}],'
        b'"last_modified":"2"}'
    )
    assert b"".join(signed_text([], 2)) == b'Content-Signature:\x00{"data":[],"last_modified":"2"}'


def test_what_can_not_be_signed() -> None:
    """A value without canonical form is a SignatureError, and so is nesting without end."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (float("nan"), deep):
        with pytest.raises(SignatureError, match="can't have been signed"):
            list(signed_text([{"id": "a", "v": value}], 1))


def test_both_forms_of_metadata_have_signatures() -> None:
    """A list of signatures wins over the single one beside it; entries that are none are passed over."""
    one, two = {"signature": "a", "mode": "m", "x5u": "u"}, {"signature": "b", "mode": "m", "x5u": None}
    assert signatures_in({"signature": one}) == [Signature("m", "a", "u")]
    assert signatures_in({"signature": two, "signatures": [one, two, "?"]}) == [
        Signature("m", "a", "u"),
        Signature("m", "b", ""),
    ]
    assert signatures_in({"signature": one, "signatures": []}) == [Signature("m", "a", "u")]


@pytest.mark.parametrize("metadata", [{}, {"signature": None}, {"signature": "text"}, {"signatures": ["text"]}])
def test_unsigned_metadata_is_refused(metadata: dict[str, Any]) -> None:
    """A collection without a signature is told from one with a bad signature."""
    with pytest.raises(SignatureError, match="it has no signature"):
        signatures_in(metadata)


@given(st.text(max_size=140) | st.binary(min_size=96, max_size=96).map(lambda raw: raw.hex()))
def test_no_text_is_a_signature_by_chance(text: str) -> None:
    """Whatever stands in the place of a signature, it is refused with a SignatureError."""
    with pytest.raises(SignatureError):
        check(Signature("p384ecdsa", text, ""), LEAF.key.public_key(), sha384(b"text").digest())


@pytest.mark.parametrize(
    ("mode", "text", "reason"),
    [
        ("p256ecdsa", "A" * 128, "'p256ecdsa'"),
        ("p384ecdsa", "é" * 128, "not in URL-safe base64"),
        ("p384ecdsa", "A" * 64, "has 48 bytes; one of p384ecdsa has 96"),
        ("p384ecdsa", "A" * 128, "not what was signed"),
    ],
)
def test_bad_signatures_are_told_apart(mode: str, text: str, reason: str) -> None:
    """Its kind, its form, its length and its key each have their own words."""
    with pytest.raises(SignatureError, match=reason):
        check(Signature(mode, text, ""), LEAF.key.public_key(), sha384(b"text").digest())


# ---- whom to trust -------------------------------------------------------------------------------------------------


def test_a_key_is_read_from_text_or_bytes() -> None:
    """A public key in PEM is taken as `str` and as `bytes`."""
    key = LEAF.key.public_key()
    assert trust_from(pem(key), None, None) == trust_from(pem(key).decode(), None, None) == Trust(key, "", "")


@pytest.mark.parametrize(
    ("public_key", "root_fingerprint", "signer", "reason"),
    [
        (None, None, None, "whose signature"),
        (None, "00" * 32, None, "signer="),
        (None, None, NAME, "root_fingerprint="),
        (None, "00" * 32, "", "signer="),
        (None, "00" * 20, NAME, "64 hex digits"),
        ("x", "00" * 32, None, "give public_key= alone"),
        ("x", None, NAME, "give public_key= alone"),
        ("-----BEGIN PUBLIC KEY-----", None, None, "not a public key in PEM"),
        (pem(ec.generate_private_key(ec.SECP256R1()).public_key()), None, None, "curve P-384"),
    ],
)
def test_unclear_trust_is_refused(public_key: Any, root_fingerprint: Any, signer: Any, reason: str) -> None:
    """What to trust is either a key, or a fingerprint and a name; the error says what to write."""
    with pytest.raises(UsageError, match=reason):
        trust_from(public_key, root_fingerprint, signer)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without cryptography the call says what to install."""
    signatures.require_cryptography("verified_records()")
    monkeypatch.setattr(signatures, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"verified_records\(\) needs cryptography: pip install 'kinto-sdk\[signature"):
        signatures.require_cryptography("verified_records()")
