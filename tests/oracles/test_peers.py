"""The peers themselves: what the builders write, they take; what they say, the other oracles may trust."""

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from builders import BuiltIndex, docker_archive, file, folder, image, layer, oci_archive, oci_layout, opaque, whiteout
from containing import box

pytestmark = [pytest.mark.slow, pytest.mark.late("a real daemon beside other work: what it does may come too late")]

BASE = layer([folder("etc"), file("etc/motd", b"hello\n"), folder("data"), file("data/a", b"a")])
TOP = layer([whiteout("etc/motd"), opaque("data"), file("data/n", b"n")])
DEMO = image(
    [BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["peer:1.0"], config={"Env": ["A=b"]}
)


@pytest.mark.parametrize("old", [False, True])
def test_docker_loads_an_archive_of_the_builders(docker, tmp_path, old):
    said = docker.text("load", "-i", docker_archive(DEMO, tmp_path / "demo.tar", old=old))
    assert said == "Loaded image: peer:1.0"
    assert docker.text("image", "inspect", "-f", "{{.Id}}", "peer:1.0") == DEMO.id
    assert len(docker.text("history", "-q", "peer:1.0").splitlines()) == 3


def test_docker_runs_a_container(docker, busybox, tmp_path):
    tree = subprocess.run(["tar", "-C", busybox, "-c", "."], capture_output=True, check=True).stdout
    docker.run("import", "-", "peer-busybox:latest", stdin=tree)
    try:
        said = docker.text("run", "--rm", "--network", "none", "peer-busybox", "echo", "hello")
        assert said == "hello"
    finally:
        docker.run("rmi", "peer-busybox:latest")


def test_podman_loads_an_archive_of_the_builders(podman, tmp_path):
    podman.run("load", "-i", docker_archive(DEMO, tmp_path / "demo.tar"))
    assert podman.text("image", "inspect", "-f", "{{.Id}}", "peer:1.0") == DEMO.id.removeprefix("sha256:")


def test_skopeo_reads_every_form_of_the_builders(skopeo, tmp_path):
    arm = image([BASE], architecture="arm64")
    sources = [
        f"docker-archive:{docker_archive(DEMO, tmp_path / 'new.tar')}:peer:1.0",
        f"oci-archive:{oci_archive(DEMO, tmp_path / 'oci.tar')}:peer:1.0",
        f"oci:{oci_layout([DEMO, BuiltIndex((DEMO, arm), ('multi:1',), True)], tmp_path / 'layout')}:peer:1.0",
    ]
    for source in sources:
        config = json.loads(skopeo.run("inspect", "--config", source).stdout)
        assert config["rootfs"]["diff_ids"] == list(DEMO.diff_ids)
    multi = skopeo.run(
        "inspect", "--override-arch", "arm64", "--config", f"oci:{tmp_path / 'layout'}:multi:1", check=False
    )
    assert multi.returncode == 0 or b"unknown flag" in multi.stderr


def test_umoci_unpacks_a_layout_of_the_builders(umoci, tmp_path):
    gzipped = image([BASE, TOP], tags=["peer:1.0"], compress="gzip")
    oci_layout(gzipped, tmp_path / "layout")
    umoci.run("unpack", "--rootless", "--image", f"{tmp_path / 'layout'}:peer:1.0", tmp_path / "bundle")
    rootfs = tmp_path / "bundle/rootfs"
    assert sorted(str(path.relative_to(rootfs)) for path in rootfs.rglob("*")) == ["data", "data/n", "etc"]


def test_a_registry_answers_on_loopback(registry, skopeo, tmp_path):
    host, port = registry.host.split(":")
    with socket.create_connection((host, int(port)), timeout=5):
        pass
    oci_layout(DEMO, tmp_path / "layout")
    target = f"docker://{registry.host}/peer:1.0"
    skopeo.run("copy", "--dest-tls-verify=false", f"oci:{tmp_path / 'layout'}:peer:1.0", target)
    digest = json.loads(skopeo.run("inspect", "--tls-verify=false", target).stdout)["Digest"]
    assert digest.startswith("sha256:")


def test_runc_and_bwrap_print_their_versions(runc, bwrap):
    assert runc.text("--version").startswith("runc version")
    assert bwrap.text("--version").startswith("bubblewrap ")


def test_a_plain_user_reaches_the_program(plain_user):
    done = plain_user.run("id", "-u")
    assert int(done.stdout) == plain_user.uid != 0


@pytest.mark.parametrize("name", ["docker_26", "docker_26_containerd", "podman", "podman_5", "podman_rootless"])
def test_a_daemon_runs_a_container_that_its_client_sees(request, name, tmp_path):
    daemon = request.getfixturevalue(name)
    archive = docker_archive(box(), tmp_path / "box.tar")
    daemon.docker.run("load", "-i", archive)
    daemon.docker.run("run", "-d", "--name", "peer", "--network", "none", "box:1", "sleep", "600")
    try:
        assert daemon.docker.text("exec", "peer", "cat", "/data/n") == "n"
        assert daemon.text("ps", "--format", "{{.Names}}") == "peer"
        (tmp_path / "x").write_text("from outside")
        daemon.docker.run("cp", tmp_path / "x", "peer:/data/x")
        assert daemon.docker.text("exec", "peer", "cat", "/data/x") == "from outside"
        assert not list(Path("/data").glob("x"))
    finally:
        daemon.docker.run("kill", "peer")  # else podman 5 gives it ten seconds
        daemon.docker.run("rm", "-f", "peer")
        daemon.docker.run("rmi", "box:1")


def test_docker_26_has_an_id_for_an_image_that_its_store_chooses(docker_26, docker_26_containerd, tmp_path):
    archive = docker_archive(DEMO, tmp_path / "demo.tar")
    ids = []
    for daemon in (docker_26, docker_26_containerd):
        daemon.run("load", "-i", archive)
        ids.append(daemon.text("image", "inspect", "-f", "{{.Id}}", "peer:1.0"))
        daemon.run("rmi", "peer:1.0")
    assert ids[0] == DEMO.id
    assert ids[1] != DEMO.id


def test_a_registry_asks_for_a_password_over_tls(registry_tls, skopeo, tmp_path):
    oci_layout(DEMO, tmp_path / "layout")
    shutil.copy(registry_tls.certificate, tmp_path / "ca.crt")
    words = ("copy", "--dest-cert-dir", tmp_path, "--dest-creds")
    places = (f"oci:{tmp_path / 'layout'}:peer:1.0", f"docker://{registry_tls.host}/peer:1.0")
    refused = skopeo.run(*words, "ann:wrong", *places, check=False)
    assert b"authentication required" in refused.stderr
    skopeo.run(*words, f"{registry_tls.user}:{registry_tls.password}", *places)


def test_a_registry_asks_for_a_token_that_its_server_signs(registry_token, skopeo, tmp_path):
    oci_layout(DEMO, tmp_path / "layout")
    words = ("copy", "--dest-tls-verify=false")
    places = (f"oci:{tmp_path / 'layout'}:peer:1.0", f"docker://{registry_token.host}/peer:1.0")
    assert skopeo.run(*words, *places, check=False).returncode != 0
    skopeo.run(*words, "--dest-creds", f"{registry_token.user}:{registry_token.password}", *places)
    assert ("repository:peer:pull,push",) in registry_token.tokens.asked
    skopeo.run("inspect", "--tls-verify=false", places[1])
