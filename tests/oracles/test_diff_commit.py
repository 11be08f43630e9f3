"""diff, commit and export beside docker's: the same actions in a container of the same image, the same answers."""

import pytest

from builders import docker_archive
from containing import box, runtimes
from tar_facts import facts, is_engines_own, saved

ACTIONS = {
    "nothing": "true",
    "a new file": "echo x > /new",
    "a new file deep down": "mkdir -p /a/b/c; echo x > /a/b/c/d",
    "a changed file": "echo more >> /etc/passwd",
    "a file of the same content": "cat /etc/group > /tmp/g; cat /tmp/g > /etc/group; rm /tmp/g",
    "a mode": "chmod 600 /etc/plain",
    "a folder's mode": "chmod 711 /srv",
    "an owner": "chown 5:6 /srv/page",
    "a removed file": "rm /etc/plain",
    "a removed folder": "rm -r /srv",
    "a removed and remade folder": "rm -r /srv; mkdir /srv",
    "a removed and refilled folder": "rm -r /srv; mkdir /srv; echo y > /srv/y; echo p > /srv/page",
    "a file made and removed": "touch /gone; rm /gone",
    "a folder made and removed": "mkdir /gone; touch /gone/x; rm -r /gone",
    "a file moved": "mv /etc/plain /etc/moved",
    "a folder moved": "mv /srv /moved",
    "a file replaced by a folder": "rm /etc/plain; mkdir /etc/plain; echo x > /etc/plain/x",
    "a symlink made": "ln -s /etc/passwd /etc/link",
    "a symlink removed": "rm /link",
    "a symlink replaced": "rm /link; ln -s /srv /link",
    "a hard link made": "ln /etc/plain /etc/hard",
    "a pipe": "mkfifo /tmp/pipe",
    "setuid": "echo x > /tmp/s; chmod 4755 /tmp/s",
    "names that need care": "touch '/tmp/a b' /tmp/-x '/tmp/ü'",
    "written through a symlink": "echo x > /link/new",
    "several at once": "echo x > /x; rm /etc/plain; rm -r /data; mkdir /data; echo y > /data/y; chmod 700 /tmp; mv /srv /s2",
}
RUNTIME = pytest.mark.parametrize("runtime", runtimes())


@pytest.fixture
def both(layertui, docker, tmp_path):
    """Our program and docker, each with the same image."""
    path = docker_archive(box(), tmp_path / "box.tar")
    layertui.run("load", path)
    docker.run("load", "-i", path)
    return layertui, docker


@pytest.fixture
def acted(both, request, monkeypatch):
    """Run the same words in a container `c` of each."""
    ours, theirs = both

    def act(script, runtime="bwrap"):
        monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
        ours.run("run", "--name", "c1", "box:1", "sh", "-c", script)
        theirs.run("run", "--name", "c1", "--network", "none", "box:1", "sh", "-c", script)
        return ours, theirs

    yield act
    theirs.run("rm", "-f", "c1", check=False)


@RUNTIME
@pytest.mark.parametrize("script", ACTIONS.values(), ids=ACTIONS)
def test_the_same_actions(acted, script, runtime, tmp_path):
    """The lines of diff, the layer's members but for their order, the step, and what the exported tar holds."""
    ours, theirs = acted(script, runtime)
    assert sorted(ours.text("diff", "c1").splitlines()) == sorted(theirs.text("diff", "c1").splitlines())
    ours.run("commit", "-m", "told", "c1", "two:1")
    theirs.run("commit", "-m", "told", "c1", "two:1")
    ours.run("save", "-o", tmp_path / "ours.tar", "two:1")
    theirs.run("save", "-o", tmp_path / "theirs.tar", "two:1")
    mine, their = saved(tmp_path / "ours.tar"), saved(tmp_path / "theirs.tar")
    assert mine["step"] == their["step"]
    assert mine["layers"] == their["layers"]
    assert mine["top"] == their["top"]
    theirs.run("rmi", "two:1")
    flat_ours = facts(ours.run("export", "c1").stdout)
    flat_theirs = facts(theirs.run("export", "c1").stdout)
    known = {name: fact for name, fact in flat_theirs.items() if not is_engines_own(name)}
    assert {name: fact for name, fact in flat_ours.items() if not is_engines_own(name)} == known
