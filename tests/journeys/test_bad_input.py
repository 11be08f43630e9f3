"""Bad input is one clear line and exit 1, and leaves the store as it was."""

import json
import os
import random
import shlex
import socket
import subprocess

import pytest

import peers
from builders import (
    digest_of,
    docker_archive,
    docker_files,
    file,
    folder,
    image,
    layer,
    layout_files,
    oci_archive,
    pack,
)

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 2000)])
TOP = layer([file("etc/more", random.Random(1).randbytes(50_000))])
DEMO = image([BASE, TOP], tags=["demo:1.0"])


def refused(layertui, *args, code=1, **how):
    done = layertui.run(*args, check=False, **how)
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert done.stdout == b""
    (line,) = said.splitlines()
    assert line.startswith("error: ")
    assert "Traceback" not in said
    return line


@pytest.fixture
def filled(layertui, tmp_path):
    layertui.run("load", docker_archive(image([BASE], tags=["kept:1"]), tmp_path / "kept.tar"))
    yield layertui
    assert [row["tags"] for row in layertui.json("images")] == [["kept:1"]]
    assert layertui.json("fsck")["ok"]
    assert not [path for path in (layertui.store / "tmp").glob("*") if path.stat().st_size]


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("form", [docker_archive, oci_archive])
def test_a_truncated_archive(filled, tmp_path, form, part):
    path = form(DEMO, tmp_path / "cut.tar")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    line = refused(filled, "load", path)
    assert "cut.tar" in line
    refused(filled, "load", "-", stdin=path.read_bytes())


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
def test_a_layer_that_is_not_its_digest(filled, tmp_path, compress):
    built = image([BASE, TOP], tags=["demo:1.0"], compress=compress)
    files = layout_files(built)
    name = f"blobs/sha256/{digest_of(built.stored[1])[7:]}"
    files[name] = files[name][:600] + b"X" + files[name][601:]
    path = tmp_path / "liar.tar"
    path.write_bytes(pack(files))
    refused(filled, "load", path)


def test_a_layer_that_is_not_its_diff_id(filled, tmp_path):
    config = json.loads(DEMO.config)
    config["rootfs"]["diff_ids"][1] = digest_of(b"something else")
    files = docker_files(DEMO, old=True)
    liar = json.dumps(config).encode()
    manifest = json.loads(files["manifest.json"])
    del files[manifest[0]["Config"]]
    manifest[0]["Config"] = f"{digest_of(liar)[7:]}.json"
    files |= {manifest[0]["Config"]: liar, "manifest.json": json.dumps(manifest).encode()}
    path = tmp_path / "liar.tar"
    path.write_bytes(pack(files))
    refused(filled, "load", path)


def test_a_missing_blob_is_named(filled, tmp_path):
    files = layout_files(DEMO)
    digest = digest_of(TOP)
    del files[f"blobs/sha256/{digest[7:]}"]
    path = tmp_path / "hole.tar"
    path.write_bytes(pack(files))
    assert digest[7:19] in refused(filled, "load", path)


@pytest.mark.parametrize("content", [b"", b"not a tar at all" * 100, bytes(10_240), layer([file("just", b"a file")])])
def test_a_file_that_is_no_image(filled, tmp_path, content):
    path = tmp_path / "thing"
    path.write_bytes(content)
    assert "thing" in refused(filled, "load", path)
    refused(filled, "history", path)


def test_names_that_are_not_there(filled, tmp_path):
    refused(filled, "history", "nothing:here")
    refused(filled, "load", tmp_path / "nowhere.tar")
    refused(filled, "cat", "kept:1", "/no/such/file")
    refused(filled, "ls", "--layer", "99", "kept:1")
    refused(filled, "ls", "--layer", "x", "kept:1", code=2)
    refused(filled, "start", "no-such-container")


def test_a_path_outside(filled, tmp_path):
    evil = layer([file("../../outside", b"evil"), file("inside", b"fine")])
    path = docker_archive(image([evil], tags=["evil:1"]), tmp_path / "evil.tar")
    done = filled.run("extract", path, "/", tmp_path / "out" / "deep", check=False)
    assert done.returncode in {0, 1}
    assert not (tmp_path / "outside").exists()
    assert b"Traceback" not in done.stderr


def test_a_full_disk(layertui, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", small], check=True)
    try:
        full = peers.program(small / "store")
        full.run("load", docker_archive(image([BASE], tags=["kept:1"]), tmp_path / "kept.tar"))
        big = image([BASE, layer([file("big", os.urandom(2_000_000))])], tags=["big:1"])
        line = refused(full, "load", docker_archive(big, tmp_path / "big.tar"))
        assert "space" in line.lower()
        assert [row["tags"] for row in full.json("images")] == [["kept:1"]]
        assert full.json("fsck")["ok"]
    finally:
        subprocess.run(["umount", small], check=True)


def test_no_runtime_here(layertui, tmp_path):
    layertui.run("demo", "--no-ui")
    layertui.run("create", "--name", "c1", "busybox", "sh")
    env = {"LAYERTUI_RUNTIME": str(tmp_path / "no-such-runtime")}
    lame = peers.Program(layertui.store, peers.Tool(layertui.tool.argv, env))
    refused(lame, "start", "c1")
    refused(lame, "run", "busybox", "true", code=125)
    lame.run("write", "c1", "/etc/motd", stdin=b"all else works\n")
    assert lame.text("cat", "container:c1", "/etc/motd") == "all else works"


def test_what_would_block_or_never_end_is_no_archive(filled, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path, what in ((tmp_path / "pipe", "named pipe"), ("/dev/zero", "device"), (tmp_path / "socket", "socket")):
            for verb in ("load", "import", "history", "layers"):
                assert what in refused(filled, verb, path)


def test_a_pipe_that_the_shell_opened_is_read(filled, tmp_path):
    path = docker_archive(DEMO, tmp_path / "demo.tar")
    script = f'{shlex.join(filled.tool.argv)} --store {filled.store} history --json <(cat "$1")'
    done = subprocess.run(["bash", "-c", script, "-", path], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    assert [row["created_by"] for row in json.loads(done.stdout)] == ["RUN step 2", "RUN step 1"]
