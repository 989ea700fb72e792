"""Certificates made for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any, Self

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)


@attrs.frozen
class Authority:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @classmethod
    def root(cls, name: str, **options: Any) -> Self:
        """A certificate that vouches for itself."""
        return cls._make(name, None, ca=True, **options)

    def issue(self, name: str, **options: Any) -> Self:
        """A certificate that this one vouches for."""
        return self._make(name, self, **options)

    @classmethod
    def _make(
        cls,
        name: str,
        issuer: "Authority | None",
        *,
        ca: bool = False,
        path_length: int | None = None,
        dns: str | None = None,
        signing: bool = True,
        start: datetime = NOW - timedelta(hours=1),
        days: float = 1,
        curve: ec.EllipticCurve | None = None,
        extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    ) -> Self:
        key = ec.generate_private_key(curve or ec.SECP384R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
        )
        added = [*extensions]
        if ca:
            added.append((x509.BasicConstraints(ca=True, path_length=path_length), True))
        elif signing:
            added.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False))
        if dns is not None:
            added.append((x509.SubjectAlternativeName([x509.DNSName(dns)]), False))
        for extension, critical in added:
            builder = builder.add_extension(extension, critical)
        return cls(builder.sign(key if issuer is None else issuer.key, hashes.SHA384()), key)


def pem_of(*chain: Authority) -> bytes:
    """The certificates in PEM, one after the other."""
    return b"".join(link.certificate.public_bytes(serialization.Encoding.PEM) for link in chain)


def key_usage(**uses: bool) -> x509.KeyUsage:
    """A certificate's uses, none but those named."""
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign "
        "crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: uses.get(name, False) for name in names.split()})
