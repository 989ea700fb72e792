"""The certificates behind a signature: from the one that signs up to the root that is trusted.

The extra `signature` (cryptography) is imported on first use.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from .errors import SignatureError
from .signatures import Trust, signs_collections

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.x509 import Certificate


def signing_key(pem: bytes, trust: Trust, now: datetime) -> "EllipticCurvePublicKey":
    """The key of the first certificate, once the chain is found to be good at this moment.

    The chain is in PEM, each certificate issued by the next one, the last one being the trusted root itself.

    Raises:
        SignatureError: the chain is broken, expired, not yet valid, not for signing, for another name, or not from
            the trusted root.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, UnsupportedGeneralNameType, load_pem_x509_certificates

    try:
        chain = load_pem_x509_certificates(pem)
    except ValueError as error:
        raise SignatureError("its certificates are not in PEM") from error
    try:
        return _checked_key(chain, trust, now)
    # Much of a certificate is only read when it is asked for.
    except (ValueError, UnsupportedAlgorithm, DuplicateExtension, UnsupportedGeneralNameType) as error:
        raise SignatureError(f"its certificates can't be read: {error}") from error


def _checked_key(chain: "Sequence[Certificate]", trust: Trust, now: datetime) -> "EllipticCurvePublicKey":
    _check_root(chain[-1], trust)
    for certificate in chain:
        _check_dates(certificate, now)
        _check_understood(certificate)
    for below, (child, issuer) in enumerate(pairwise(chain)):
        _check_issued(child, issuer, intermediates_below=below)
    names = _check_signer(chain[0], trust.signer)
    for issuer in chain[1:]:
        _check_constraints(issuer, names)
    key = chain[0].public_key()
    if not signs_collections(key):
        raise SignatureError(f"{_name(chain[0])}: its key is not on the curve P-384")
    return key


def _name(certificate: "Certificate") -> str:
    return f"the certificate {certificate.subject.rfc4514_string()!r}"


def _check_root(root: "Certificate", trust: Trust) -> None:
    from cryptography.hazmat.primitives.hashes import SHA256

    fingerprint = root.fingerprint(SHA256()).hex()
    if fingerprint != trust.root_fingerprint:
        raise SignatureError(
            f"its root certificate is not the trusted one: its SHA-256 is {fingerprint}, not {trust.root_fingerprint}"
        )


def _check_dates(certificate: "Certificate", now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise SignatureError(
            f"{_name(certificate)} is valid from {certificate.not_valid_before_utc} on; check this machine's clock"
        )
    if now > certificate.not_valid_after_utc:
        raise SignatureError(f"{_name(certificate)} has expired on {certificate.not_valid_after_utc}")


def _check_understood(certificate: "Certificate") -> None:
    """A critical extension must be refused by who does not understand it."""
    from cryptography.x509 import BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAlternativeName

    understood = BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAlternativeName
    for extension in certificate.extensions:
        if extension.critical and not isinstance(extension.value, understood):
            number = extension.oid.dotted_string
            raise SignatureError(f"{_name(certificate)} has the critical extension {number}, which is not understood")


def _check_issued(child: "Certificate", issuer: "Certificate", *, intermediates_below: int) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509 import BasicConstraints, KeyUsage

    try:
        child.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise SignatureError(f"{_name(child)} was not issued by {_name(issuer)}") from error
    basic, usage = (_extension(issuer, kind) for kind in (BasicConstraints, KeyUsage))
    if not isinstance(basic, BasicConstraints) or not basic.ca:
        raise SignatureError(f"{_name(issuer)} may not issue certificates")
    if basic.path_length is not None and basic.path_length < intermediates_below:
        raise SignatureError(f"{_name(issuer)} may not issue certificates that far down")
    if isinstance(usage, KeyUsage) and not usage.key_cert_sign:
        raise SignatureError(f"{_name(issuer)} may not sign certificates")


def _check_signer(leaf: "Certificate", signer: str) -> list[str]:
    """Check that the first certificate is for signing, and for this name. Returns its names."""
    from cryptography.x509 import DNSName, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    purposes, usage = _extension(leaf, ExtendedKeyUsage), _extension(leaf, KeyUsage)
    if not isinstance(purposes, ExtendedKeyUsage) or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise SignatureError(f"{_name(leaf)} is not for signing code, as one that signs collections must be")
    if isinstance(usage, KeyUsage) and not usage.digital_signature:
        raise SignatureError(f"{_name(leaf)} may not sign anything")
    alternatives = _extension(leaf, SubjectAlternativeName)
    if isinstance(alternatives, SubjectAlternativeName):
        names = alternatives.get_values_for_type(DNSName)
    else:
        names = [str(attribute.value) for attribute in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if signer.lower() not in map(str.lower, names):
        raise SignatureError(f"{_name(leaf)} is for {', '.join(names) or 'nobody'}, not for {signer}")
    return names


def _check_constraints(issuer: "Certificate", names: Sequence[str]) -> None:
    from cryptography.x509 import DNSName, NameConstraints

    constraints = _extension(issuer, NameConstraints)
    if not isinstance(constraints, NameConstraints):
        return
    permitted = [entry.value for entry in constraints.permitted_subtrees or () if isinstance(entry, DNSName)]
    excluded = [entry.value for entry in constraints.excluded_subtrees or () if isinstance(entry, DNSName)]
    for name in names:
        if (permitted and not _within(name, permitted)) or _within(name, excluded):
            raise SignatureError(f"{_name(issuer)} may not issue certificates for {name}")


def _within(name: str, domains: Sequence[str]) -> bool:
    lowered = name.lower()
    for domain in map(str.lower, domains):
        # With a dot in front it stands for the names below alone.
        if lowered == domain or lowered.endswith(domain if domain.startswith(".") else f".{domain}"):
            return True
    return False


def _extension(certificate: "Certificate", kind: "type[object]") -> object:
    for extension in certificate.extensions:
        if isinstance(extension.value, kind):
            return extension.value
    return None
