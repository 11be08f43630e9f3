"""An image of a daemon that we send to a real registry: skopeo sees compressed layers, and daemons that pull it have the same image."""

import json

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui
from daemon_engines import FIXTURES, each_daemon

BASE, APP = layer([file("etc/motd", "hello\n" * 20_000)]), layer([file("app/run", "x" * 50_000)])
BUILT = image([BASE, APP], history=["ADD rootfs /", "COPY app /app"], config={"Cmd": ["sh"]}, tags=["sent:1"])
VARIABLES = {"docker": "DOCKER_HOST", "podman": "CONTAINER_HOST"}


@pytest.fixture(params=each_daemon())
def daemon(request, tmp_path):
    found = request.getfixturevalue(FIXTURES[request.param])
    found.run("load", "-i", docker_archive(BUILT, tmp_path / "sent.tar", old=True))
    yield found
    found.run("rmi", "-f", "sent:1")


@pytest.fixture
def copied(daemon, monkeypatch):
    """Copy an image of the daemon by layertui; what it says."""

    def copy(name, place):
        source = f"{'docker-daemon' if daemon.kind == 'docker' else 'podman'}:{name}"
        with monkeypatch.context() as patch:  # podman's own client would take the variable, too
            patch.setenv(VARIABLES[daemon.kind], daemon.address)
            return layertui("copy", "--json", source, f"docker://{place}").ok().json

    return copy


def _pull(daemon, name):
    """Pull an image by the daemon's own client; its ID and DiffIDs."""
    daemon.run("pull", *(("--tls-verify=false",) if daemon.kind == "podman" else ()), name)
    (found,) = json.loads(daemon.text("inspect", "--type", "image", name))
    daemon.run("rmi", "-f", name)
    return found["Id"].removeprefix("sha256:"), found["RootFS"]["Layers"]


def test_layers_arrive_compressed_once_and_the_image_is_the_same(request, daemon, copied, docker, registry, skopeo):
    repository = f"{registry.host}/sent/{request.node.callspec.params['daemon']}"
    digest = copied("sent:1", f"{repository}:1")["digest"]
    raw = skopeo.run("inspect", "--raw", "--tls-verify=false", f"docker://{repository}:1").stdout
    manifest = json.loads(raw)
    if "containerd" not in request.node.callspec.params["daemon"]:  # that has a manifest, whose digest stays
        assert {one["mediaType"].rpartition("+")[2] for one in manifest["layers"]} == {"gzip"}
        assert not {one["digest"] for one in manifest["layers"]} & {*BUILT.diff_ids}
    inspected = json.loads(skopeo.text("inspect", "--tls-verify=false", f"docker://{repository}:1"))
    assert inspected["Digest"] == digest
    wanted = (BUILT.id.removeprefix("sha256:"), [str(one) for one in BUILT.diff_ids])
    assert _pull(docker, f"{repository}:1") == wanted
    assert copied("sent:1", f"{repository}:2")["digest"] == digest


def test_what_was_pulled_goes_back_with_the_manifest_that_it_came_with(
    request, daemon, copied, registry, skopeo, tmp_path
):
    place = f"{registry.host}/back/{request.node.callspec.params['daemon']}"
    other = image([BASE, APP], config={"Cmd": ["other"]}, tags=["other:1"])
    archive = docker_archive(other, tmp_path / "other.tar", old=True)
    skopeo.run("copy", "-q", "--dest-tls-verify=false", f"docker-archive:{archive}", f"docker://{place}:1")
    was = json.loads(skopeo.text("inspect", "--tls-verify=false", f"docker://{place}:1"))["Digest"]
    daemon.run("pull", *(("--tls-verify=false",) if daemon.kind == "podman" else ()), f"{place}:1")
    try:
        assert copied(f"{place}:1", f"{place}-again:2")["digest"] == was
    finally:
        daemon.run("rmi", "-f", f"{place}:1")
