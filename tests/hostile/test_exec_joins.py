"""What a container sees of the process that `exec` adds, before it is the command: no program, environment or descriptor of ours."""

import os
from contextlib import suppress

import pytest

from containing import each_runtime, engine_at, options, require_runtime
from hostile.joins import HOST_VARIABLE, seen, watched
from layertui.core.containers.model.container import ExecOptions
from layertui.core.containers.runtimes.launcher import launcher
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError
from layertui.core.progress import quiet
from observed import read, wait_for


@pytest.fixture(params=each_runtime())
def containers(request, tmp_path, monkeypatch):
    require_runtime(request.param, tmp_path / "probe")
    monkeypatch.setenv(HOST_VARIABLE, "a secret of the caller's")
    made = engine_at(tmp_path / "store", request.param)
    image = made.images.open("box:1", None, quiet())
    made.containers.make = lambda *command, **more: made.containers.create(image, "box:1", options(*command, **more))
    made.containers.runtime, made.containers.engine = request.param, made
    yield made.containers
    for one in made.containers.list():
        made.containers.remove(one.id, force=True)


@pytest.mark.slow
def test_nothing_of_ours_is_seen(containers):
    said = watched(containers.engine)
    assert "seen /proc/" in said
    assert seen(said) == []


@pytest.mark.slow
def test_a_watcher_does_see_what_is_there(containers, monkeypatch):
    """The test above can fail: without one step, the program is seen."""
    if containers.runtime != "bwrap":
        pytest.skip("runc and crun hide themselves")
    monkeypatch.setattr(launcher, "_PR_SET_DUMPABLE", 4)
    monkeypatch.setattr(launcher, "_UNSEEN", ("prctl", (4, 1, 0, 0, 0)))
    said = watched(containers.engine)
    assert "exe of /proc/" in said
    assert "memfd:layertui" in said


@pytest.mark.parametrize("command", ["/proc/self/exe", "/proc/thread-self/exe", "/link", "/proc/1/exe"])
def test_a_command_is_never_the_runtime(containers, command):
    """CVE-2019-5736: what `exec` becomes is the program that runs it. No such link is followed, whatever leads to it."""
    script = "ln -s /proc/self/exe /link; echo ready; exec sleep 600"
    container = containers.lifecycle.start(containers.make("sh", "-c", script).id)
    wait_for(containers, container.id, b"ready")
    with pytest.raises((CommandNotFound, CommandNotExecutable)):
        containers.processes.exec(container.id, [command])


@pytest.mark.slow
def test_a_script_whose_interpreter_is_the_runtime_runs_nothing_of_the_hosts(containers):
    script = "printf '#!/proc/self/exe\\n' > /script; chmod 755 /script; echo ready; exec sleep 600"
    container = containers.lifecycle.start(containers.make("sh", "-c", script).id)
    wait_for(containers, container.id, b"ready")
    with suppress(LayertuiError), containers.processes.exec(container.id, ["/script"]) as session:
        assert read(session)["stdout"] == b""
        assert session.code != 0


def test_what_exec_adds_has_three_streams_and_is_in_no_session_of_ours(containers):
    container = containers.lifecycle.start(containers.make("sleep", "600").id)
    script = (
        "ls -l /proc/self/fd | sed 's/.*-> //'; cut -d' ' -f6 /proc/self/stat; cat /proc/$$/environ | tr '\\0' '\\n'"
    )
    with containers.processes.exec(container.id, ["sh", "-c", script], ExecOptions(stdin=True)) as session:
        session.end_input()
        said = read(session)["stdout"].decode().splitlines()
    assert sum(line.startswith("pipe:") for line in said) == 3
    assert not [line for line in said if "pts" in line or "socket" in line or HOST_VARIABLE in line]
    assert os.getsid(0) != int(next(line for line in said if line.isdecimal()))
