"""Archives that we write, into a real docker, and from it: every form, every compression docker can read."""

import json

import pytest

from builders import digest_of, docker_archive, file, folder, image, layer, oci_archive, whiteout
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.archive.save_archive import save
from layertui.core.images.demo.demo_images import demo_images
from layertui.core.store.store_layout import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("dockerd beside other work: a container or a copy of its own may fail"),
]

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", b"#!" * 4000, mode=0o755)])
HISTORY = ["/bin/sh -c #(nop) ADD file:1 in / ", "ENV A=b", "RUN /bin/sh -c x # buildkit"]
DEMO = image([BASE, TOP], history=HISTORY, empty=[1], tags=["demo:1.0", "demo:2.0"], config={"Env": ["A=b"]})


@pytest.fixture(autouse=True)
def _empty(docker):
    yield
    if ids := docker.text("images", "-aq").split():
        docker.run("rmi", "-f", *dict.fromkeys(ids), check=False)


def saved(images, path, **how):
    with path.open("wb") as out:
        save(images, out, spool=path.parent, **how)
    return path


@pytest.mark.parametrize("compress", [None, "none", "gzip"])
@pytest.mark.parametrize("form", ["both", "docker"])
def test_docker_loads_what_we_save(docker, tmp_path, form, compress):
    with open_archive(oci_archive(DEMO, tmp_path / "in.tar")) as found:
        path = saved([(one, one.names) for one in found.images], tmp_path / "out.tar", form=form, compress=compress)
    # Another test of this session may have given the daemon a demo:1.0 of its own: docker then says first that the name moves.
    said = [line for line in docker.text("load", "-i", path).splitlines() if "renaming the old one" not in line]
    assert said == ["Loaded image: demo:1.0", "Loaded image: demo:2.0"]
    (about,) = json.loads(docker.text("image", "inspect", "demo:1.0"))
    assert (about["Id"], about["RootFS"]["Layers"]) == (DEMO.id, list(DEMO.diff_ids))
    rows = docker.text("history", "--no-trunc", "--format", "{{.CreatedBy}}", "demo:1.0").splitlines()
    assert rows == [text.strip() for text in HISTORY[::-1]]


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
def test_docker_loads_layers_that_we_keep_compressed(docker, tmp_path, compress):
    built = image([BASE, TOP], tags=["kept:1"], compress=compress)
    with open_archive(oci_archive(built, tmp_path / "in.tar")) as found:
        path = saved([(found.images[0], found.images[0].names)], tmp_path / "out.tar")
    assert docker.text("load", "-i", path) == "Loaded image: kept:1"
    assert docker.text("image", "inspect", "-f", "{{.Id}}", "kept:1") == built.id


def test_an_image_without_a_name(docker, tmp_path):
    with open_archive(oci_archive(DEMO, tmp_path / "in.tar")) as found:
        path = saved([(found.images[0], ())], tmp_path / "out.tar")
    assert docker.text("load", "-i", path) == f"Loaded image ID: {DEMO.id}"


def test_docker_loads_an_archive_without_the_layers_it_has(docker, tmp_path):
    base = image([BASE], tags=["base:1"])
    docker.run("load", "-i", docker_archive(base, tmp_path / "base.tar"))
    with open_archive(oci_archive(DEMO, tmp_path / "in.tar")) as found:
        images = [(found.images[0], found.images[0].names)]
        path = saved(images, tmp_path / "thin.tar", without=frozenset([digest_of(BASE)]))
    assert BASE not in path.read_bytes()
    docker.run("load", "-i", path)
    assert docker.text("image", "inspect", "-f", "{{.Id}}", "demo:1.0") == DEMO.id


def test_what_docker_saves_is_loaded(docker, tmp_path, store_folder):
    twice = image([BASE, TOP, TOP], tags=["twice:1"])  # the second TOP is a link in docker's archive
    docker.run("load", "-i", docker_archive([DEMO, twice], tmp_path / "in.tar"))
    docker.run("save", "-o", tmp_path / "out.tar", "demo:1.0", "demo:2.0", "twice:1")
    store = Store(store_folder)
    with open_archive(tmp_path / "out.tar") as found:
        for one in found.images:
            store.put(one, one.names)
    assert store.find("demo:2.0").id == DEMO.id
    assert store.find("twice:1").id == twice.id
    assert [one.open().read() for one in store.find("twice:1").layers] == [BASE, TOP, TOP]


def test_docker_saves_by_id(docker, tmp_path):
    docker.run("load", "-i", docker_archive(DEMO, tmp_path / "in.tar"))
    docker.run("save", "-o", tmp_path / "out.tar", DEMO.id)
    with open_archive(tmp_path / "out.tar") as found:
        assert found.image().id == DEMO.id
        assert found.image().names == ()


def test_the_demo_runs_in_docker(docker, tmp_path):
    images = demo_images()
    path = saved([(one, one.names) for one in images], tmp_path / "demo.tar")
    docker.run("load", "-i", path)
    motd = docker.text("run", "--rm", "--network", "none", "demo:1.0", "cat", "/etc/motd")
    assert motd == "Welcome to demo."
    listed = docker.text(
        "run", "--rm", "--network", "none", "demo:1.0", "sh", "-c", "ls -A /var/cache; ls /etc/issue 2>&1; true"
    )
    assert "pkg" not in listed
    assert "No such file" in listed
    assert docker.text("run", "--rm", "--network", "none", "busybox", "touch", "/1.txt") == ""
    docker.run("run", "-d", "--name", "demo2", "--network", "none", "demo:2.0")
    try:
        assert docker.text("inspect", "-f", "{{.State.Status}}", "demo2") == "running"
        docker.run("stop", "-t", "5", "demo2")
        assert docker.text("inspect", "-f", "{{.State.ExitCode}}", "demo2") == "0"
    finally:
        docker.run("rm", "-f", "demo2")
