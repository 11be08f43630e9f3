"""The X.509 certificates of a file: one in DER, or a bundle in PEM (RFC 5280, RFC 7468), read with `cryptography`."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from layertui.core.analysis.file_facts.fact_values import Certificate, CertificateFacts
from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from cryptography import x509

MOST_BYTES = 4 << 20
"""Bytes of a bundle that is read; that of all authorities has 220 kB."""
_MOST = 1000  # certificates
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,60})-----(?:[^-]{0,1000000})-----END \1-----")
_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE")


def certificate_facts(content: bytes) -> CertificateFacts:
    """The certificates in a file's content, in order. Raises Damaged for one that cannot be read, LimitExceeded for too many."""
    try:
        from cryptography import x509
        from cryptography.utils import CryptographyDeprecationWarning
    except ImportError:
        raise Damaged(
            tr("certificates are read with the Python package cryptography, which is not installed")
        ) from None
    # Of serial numbers that no certificate should have, but some authorities' do.
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
    if not content.startswith(b"\x30"):
        return _bundle(content)
    try:
        return CertificateFacts((_certificate(x509.load_der_x509_certificate(content)),))
    except (ValueError, TypeError) as error:
        raise _damaged(1, error) from None


def _bundle(content: bytes) -> CertificateFacts:
    from cryptography import x509

    found: list[Certificate] = []
    others: list[str] = []
    for block in _PEM.finditer(content):
        if block[1] not in _CERTIFICATES:
            others.append(block[1].decode())
        else:
            try:
                found.append(_certificate(x509.load_pem_x509_certificate(block[0])))
            except (ValueError, TypeError) as error:
                raise _damaged(len(found) + 1, error) from None
        if len(found) + len(others) > _MOST:
            raise LimitExceeded(tr("the file has more than {most:,} certificates; no more are read of one", most=_MOST))
    if not found and not others:
        raise Damaged(tr("the certificate is cut off"))
    return CertificateFacts(tuple(found), tuple(others))


def _damaged(number: int, error: Exception) -> Damaged:
    return Damaged(
        tr("certificate {number} cannot be read: {error}", number=number, error=str(error).partition(chr(10))[0][:200])
    )


def _certificate(read: x509.Certificate) -> Certificate:
    from cryptography.hazmat.primitives import hashes

    return Certificate(
        subject=read.subject.rfc4514_string(),
        issuer=read.issuer.rfc4514_string(),
        serial=f"{read.serial_number:x}",
        not_before=read.not_valid_before_utc,
        not_after=read.not_valid_after_utc,
        names=_names(read),
        is_authority=_is_authority(read),
        key=_key(read),
        sha256=read.fingerprint(hashes.SHA256()).hex(),
    )


def _extension(read: x509.Certificate, kind: Any) -> Any:
    """The value of an extension; None if it is not there. Raises ValueError."""
    from cryptography import x509

    try:
        return read.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from None


def _names(read: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    words: dict[type[Any], str] = {
        x509.DNSName: "DNS",
        x509.IPAddress: "IP",
        x509.RFC822Name: "email",
        x509.UniformResourceIdentifier: "URI",
    }
    found = _extension(read, x509.SubjectAlternativeName) or ()
    return tuple(f"{words[type(name)]}:{name.value}" if type(name) in words else "other" for name in found)


def _is_authority(read: x509.Certificate) -> bool:
    from cryptography import x509

    constraints = _extension(read, x509.BasicConstraints)
    return constraints is not None and bool(constraints.ca)


def _key(read: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = read.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return tr("of an unknown kind")
    name = type(key).__name__.lstrip("_").removesuffix("PublicKey")
    curve = getattr(key, "curve", None)
    size = curve.name if curve is not None else getattr(key, "key_size", "")
    return f"{'EC' if curve is not None else name} {size}".strip()
