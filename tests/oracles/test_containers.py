"""Containers beside docker's: the same commands leave the same diff; each one's export is the other's import."""

import io
import json
import subprocess
import tarfile

import pytest

from builders import docker_archive, image

pytestmark = pytest.mark.slow

COMMANDS = (
    "echo new > /etc/new; echo more >> /etc/passwd; rm /etc/group; mkdir -p /srv/deep/er; echo x > /srv/deep/er/file;"
    "rm -rf /root; mkdir /root; chmod 700 /tmp; ln -s new /etc/link; touch /gone; rm /gone"
)


@pytest.fixture(scope="module")
def built(busybox):
    tree = subprocess.run(
        ["tar", "-C", busybox, "--sort=name", "-c", "bin", "etc", "root", "tmp"], capture_output=True, check=True
    ).stdout
    return image([tree], tags=["box:1"], config={"Cmd": ["sh"], "Env": ["PATH=/bin"]})


@pytest.fixture
def loaded(layertui, docker, built, tmp_path):
    path = docker_archive(built, tmp_path / "box.tar")
    layertui.run("load", path)
    docker.run("load", "-i", path)
    return built


def test_the_same_commands_leave_the_same_diff(layertui, docker, loaded):
    layertui.run("run", "--name", "c1", "box:1", "sh", "-c", COMMANDS)
    docker.run("run", "--name", "c1", "--network", "none", "box:1", "sh", "-c", COMMANDS)
    try:
        ours = sorted(layertui.text("diff", "c1").splitlines())
        theirs = sorted(docker.text("diff", "c1").splitlines())
        assert ours == theirs
    finally:
        docker.run("rm", "c1")


def test_our_export_is_dockers_import(layertui, docker, loaded):
    layertui.run("run", "--name", "c2", "box:1", "sh", "-c", COMMANDS)
    flat = layertui.run("export", "c2").stdout
    image_id = docker.text("import", "-", "flat:1", stdin=flat)
    (step,) = [json.loads(row) for row in docker.text("history", "--format", "{{json .}}", "flat:1").splitlines()]
    assert step["Comment"] == "Imported from -"
    said = docker.text("run", "--rm", "--network", "none", "flat:1", "/bin/cat", "/etc/new", "/srv/deep/er/file")
    assert said == "new\nx"
    assert image_id.startswith("sha256:")


def test_dockers_export_is_our_import(layertui, docker, loaded):
    docker.run("run", "--name", "c3", "--network", "none", "box:1", "sh", "-c", COMMANDS)
    flat = docker.run("export", "c3").stdout
    docker.run("rm", "c3")
    image_id = layertui.text("import", "-", "flat:1", stdin=flat)
    (step,) = layertui.json("history", "flat:1")
    assert step["comment"] == "Imported from -"
    with tarfile.open(fileobj=io.BytesIO(flat)) as tar:
        assert step["size"] == sum(member.size for member in tar if member.isreg())
    assert layertui.json("images")[0]["id"] == image_id or any(row["id"] == image_id for row in layertui.json("images"))
    assert layertui.text("run", "--rm", "flat:1", "/bin/cat", "/etc/new") == "new"


def test_our_flat_tar_holds_what_dockers_holds(layertui, docker, loaded):
    """Apart from what the engine puts into its containers."""
    layertui.run("run", "--name", "c4", "box:1", "sh", "-c", COMMANDS)
    docker.run("run", "--name", "c4", "--network", "none", "box:1", "sh", "-c", COMMANDS)
    ours = _contents(layertui.run("export", "c4").stdout)
    theirs = _contents(docker.run("export", "c4").stdout)
    docker.run("rm", "c4")
    engines_own = {".dockerenv", "dev", "proc", "sys", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab"}
    theirs = {name: fact for name, fact in theirs.items() if name not in engines_own and not name.startswith("dev/")}
    ours = {name: fact for name, fact in ours.items() if name not in {"dev", "proc", "sys"}}
    assert ours == theirs


def _contents(flat):
    with tarfile.open(fileobj=io.BytesIO(flat)) as tar:
        return {
            member.name: (
                member.type,
                member.mode & 0o7777,
                member.uid,
                member.gid,
                member.linkname,
                _body(tar, member),
            )
            for member in tar
            if not member.islnk() and member.name not in {"", "."}
        }


def _body(tar, member):
    return tar.extractfile(member).read() if member.isreg() else b""


def test_our_commit_runs_in_docker(layertui, docker, loaded, tmp_path):
    layertui.run("run", "--name", "c5", "box:1", "sh", "-c", COMMANDS)
    image_id = layertui.text("commit", "-m", "as told", "-c", "ENV B=c", "c5", "box:2")
    layertui.run("save", "-o", tmp_path / "two.tar", "box:2")
    docker.run("load", "-i", tmp_path / "two.tar")
    assert docker.text("image", "inspect", "-f", "{{.Id}}", "box:2") == image_id
    said = docker.text(
        "run", "--rm", "--network", "none", "box:2", "sh", "-c", "cat /etc/new; ls /etc/group; ls -A /root; echo $B"
    )
    assert said == "new\nc"


def test_dockers_commit_runs_here(layertui, docker, loaded, tmp_path):
    docker.run("run", "--name", "c6", "--network", "none", "box:1", "sh", "-c", COMMANDS)
    docker.run("commit", "-m", "as told", "c6", "box:3")
    docker.run("rm", "c6")
    docker.run("save", "-o", tmp_path / "three.tar", "box:3")
    layertui.run("load", tmp_path / "three.tar")
    assert layertui.text("run", "--rm", "box:3", "sh", "-c", "cat /etc/new; ls -A /root") == "new"
    (top, *_) = layertui.json("history", "box:3")
    assert top["comment"] == "as told"
