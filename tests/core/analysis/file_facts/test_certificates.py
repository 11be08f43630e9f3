"""Certificates: as openssl prints them, several in a bundle, and damage that is said."""

import base64
import io
import re
import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from absent import need
from layertui.core.analysis.file_facts.fact_values import FileKind
from layertui.core.analysis.file_facts.look_at_file import file_facts

pytest.importorskip("cryptography", reason="no wheel of cryptography for this machine")


@pytest.fixture(scope="module")
def made():
    """A certificate made here, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "layertui test"),
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "CH"),
        ]
    )
    names = x509.SubjectAlternativeName([x509.DNSName("example.org"), x509.DNSName("*.example.org")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 0x1234ABCD).add_extension(names, critical=False)
    builder = builder.not_valid_before(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)).not_valid_after(
        datetime(2050, 1, 1, tzinfo=UTC)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def der(pem):
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def facts_of(content, path="/x"):
    return file_facts(io.BytesIO(content), len(content), path=path)


def test_the_facts_of_one(made):
    for content in (made, der(made)):
        found = facts_of(content)
        (one,) = found.details.certificates
        assert (found.kind, found.what) == (FileKind.CERTIFICATE, "certificate")
        assert one.subject == one.issuer == "C=CH,CN=layertui test"
        assert (one.serial, one.key, one.is_authority) == ("1234abcd", "EC secp256r1", True)
        assert one.names == ("DNS:example.org", "DNS:*.example.org")
        assert one.not_before == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_bundle_with_a_key(made):
    key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    found = facts_of(b"# two\n" + made + key + b"second:\n" + made, "/etc/ssl/x.pem")
    assert (found.what, found.details.others) == ("2 certificates", ("PRIVATE KEY",))


def test_damage(made):
    assert "certificate 2 cannot be read" in facts_of(made + made.replace(b"M", b"N", 9)).damage
    assert "cut off" in facts_of(made[:200]).damage
    assert "cannot be read" in facts_of(der(made)[:-30]).damage
    assert (
        "no more are read"
        in facts_of(
            made.replace(
                b"-----BEGIN", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n" * 1001 + b"-----BEGIN", 1
            )
        ).damage
    )


@given(st.data())
def test_changed_bytes_raise_nothing(made, data):
    content = bytearray(der(made))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=5)):
        content[at] = byte
    found = facts_of(bytes(content))
    assert found.kind is not FileKind.CERTIFICATE or found.damage or found.details


@pytest.mark.oracle
def test_the_same_as_openssl_prints(made):
    need("openssl")
    words = ["openssl", "x509", "-noout", "-serial", "-fingerprint", "-sha256", "-enddate", "-ext", "subjectAltName"]
    said = subprocess.run(words, input=made, capture_output=True, check=True).stdout.decode()
    (one,) = facts_of(made).details.certificates
    assert re.findall(r"serial=(\w+)", said) == [one.serial.upper()]
    assert re.findall(r"Fingerprint=(.*)", said) == [":".join(re.findall("..", one.sha256)).upper()]
    assert tuple(re.findall(r"DNS:[^,\n]+", said)) == one.names
    assert re.findall(r"notAfter=(.*)", said) == [one.not_after.strftime("%b %_d %H:%M:%S %Y GMT")]
