"""A registry whose certificate is not valid yet, or no longer, as far as the clock of this machine says."""

import pytest

import peers
from layertui.core.errors import Unreachable
from registry_faults import faulty_registry

pytestmark = [pytest.mark.slow, pytest.mark.oracle]

SETTINGS = """
[ca]
default_ca = own
[own]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = names
[names]
commonName = supplied
[req]
distinguished_name = subject
prompt = no
[subject]
CN = registry
[more]
subjectAltName = IP:127.0.0.1
"""


@pytest.fixture
def certificate(tmp_path):
    """Make a key and a certificate that is valid from one time to another, YYYYMMDDHHMMSSZ."""
    openssl = peers.tool("openssl")

    def made(start, end):
        settings, request = tmp_path / "openssl.cnf", tmp_path / "request.pem"
        key, found = tmp_path / "key.pem", tmp_path / "certificate.pem"
        settings.write_text(SETTINGS.format(folder=tmp_path))
        (tmp_path / "index").touch()
        (tmp_path / "serial").write_text("01\n")
        openssl.run(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-config", settings
        )
        times = ("-startdate", start, "-enddate", end)
        words = ("ca", "-batch", "-selfsign", "-notext", "-config", settings, "-extensions", "more")
        openssl.run(*words, *times, "-in", request, "-keyfile", key, "-out", found)
        return key, found

    return made


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("20980101000000Z", "20990101000000Z", "certificate is not yet valid"),
        ("20010101000000Z", "20020101000000Z", "certificate has expired"),
    ],
)
def test_the_clock_is_named_and_not_the_ca(certificate, connect, environment, start, end, said):
    key, found = certificate(start, end)
    with faulty_registry(tls=(found, key)) as registry:
        folder = environment.config_home / "containers/certs.d" / registry.host
        folder.mkdir(parents=True)
        (folder / "ca.crt").write_bytes(found.read_bytes())
        with pytest.raises(Unreachable) as caught:
            connect(registry.host).request("GET", "/v2/")
        line = str(caught.value)
        assert f"registry {registry.host}: its certificate cannot be verified ({said})" in line
        assert "this machine's clock says 2" in line
        assert "ca.crt" not in line
        assert registry.asked == []
