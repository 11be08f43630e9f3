"""Images there and back: what we write, docker, podman, skopeo and umoci read as the same image, and the other way round."""

import json

import pytest

from builders import docker_archive, file, folder, hardlink, image, layer, oci_layout, opaque, symlink, whiteout

pytestmark = pytest.mark.slow

BASE = layer(
    [
        folder("bin"),
        file("bin/tool", b"#!/bin/sh\n", mode=0o4755),
        hardlink("bin/again", "bin/tool", mode=0o4755),
        folder("etc"),
        file("etc/motd", b"hello\n"),
        symlink("etc/link", "motd"),
        folder("data"),
        file("data/a", b"a" * 1000),
    ]
)
TOP = layer([whiteout("etc/motd"), opaque("data"), file("data/n", b"n", uid=1000, gid=1000)])
LINKS = len(
    "motd"
)  # on overlay2 docker counts a symbolic link's target; regular files alone are what it says elsewhere
HISTORY = ["/bin/sh -c #(nop) ADD file:1 in / ", "ENV A=b", "RUN /bin/sh -c change # buildkit"]


def demo(**how):
    return image(
        [BASE, TOP],
        history=HISTORY,
        empty=[1],
        tags=["demo:1.0", "demo:latest"],
        config={"Env": ["A=b"], "Cmd": ["sh"]},
        **how,
    )


def load_into(engine, path):
    """Load an archive into docker or podman and give the loaded image's ID and DiffIDs."""
    engine.run("load", "-i", path)
    (about,) = json.loads(engine.text("image", "inspect", "demo:1.0"))
    return about["Id"].removeprefix("sha256:"), about["RootFS"]["Layers"]


@pytest.mark.parametrize("compress", ["none", "gzip"])  # this dockerd reads no zstd
def test_docker_takes_what_we_save(layertui, docker, tmp_path, compress):
    layertui.run("load", docker_archive(demo(), tmp_path / "in.tar"))
    layertui.run("save", "-o", tmp_path / "out.tar", "--compress", compress, "demo:1.0", "demo:latest")
    image_id, diff_ids = load_into(docker, tmp_path / "out.tar")
    assert (f"sha256:{image_id}", diff_ids) == (demo().id, list(demo().diff_ids))


@pytest.mark.parametrize("form", ["docker", "oci"])
def test_podman_takes_what_we_save(layertui, podman, tmp_path, form):
    layertui.run("load", docker_archive(demo(), tmp_path / "in.tar"))
    layertui.run("save", "-o", tmp_path / "out.tar", "--format", form, "demo:1.0")
    image_id, diff_ids = load_into(podman, tmp_path / "out.tar")
    assert (f"sha256:{image_id}", diff_ids) == (demo().id, list(demo().diff_ids))


def test_skopeo_takes_what_we_save(layertui, skopeo, tmp_path):
    layertui.run("load", docker_archive(demo(), tmp_path / "in.tar"))
    layertui.run("save", "-o", tmp_path / "both.tar", "demo:1.0")
    layertui.run("save", "-o", tmp_path / "oci.tar", "--format", "oci", "demo:1.0")
    for source in (f"docker-archive:{tmp_path}/both.tar:demo:1.0", f"oci-archive:{tmp_path}/oci.tar"):
        assert skopeo.run("inspect", "--config", "--raw", source).stdout == demo().config


def test_we_take_what_docker_saves(layertui, docker, tmp_path):
    docker.run("load", "-i", docker_archive(demo(), tmp_path / "in.tar"))
    docker.run("save", "-o", tmp_path / "out.tar", "demo:1.0", "demo:latest")
    said = layertui.text("load", tmp_path / "out.tar").splitlines()
    assert sorted(said) == ["Loaded image: demo:1.0", "Loaded image: demo:latest"]
    (found,) = layertui.json("images")
    assert found["id"] == demo().id
    assert found["diff_ids"] == list(demo().diff_ids)


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
def test_we_take_what_podman_saves(layertui, podman, tmp_path, form):
    podman.run("load", "-i", docker_archive(demo(), tmp_path / "in.tar"))
    podman.run("save", "--format", form, "-o", tmp_path / "out.tar", "demo:1.0")
    layertui.run("load", tmp_path / "out.tar")
    (found,) = layertui.json("images")
    # Converted to an OCI archive, podman writes another config: another ID, the same layers.
    assert found["diff_ids"] == list(demo().diff_ids)
    assert len(layertui.json("history", found["id"])) == 3


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
def test_others_read_the_store_as_it_lies_on_disk(layertui, skopeo, umoci, tmp_path, compress):
    layertui.run("load", oci_layout(demo(compress=compress), tmp_path / "layout"))
    source = f"oci:{layertui.store}:demo:1.0"
    assert skopeo.run("inspect", "--config", "--raw", source).stdout == demo(compress=compress).config
    assert sorted(umoci.text("ls", "--layout", layertui.store).splitlines()) == ["demo:1.0", "demo:latest"]
    if compress == "gzip":
        umoci.run("unpack", "--rootless", "--image", f"{layertui.store}:demo:1.0", tmp_path / "bundle")
        assert (tmp_path / "bundle/rootfs/data/n").read_bytes() == b"n"
    skopeo.run("copy", source, f"dir:{tmp_path}/copied")
    assert (tmp_path / "copied" / demo().id[7:]).read_bytes() == demo().config


def test_history_is_what_docker_says(layertui, docker, tmp_path):
    path = docker_archive(demo(), tmp_path / "in.tar")
    docker.run("load", "-i", path)
    rows = docker.text("history", "--no-trunc", "--format", "{{json .}}", "--human=false", "demo:1.0").splitlines()
    theirs = [json.loads(row) for row in rows]
    ours = layertui.json("history", path)
    assert [step["created_by"] for step in ours] == [row["CreatedBy"] for row in theirs]
    assert [step["size"] for step in ours] == [1, 0, 1016]
    assert [int(row["Size"]) for row in theirs] == [1, 0, 1016 + LINKS]


def test_images_have_the_sizes_that_docker_says(layertui, docker, tmp_path):
    path = docker_archive(demo(), tmp_path / "in.tar")
    docker.run("load", "-i", path)
    layertui.run("load", path)
    (found,) = layertui.json("images")
    assert found["size"] + LINKS == int(docker.text("image", "inspect", "-f", "{{.Size}}", "demo:1.0"))
