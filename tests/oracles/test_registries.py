"""Images in real registries (docker-registry): what skopeo says of them, we say; and what lies there, the archive has."""

import base64
import json
from dataclasses import replace

import pytest

from builders import BuiltIndex, file, folder, hardlink, image, layer, oci_layout, opaque, symlink, whiteout
from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.registry.kept_blobs import KeptBlobs
from layertui.core.engines.registry.pages import repositories, tags
from layertui.core.engines.registry.registry_client import RegistryClient
from layertui.core.engines.registry.registry_images import RegistryImages
from layertui.core.errors import LayertuiError, NotFound, Unauthorized, Unreachable
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.table.entry import Kind
from layertui.core.progress import quiet

pytestmark = [pytest.mark.oracle, pytest.mark.slow]

BASE = layer([folder("etc"), file("etc/motd", b"hello\n"), folder("data"), file("data/a", b"a" * 100_000)])
TOP = layer(
    [whiteout("etc/motd"), opaque("data"), file("data/n", b"n"), symlink("l", "data/n"), hardlink("h", "data/n")]
)
DEMO = image([BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["demo:1.0"])


@pytest.fixture
def push(skopeo, tmp_path):
    """Push an image by skopeo."""

    def pushed(built, to, *words):
        source = oci_layout([built], tmp_path / f"layout{len([*tmp_path.iterdir()])}")
        skopeo.run("copy", "-q", "--all", *words, f"oci:{source}:{built.tags[0]}", f"docker://{to}")

    return pushed


@pytest.fixture
def connect(tmp_path):
    clients = []

    def connected(registry, *, user="", password="", **environment):
        config = tmp_path / "docker"
        config.mkdir(exist_ok=True)
        if user:
            auth = base64.b64encode(f"{user}:{password}".encode()).decode()
            (config / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
        found = ClientEnvironment(docker_config=config, config_home=tmp_path / "home", **environment)
        clients.append(RegistryClient(registry.host, found))
        return RegistryImages(clients[-1], KeptBlobs(tmp_path / "cache", None))

    yield connected
    for client in clients:
        client.close()


def listed(layers):
    """What is visible, with all attributes but the names of owners, which zstd:chunked may not have."""
    view = Catalog(None).stack(layers).view()
    found = [view.entry(row) for row in range(len(view))]
    found = [replace(one, row=-1, uname="", gname="") for one in found]
    return {one.path: replace(one, mtime=0) if one.kind is Kind.WHITEOUT else one for one in found}


def from_archive(built, tmp_path):
    from layertui.core.images.archive.archive import open_archive

    return open_archive(oci_layout([built], tmp_path / "archive")).image()


@pytest.mark.parametrize("form", ["gzip", "zstd", "zstd:chunked"])
def test_what_lies_there(registry, skopeo, push, connect, tmp_path, form):
    host = f"{registry.host}/look/{form.replace(':', '-')}"
    # Other bytes for each form: skopeo would take those that it has pushed already.
    built = image([BASE, TOP, layer([file("form", form)])], tags=["demo:1.0"])
    push(built, f"{host}:1.0", "--dest-tls-verify=false", "--dest-compress-format", form)
    found = connect(registry).open(f"{host}:1.0", None, quiet())
    inspected = json.loads(skopeo.text("inspect", "--tls-verify=false", f"docker://{host}:1.0"))
    assert found.digest == inspected["Digest"]
    assert [layer.digest for layer in found.layers] == inspected["Layers"]
    assert found.id == built.id
    assert listed(found.layers) == listed(from_archive(built, tmp_path).layers)


def test_lists(registry, skopeo, push, connect):
    names = ["1.10", "1.9", "latest"]
    for tag in names:
        push(DEMO, f"{registry.host}/list/demo:{tag}", "--dest-tls-verify=false")
    images = connect(registry)
    ours = tags(images.client, "list/demo")
    said = json.loads(skopeo.text("list-tags", "--tls-verify=false", f"docker://{registry.host}/list/demo"))
    assert sorted(ours) == sorted(said["Tags"])
    assert ours == ["1.9", "1.10", "latest"]
    assert "list/demo" in [*repositories(images.client)]
    row = next(one for one in images.list() if any(name.repository == "list/demo" for name in one.names))
    assert (row.id, row.diff_ids) == (DEMO.id, DEMO.diff_ids)


def test_several_platforms(registry, push, connect):
    arm = image([BASE], architecture="arm64")
    push(
        BuiltIndex((arm, DEMO), ("multi:1",), attestations=True), f"{registry.host}/multi:1", "--dest-tls-verify=false"
    )
    assert connect(registry).open("multi:1", None, quiet()).id == DEMO.id


def test_by_tls_and_password(registry_tls, push, connect, tmp_path):
    certificates = tmp_path / "home" / "containers" / "certs.d" / registry_tls.host
    certificates.mkdir(parents=True)
    (certificates / "ca.crt").write_bytes(registry_tls.certificate.read_bytes())
    credentials = f"{registry_tls.user}:{registry_tls.password}"
    push(DEMO, f"{registry_tls.host}/demo:1", "--dest-creds", credentials, "--dest-cert-dir", certificates)
    images = connect(registry_tls, user=registry_tls.user, password=registry_tls.password)
    assert images.open("demo:1", None, quiet()).id == DEMO.id
    assert not images.client.plain_http
    (certificates / "ca.crt").unlink()
    certificates.rmdir()
    # Whether it speaks TLS is found out, where no folder of certificates says so.
    by_variable = connect(
        registry_tls, user=registry_tls.user, password=registry_tls.password, ssl_cert_file=registry_tls.certificate
    )
    assert by_variable.open("demo:1", None, quiet()).id == DEMO.id
    with pytest.raises(Unreachable, match=r"certificate cannot be verified \(self.signed certificate"):
        connect(registry_tls).open("demo:1", None, quiet())
    with pytest.raises(Unauthorized, match="layertui login"):
        connect(registry_tls, user="ann", password="wrong", ssl_cert_file=registry_tls.certificate).open(
            "demo:1", None, quiet()
        )


def test_by_tokens(registry_token, push, connect):
    credentials = f"{registry_token.user}:{registry_token.password}"
    push(DEMO, f"{registry_token.host}/demo:1", "--dest-creds", credentials, "--dest-tls-verify=false")
    images = connect(registry_token)
    found = images.open("demo:1", None, quiet())
    assert found.id == DEMO.id
    assert "/data/n" in listed(found.layers)
    assert registry_token.tokens.asked[-1] == ("repository:demo:pull",)
    with pytest.raises((NotFound, Unauthorized)):
        images.open("nothing:1", None, quiet())


def test_a_registry_that_lists_for_users_alone(registry_token, connect):
    with pytest.raises(LayertuiError, match="does not list its repositories"):
        [*repositories(connect(registry_token).client)]
