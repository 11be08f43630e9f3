"""Dockerfiles of images that Docker and Podman have built: built again, they make the same config and the same files."""

import json
import os
import re
import subprocess
import tarfile

import pytest

import peers

pytestmark = [pytest.mark.slow, pytest.mark.late("a real daemon beside other work: what it does may come too late")]

FIELDS = ("Env", "Cmd", "Entrypoint", "Labels", "ExposedPorts", "Volumes", "WorkingDir", "User", "Healthcheck", "OnBuild", "Shell", "StopSignal")  # fmt: skip
FILES = ("rootfs.tar", "app.conf")
SOURCE = r"""FROM scratch
ADD rootfs.tar /
ENV A="two words" B=x\"y C='$A'
ENV PATH=$PATH:/more D="a \\ b"
ARG V=1
RUN set -eu; \
	echo "$A   $V" > /a; \
		echo 'it''s' >> /a && echo "$C" >> /a
RUN ["/bin/sh", "-c", "echo exec > /b"]
COPY app.conf /srv/app.conf
LABEL one=1 "two words"="b c" quoted="say \"hi\""
EXPOSE 80 81/udp
VOLUME /data
WORKDIR /srv
USER app
STOPSIGNAL SIGINT
HEALTHCHECK --interval=90s --retries=3 CMD true || exit 1
ONBUILD RUN echo child
ENTRYPOINT exec sh -c 'sleep "$0"'
SHELL ["/bin/sh", "-eu", "-c"]
CMD ["1", "say \"hi\""]
"""


def argv_of(daemon, kind):
    if kind == "podman":
        return [*daemon.client.argv, "build", "--isolation=chroot", "-q"], {}
    # BuildKit is a plugin of docker's client that Debian does not have.
    return [*daemon.client.argv, "build", "-q", "--network=none"], {
        "DOCKER_BUILDKIT": "1" if kind == "buildkit" else "0"
    }


def build(daemon, kind, folder, tag, dockerfile, *options):
    (folder / "Dockerfile").write_text(dockerfile)
    argv, environment = argv_of(daemon, kind)
    done = subprocess.run(
        [*argv, *options, "-t", tag, folder],
        env={**os.environ, **daemon.client.env, **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{dockerfile}\n{done.stderr}"


def config_of(daemon, tag):
    (found,) = json.loads(daemon.text("inspect", "--type", "image", tag))
    config = {field: found["Config"].get(field) or None for field in FIELDS}
    return config | {"Labels": {k: v for k, v in (config["Labels"] or {}).items() if not k.startswith("io.buildah")}}


def context(folder):
    folder.mkdir()
    tree = peers.busybox_tree(folder / "tree")
    with tarfile.open(folder / "rootfs.tar", "w") as tar:
        tar.add(tree, "")
    (folder / "app.conf").write_text("conf\n")
    return folder


def saved(daemon, kind, tag, path):
    form = ["--format", "docker-archive"] if kind == "podman" else []
    daemon.run("save", *form, "-o", path, tag)
    return path


@pytest.mark.parametrize(("engine", "kind"), [("docker", "classic"), ("podman", "podman")])
def test_built_again_it_is_the_same(engine, kind, layertui, tmp_path, request):
    daemon = request.getfixturevalue(engine)
    folder = context(tmp_path / "context")
    one, two = f"localhost/{kind}-one:1", f"localhost/{kind}-two:1"
    build(daemon, kind, folder, one, SOURCE, "--build-arg", "V=2 3")
    archive = saved(daemon, kind, one, tmp_path / "one.tar")
    text = layertui.text("history", "--dockerfile", archive)
    lines = text.splitlines()
    assert lines[0] == "FROM scratch"
    assert "#(nop)" not in text
    assert "# buildkit" not in text
    # The files by the names that the Dockerfile has for them.
    for name, source in zip(re.findall(r"^(?:ADD|COPY) (\S+) ", text, re.MULTILINE), FILES, strict=True):
        (folder / name).write_bytes((folder / source).read_bytes())
    build(daemon, kind, folder, two, text + "\n", "--build-arg", "V=2 3")
    assert config_of(daemon, two) == config_of(daemon, one)
    again = saved(daemon, kind, two, tmp_path / "two.tar")
    report = json.loads(layertui.run("--json", "compare", "--files", archive, again).stdout)
    different = [one for one in report["files"]["changes"] if {*one["fields"]} - {"mtime"} or one["kind"] != "modified"]
    assert different == []


def test_the_base_is_named_where_docker_has_it(layertui, docker, tmp_path, monkeypatch):
    folder = context(tmp_path / "context")
    build(docker, "classic", folder, "low:1", "FROM scratch\nADD rootfs.tar /\nENV A=1\n")
    build(docker, "classic", folder, "top:1", "FROM low:1\nCOPY app.conf /x\nLABEL b=c\n")
    build(docker, "classic", folder, "side:1", "FROM low:1\nLABEL b=d\n")
    monkeypatch.setenv("DOCKER_HOST", docker.address)
    found = layertui.json("history", "--dockerfile", "docker-daemon:top:1")
    assert found["base"]["name"] == "low:1"
    assert [one["instruction"] for one in found["steps"]] == ["COPY", "LABEL"]
    docker.run("save", "-o", tmp_path / "top.tar", "top:1")
    assert layertui.text("history", "--dockerfile", tmp_path / "top.tar").startswith("FROM low:1\n")
