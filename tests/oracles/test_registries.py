"""pull, push, copy, login and deletes with docker-registry; what skopeo and docker say of the same."""

import json

import pytest

from builders import BuiltIndex, docker_archive, file, folder, image, layer, oci_layout
from peer_registries import PASSWORD, USER

DEMO = image(
    [layer([folder("etc"), file("etc/motd", b"hello\n")]), layer([file("large", bytes(range(256)) * 30_000)])],
    tags=["demo:1.0"],
    compress="gzip",
)


def inspected(skopeo, registry, name, *more):
    """Digest of the manifest, and the config's bytes, as skopeo gets them."""
    tls = ("--tls-verify=false",)
    address = f"docker://{registry.host}/{name}"
    return (
        json.loads(skopeo.text("inspect", *tls, *more, address))["Digest"],
        skopeo.run("inspect", *tls, *more, "--config", "--raw", address).stdout,
    )


@pytest.fixture
def demo(layertui, tmp_path):
    layertui.run("load", "-i", docker_archive(DEMO, tmp_path / "demo.tar"))


def test_skopeo_reads_what_push_wrote_and_pull_reads_what_skopeo_wrote(
    registry, skopeo, layertui, other_host, demo, tmp_path
):
    name = "oracle/pushed:1.0"
    digest = layertui.text("push", "demo:1.0", f"{registry.host}/{name}").splitlines()[-1]
    found, config = inspected(skopeo, registry, name)
    assert found == digest == DEMO.digest
    assert config == DEMO.config
    skopeo.run(
        "copy",
        "--dest-tls-verify=false",
        f"oci:{oci_layout(DEMO, tmp_path / 'l')}:demo:1.0",
        f"docker://{registry.host}/oracle/theirs:1",
    )
    other_host.run("pull", f"{registry.host}/oracle/theirs:1")
    assert [row["id"] for row in other_host.json("images")] == [DEMO.id]
    assert layertui.text("tags", f"docker://{registry.host}/oracle/theirs").splitlines() == ["1"]


def test_our_copy_and_skopeos_of_an_index_are_the_same(registry, skopeo, layertui, tmp_path):
    built = [
        image([layer([file("p", name.encode())])], architecture=name, compress="gzip") for name in ("amd64", "arm64")
    ]
    layout = oci_layout(BuiltIndex(built, tags=["multi:1"]), tmp_path / "layout")
    ours, theirs = (f"docker://{registry.host}/oracle/{who}:1" for who in ("ours", "theirs"))
    layertui.run("copy", "--all", f"oci:{layout}:multi:1", ours)
    skopeo.run("copy", "--all", "--dest-tls-verify=false", f"oci:{layout}:multi:1", theirs)
    raw = [skopeo.run("inspect", "--tls-verify=false", "--raw", name).stdout for name in (ours, theirs)]
    assert raw[0] == raw[1]
    layertui.run("copy", "--all", theirs, f"docker://{registry.host}/oracle/again:1")
    assert (
        skopeo.run("inspect", "--tls-verify=false", "--raw", f"docker://{registry.host}/oracle/again:1").stdout
        == raw[0]
    )


def test_a_tag_is_deleted_in_docker_registry(registry, layertui, demo):
    for tag in ("one", "two"):
        layertui.run("push", "demo:1.0", f"{registry.host}/oracle/gone:{tag}")
    refused = layertui.run("rmi", f"docker://{registry.host}/oracle/gone:one", check=False)
    if refused.returncode:  # version 2 deletes manifests alone
        assert b"two" in refused.stderr
        layertui.run("rmi", "-f", f"docker://{registry.host}/oracle/gone:one")
    gone = layertui.run("pull", f"{registry.host}/oracle/gone:one", check=False)
    assert gone.returncode == 1
    assert gone.stderr.startswith(b"error: ")


@pytest.fixture
def trusting(registry_tls, layertui, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(registry_tls.certificate))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return registry_tls


def test_login_is_tried_before_it_is_written_and_then_push_and_pull_work(
    trusting, layertui, other_host, demo, tmp_path
):
    name = f"{trusting.host}/private/demo:1.0"
    refused = layertui.run("push", "demo:1.0", name, check=False)
    assert (refused.returncode, b"layertui login" in refused.stderr) == (1, True)
    wrong = layertui.run("login", "-u", USER, "--password-stdin", trusting.host, stdin=b"s3cret", check=False)
    assert wrong.returncode == 1
    assert b"s3cret" not in wrong.stderr + wrong.stdout
    assert not (tmp_path / "docker").exists()
    done = layertui.run("login", "-u", USER, "--password-stdin", trusting.host, stdin=f"{PASSWORD}\n".encode())
    assert done.stdout == b"Login Succeeded\n"
    assert PASSWORD.encode() not in done.stderr
    layertui.run("push", "demo:1.0", name)
    other_host.run("pull", name)
    assert [row["id"] for row in other_host.json("images")] == [DEMO.id]
    assert layertui.text("logout", trusting.host) == f"Removing login credentials for {trusting.host}"
    assert layertui.text("logout", trusting.host) == f"Not logged in to {trusting.host}"
    assert layertui.run("pull", name, check=False).returncode == 1


def test_login_with_tokens(registry_token, layertui, other_host, demo, tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    name = f"{registry_token.host}/shop/demo:1.0"
    assert layertui.run("push", "demo:1.0", name, check=False).returncode == 1
    wrong = layertui.run("login", "-u", USER, "--password-stdin", registry_token.host, stdin=b"wrong", check=False)
    assert wrong.returncode == 1
    layertui.run("login", "-u", USER, "--password-stdin", registry_token.host, stdin=PASSWORD.encode())
    assert json.loads((tmp_path / "auth.json").read_text())["auths"].keys() == {registry_token.host}
    layertui.run("push", "demo:1.0", name)
    layertui.run("copy", f"docker://{name}", f"docker://{registry_token.host}/shop/copy:1")
    layertui.run("logout", registry_token.host)
    other_host.run("pull", f"{registry_token.host}/shop/copy:1")  # everybody may
    assert [row["id"] for row in other_host.json("images")] == [DEMO.id]


def test_skopeo_uses_what_login_wrote(trusting, skopeo, layertui, demo, tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    layertui.run("login", "-u", USER, "--password-stdin", trusting.host, stdin=PASSWORD.encode())
    layertui.run("push", "demo:1.0", f"{trusting.host}/private/both:1")
    assert inspected(skopeo, trusting, "private/both:1", "--authfile", str(tmp_path / "auth.json"))[1] == DEMO.config


def test_docker_pulls_what_push_wrote_and_the_other_way_round(registry, docker, layertui, other_host, demo):
    name = f"{registry.host}/oracle/docker:1"
    layertui.run("push", "demo:1.0", name)
    docker.run("pull", "-q", name)
    try:
        assert docker.text("image", "inspect", "--format", "{{.Id}}", name).strip() == DEMO.id
        back = f"{registry.host}/oracle/docker:back"
        docker.run("tag", name, back)
        docker.run("push", "-q", back)
        other_host.run("pull", back)
        assert [row["id"] for row in other_host.json("images")] == [DEMO.id]
        docker.run("rmi", back)
    finally:
        docker.run("rmi", "-f", name)
