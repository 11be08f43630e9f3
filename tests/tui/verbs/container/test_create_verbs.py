"""What the options of `create` are kept as, and what of them is refused."""

import os
from types import SimpleNamespace

import pytest

from builders import docker_archive
from command_line import layertui
from containing import box
from layertui.core.engines.engine import About
from layertui.tui.verbs.container.container_verbs import create_verb
from layertui.tui.verbs.container.create_verbs import options_from


@pytest.fixture(autouse=True)
def image(tmp_path):
    layertui("load", docker_archive(box(), tmp_path / "box.tar")).ok()


def kept(*words):
    layertui("create", "--name", "one", *words, "box:1").ok()
    (found,) = layertui("inspect", "one").ok().json
    return found


def test_mounts_are_written_as_docker_writes_them(tmp_path):
    words = ["-v", f"{tmp_path}:/v:ro", "--mount", f"type=bind,src={tmp_path},dst=/m", "--tmpfs", "/t:size=1m,mode=700"]
    found = kept(*words)
    assert found["HostConfig"]["Binds"] == [f"{tmp_path}:/v:ro"]
    assert found["HostConfig"]["Tmpfs"] == {"/t": "size=1048576,mode=700"}
    assert [(one["Type"], one["Destination"], one["RW"]) for one in found["Mounts"]] == [
        ("bind", "/v", False),
        ("bind", "/m", True),
        ("tmpfs", "/t", True),
    ]


def test_limits_and_rights_are_written_as_docker_writes_them():
    words = ["-m", "64m", "--cpus", "1.5", "--pids-limit", "9", "--cap-add", "SYS_ADMIN", "--cap-drop", "CHOWN"]
    words += ["--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined", "--group-add", "wheel"]
    found = kept(*words, "--stop-timeout", "3", "--stop-signal", "INT")
    host = found["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (64 << 20, 1_500_000_000, 9)
    assert (host["CapAdd"], host["CapDrop"], host["GroupAdd"]) == (["CAP_SYS_ADMIN"], ["CAP_CHOWN"], ["wheel"])
    assert host["SecurityOpt"] == ["no-new-privileges", "seccomp=unconfined"]
    assert (found["Config"]["StopTimeout"], found["Config"]["StopSignal"]) == (3, "INT")


def test_variables_of_a_file_come_before_those_of_the_line(tmp_path, monkeypatch):
    monkeypatch.setenv("OURS", "here")
    (tmp_path / "env").write_text("# none\n\nA=1\nB= two \nOURS\nNOT_HERE\n")
    found = kept("-e", "A=2", "--env-file", tmp_path / "env")
    assert found["Config"]["Env"][:3] == ["A=2", "B= two ", "OURS=here"]


@pytest.mark.parametrize(
    "words",
    [
        ["-v", "name:x"],
        ["--tmpfs", "x"],
        ["--mount", "type=nfs,target=/x"],
        ["-m", "1"],
        ["--cpus", "many"],
        ["--pids-limit", "many"],
        ["--cap-add", "FLY"],
        ["--security-opt", "apparmor=x"],
        ["--stop-timeout", "-1"],
    ],
)
def test_what_is_refused(words):
    layertui("create", *words, "box:1").failed(2)
    assert layertui("ps", "-aq").lines == []


@pytest.mark.parametrize("line", ["A B=1", "=1"])
def test_a_file_that_holds_no_variables(tmp_path, line):
    (tmp_path / "env").write_text(f"{line}\n")
    layertui("create", "--env-file", tmp_path / "env", "box:1").failed(2)


def test_a_source_that_is_missing():
    layertui("create", "--mount", "type=bind,source=/not/there,target=/x", "box:1").failed(1)
    layertui("create", "--env-file", "/not/there", "box:1").failed(1)
    assert not os.path.exists("/not/there")


@pytest.mark.parametrize("name", ["nothing", ""])
def test_a_network_that_is_none(name):
    assert "there are" in layertui("create", "--net", name, "box:1").failed(2).err


@pytest.mark.parametrize(
    ("kind", "words", "net"),
    [
        ("embedded", [], "none"),
        ("embedded", ["-p", "80"], "default"),
        ("docker", [], "default"),
        ("podman", [], "default"),
        ("docker", ["--net", "none"], "none"),
    ],
)
def test_the_network_of_who_says_none(kind, words, net):
    """Ours is none; a daemon's own command line leaves it to the daemon."""
    given = create_verb.make_context("create", [*words, "box:1"]).params
    engine = SimpleNamespace(about=About(kind, "", str))
    asked = SimpleNamespace(warn=print, inspector=SimpleNamespace(engine=engine))
    assert options_from(asked, (), given).net == net
