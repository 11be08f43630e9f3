"""What we print where docker has the verb: the same lines, from the same images."""

import json

import pytest

from builders import docker_archive, file, folder, image, layer, whiteout
from command_line import layertui

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 1000), folder("bin"), file("bin/sh", b"x" * 1_234_567)])
TOP = layer([file("app/run", b"run" * 333_000, mode=0o755), whiteout("etc/motd")])
LONG = "RUN /bin/sh -c apt-get update && apt-get install -y a\tvery long list of packages # buildkit"
DEMO = image(
    [BASE, TOP],
    history=[
        {
            "created_by": "/bin/sh -c #(nop) ADD file:0123456789abcdef in / ",
            "created": "2026-01-02T03:04:05.123456789Z",
        },
        {
            "created_by": "ENV A=b",
            "created": "2026-03-02T03:04:05Z",
            "comment": "buildkit.dockerfile.v0",
            "empty_layer": True,
        },
        {"created_by": LONG, "created": "2026-06-02T03:04:05Z", "comment": "a comment", "author": "me"},
    ],
    config={"Cmd": ["sh"], "Env": ["A=b"], "Labels": {"a": "b"}, "WorkingDir": "/app", "User": "1:2"},
    tags=["cli-text:1.0"],
)


@pytest.fixture
def both(docker, tmp_path):
    path = docker_archive(DEMO, tmp_path / "demo.tar")
    docker.run("load", "-i", path)
    layertui("load", path).ok()
    yield docker
    docker.run("rmi", "-f", "cli-text:1.0", "cli-text:again", check=False)


@pytest.mark.parametrize("words", [[], ["--no-trunc"], ["-q"], ["-q", "--no-trunc"]])
def test_history(both, words):
    theirs = both.run("history", *words, "cli-text:1.0").stdout.decode().splitlines()
    assert layertui("history", *words, "cli-text:1.0").ok().lines == theirs


@pytest.mark.parametrize("words", [[], ["--no-trunc"], ["-q"]])
def test_images(both, words):
    theirs = both.run("images", *words, "cli-text").stdout.decode().splitlines()
    assert layertui("images", *words, "cli-text").ok().lines == theirs


def test_rmi(both):
    both.run("tag", "cli-text:1.0", "cli-text:again")
    layertui("tag", "cli-text:1.0", "cli-text:again").ok()
    theirs = both.run("rmi", "cli-text:again").stdout.decode().splitlines()
    assert layertui("rmi", "cli-text:again").ok().lines == theirs


def test_load(both, tmp_path):
    theirs = both.run("load", "-i", tmp_path / "demo.tar").stdout
    assert layertui("load", "-i", tmp_path / "demo.tar").ok().out == theirs


def test_inspect(both):
    (theirs,) = json.loads(both.run("inspect", "cli-text:1.0").stdout)
    (ours,) = layertui("inspect", "cli-text:1.0").ok().json
    for key in ("Id", "RepoTags", "Created", "Author", "Comment", "Architecture", "Os", "RootFS"):
        assert ours[key] == theirs[key], key
    for key in ("User", "Env", "Cmd", "Entrypoint", "WorkingDir", "Labels", "Volumes", "OnBuild"):
        assert ours["Config"][key] == theirs["Config"][key], key


def test_ps_of_a_created_container(both):
    both.run("create", "--name", "cli_text", "cli-text:1.0", "sh", "-c", "echo 'a rather long command'")
    try:
        layertui("create", "--name", "cli_text", "cli-text:1.0", "sh", "-c", "echo 'a rather long command'").ok()
        header, *rows = both.run("ps", "-a", "--filter", "name=cli_text").stdout.decode().splitlines()
        our_header, *our_rows = layertui("ps", "-a").ok().lines
        assert our_header.split() == header.split()
        assert [row.split('"')[1] for row in our_rows] == [row.split('"')[1] for row in rows]
        assert our_rows[0].split()[-2:] == rows[0].split()[-2:]
    finally:
        both.run("rm", "-f", "cli_text")
