"""What Containers must do, run for each engine that has some, on each runtime that is here."""

import io
import os
import subprocess
import tarfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from containing import box, engine_at, options, put, require_runtime, runtimes
from layertui.core.containers.container import State
from layertui.core.containers.process import Process, inside
from layertui.core.errors import (
    Ambiguous,
    Cancelled,
    CommandNotExecutable,
    CommandNotFound,
    Conflict,
    LayertuiError,
    NotFound,
    UsageError,
    WrongState,
)
from layertui.core.oci.reference import Reference
from layertui.core.streams.progress import Progress, quiet

ROOT = os.geteuid() == 0
FOREVER = ("sleep", "600")


@pytest.fixture(params=runtimes())
def engine(request, tmp_path):
    require_runtime(request.param, tmp_path / "probe")
    made = engine_at(tmp_path / "store", request.param)
    yield made
    for one in made.containers.list():
        made.containers.remove(one.id, force=True)
    folder = tmp_path / "store" / "containers"
    for _ in range(60):  # a shim may be about to remove its container
        left = [name for name in os.listdir(folder) if name not in ("lock", "names")] if folder.is_dir() else []
        if not left:
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {left}")


@pytest.fixture
def containers(engine):
    return engine.containers


@pytest.fixture
def image(engine):
    return engine.images.open("box:1", None, quiet())


@pytest.fixture
def make(containers, image):
    return lambda *command, **more: containers.create(image, "box:1", options(*command, **more))


@pytest.fixture
def started(containers, make):
    return lambda *command, **more: containers.start(make(*command, **more).id)


@pytest.fixture
def said(containers, started):
    """Everything that a container says which runs these words."""

    def run(*command, **more):
        container = started(*command, **more)
        containers.wait(container.id)
        return b"".join(line.text for line in containers.logs(container.id)).decode()

    return run


def lines(containers, name):
    return [(line.kind, line.path) for line in containers.diff(name)]


# ---------------------------------------------------------------- create


def test_create_makes_a_layer_and_nothing_else(containers, make):
    container = make()
    assert (container.state, container.pid, container.exit_code, container.started) == (State.CREATED, 0, 0, None)
    assert container.command == ("sh",)
    assert len(container.id) == 64
    assert containers.diff(container.id) == []
    seen = containers.namespaces(container.id)
    assert (seen.status, seen.pid, seen.container, seen.own) == (State.CREATED, 0, None, ())


def test_a_name_is_made_up(make):
    how, _, who = make().name.partition("_")
    assert how.isalpha()
    assert who.isalpha()


def test_a_name_that_is_taken(containers, make):
    make(name="web")
    with pytest.raises(Conflict, match="web"):
        make(name="web")
    containers.remove("web")
    make(name="web")


@pytest.mark.parametrize("name", ["a", "-x", "a b", "a/b", "é1", ".x"])
def test_a_name_that_is_none(make, name):
    with pytest.raises(UsageError):
        make(name=name)


@pytest.mark.parametrize("wrong", [{"working_dir": "relative"}, {"stop_signal": "NOPE"}])
def test_an_option_that_is_none(containers, make, wrong):
    with pytest.raises(UsageError):
        make(**wrong)
    assert containers.list() == []


def test_forty_at_once_have_different_names(containers, make):
    threads = [threading.Thread(target=make) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.name for one in containers.list()}) == 40


def test_found_by_name_id_and_prefix(containers, make):
    container = make(name="web")
    for spelled in ("web", "/web", container.id, container.id[:12], container.id[:4]):
        assert containers.get(spelled).id == container.id
    with pytest.raises(NotFound):
        containers.get("nobody")


def test_a_prefix_that_fits_several(containers, make):
    made = [make() for _ in range(20)]
    first = next(one.id[0] for one in made if sum(other.id[0] == one.id[0] for other in made) > 1)
    with pytest.raises(Ambiguous):
        containers.get(first)


def test_the_list_has_the_newest_first(containers, make):
    names = ["one", "two", "three"]
    for name in names:
        make(name=name)
    assert [one.name for one in containers.list()] == names[::-1]


def test_without_any_command(containers, engine, tmp_path):
    put(engine, box(Cmd=None).tagged("no:1"), tmp_path / "no.tar")
    image = engine.images.open("no:1", None, quiet())
    with pytest.raises(LayertuiError, match="no command"):
        containers.create(image, "no:1", options())


# ---------------------------------------------------------------- start


def test_started_it_runs_in_namespaces_of_its_own(containers, started):
    container = started(*FOREVER)
    assert container.state is State.RUNNING
    assert container.pid > 0
    assert container.started is not None
    seen = containers.namespaces(container.id)
    assert set(seen.own) >= {"mnt", "pid", "net", "uts", "ipc"}
    assert seen.container is not None
    assert seen.container["pid"] != seen.host["pid"]
    assert seen.processes["pid"] == seen.processes["mnt"] == (container.pid,)


def test_started_again_while_it_runs_nothing_happens(containers, started):
    container = started(*FOREVER)
    assert containers.start(container.id).pid == container.pid


def test_twenty_starts_at_once_are_one(containers, make):
    container = make(*FOREVER)
    pids = []
    threads = [threading.Thread(target=lambda: pids.append(containers.start(container.id).pid)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 20
    assert len(set(pids)) == 1


def test_a_second_start_keeps_the_layer_and_the_log(containers, started):
    container = started("sh", "-c", "echo once; cat /mark; echo x > /mark")
    assert containers.wait(container.id) == 0
    containers.start(container.id)
    assert containers.wait(container.id) == 0
    text = b"".join(line.text for line in containers.logs(container.id) if line.stream == "stdout")
    assert text == b"once\nonce\nx\n"


def test_a_shell_with_a_terminal_stays(containers, started):
    container = started("sh", tty=True, interactive=True)
    time.sleep(0.3)
    assert containers.get(container.id).state is State.RUNNING


def test_a_shell_without_input_ends(containers, started):
    assert containers.wait(started("sh").id) == 0


@pytest.mark.parametrize(
    ("command", "error", "code"), [("nope", CommandNotFound, 127), ("/etc/plain", CommandNotExecutable, 126)]
)
def test_a_first_start_that_fails_leaves_it_created(containers, make, command, error, code):
    container = make(command)
    with pytest.raises(error):
        containers.start(container.id)
    now = containers.get(container.id)
    assert (now.state, now.exit_code, now.pid) == (State.CREATED, code, 0)
    assert command in (now.reason or "")


@pytest.mark.parametrize("command", ["nope", "/etc/plain"])
def test_a_start_that_fails_is_the_end_of_a_container_that_is_removed_at_its_end(containers, make, command):
    container = make(command, remove=True)
    with pytest.raises((CommandNotFound, CommandNotExecutable)):
        containers.start(container.id)
    with pytest.raises(NotFound):
        containers.get(container.id)


def test_it_can_be_started_after_a_failure(containers, make):
    container = make("/new")
    with pytest.raises(CommandNotFound):
        containers.start(container.id)
    containers.own_layer(container.id).write("/new", io.BytesIO(b"#!/bin/sh\nexit 9\n"), mode=0o755)
    containers.start(container.id)
    assert containers.wait(container.id) == 9
    assert containers.get(container.id).reason is None


def test_what_the_process_finds(said):
    text = said("sh", "-c", "pwd; echo $FROM_IMAGE $MORE $HOME $HOSTNAME; hostname", env=("MORE=m",), hostname="me")
    assert text == "/\nyes m /root me\nme\n"


def test_entrypoint_and_command_of_the_options(said):
    assert said("two", entrypoint=("echo", "one")) == "one two\n"
    assert said("echo", "one", entrypoint=("",)) == "one\n"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (None, ["0", "0", "/root"]),
        ("root", ["0", "0", "/root"]),
        ("app", ["1000", "1001", "/home/app"]),
        ("1000", ["1000", "1001", "/home/app"]),
        ("1234", ["1234", "0", "/"]),
        ("1234:7", ["1234", "7", "/"]),
        ("app:extra", ["1000", "2000", "/home/app"]),
    ],
)
def test_users_as_docker_means_them(said, user, expected):
    assert said("sh", "-c", "id -u; id -g; echo $HOME", user=user).split() == expected


@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_groups_as_docker_means_them(said):
    assert said("id", "-G").split() == ["0", "10"]
    assert said("id", "-G", user="app").split() == ["1001", "10", "2000"]
    assert said("id", "-G", user="app:extra").split() == ["2000"]


@pytest.mark.parametrize("user", ["nobody-here", "root:nothing-here"])
def test_a_user_who_is_not_there(containers, make, user):
    container = make("id", user=user)
    with pytest.raises(NotFound, match="here"):
        containers.start(container.id)
    assert containers.get(container.id).state is State.CREATED


def test_a_working_folder_that_is_missing_is_made(containers, said):
    assert said("pwd", working_dir="/made/for/it") == "/made/for/it\n"
    assert ("A", "/made/for/it") in lines(containers, containers.list()[0].id)


def test_nothing_of_the_runtimes_own_is_in_the_layer(containers, started):
    container = started("true")
    containers.wait(container.id)
    assert containers.diff(container.id) == []


@pytest.mark.skipif(not ROOT, reason="on the disk of a plain user all files are that user's")
def test_owners_and_modes_are_those_of_the_image(said):
    text = said("sh", "-c", "stat -c '%u:%g %a %n' /srv /srv/page /home/app /tmp /root")
    assert text.splitlines() == [
        "33:34 2775 /srv",
        "33:34 644 /srv/page",
        "1000:1001 755 /home/app",
        "0:0 1777 /tmp",
        "0:0 700 /root",
    ]


def test_layers_hide_what_they_hide(said):
    assert (
        said("sh", "-c", "ls /data; cat /srv/page; ls /etc/motd 2>&1")
        == "n\nnew pagels: /etc/motd: No such file or directory\n"
    )


# ---------------------------------------------------------------- end


def test_the_exit_code_is_kept(containers, started):
    container = started("sh", "-c", "exit 42")
    assert containers.wait(container.id) == 42
    now = containers.get(container.id)
    assert (now.state, now.exit_code, now.pid) == (State.EXITED, 42, 0)
    assert now.finished is not None
    assert now.started is not None
    assert now.finished >= now.started


def test_stop_asks_first(containers, started):
    container = started("sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done")
    _wait_for(containers, container.id, b"ready")
    assert containers.stop(container.id).exit_code == 3


def test_stop_kills_who_does_not_listen(containers, started):
    container = started(*FOREVER)
    before = time.monotonic()
    assert containers.stop(container.id, 0.3).exit_code == 137
    assert time.monotonic() - before < 5


def test_stop_sends_the_signal_of_the_options(containers, started):
    container = started("sh", "-c", "trap 'exit 4' USR1; echo ready; while :; do sleep 0.05; done", stop_signal="USR1")
    _wait_for(containers, container.id, b"ready")
    assert containers.stop(container.id).exit_code == 4


def test_stop_of_an_image_that_names_no_signal(engine, containers, tmp_path):
    put(engine, box(StopSignal="SIGNOPE").tagged("odd:1"), tmp_path / "odd.tar")
    words = options("sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done")
    container = containers.create(engine.images.open("odd:1", None, quiet()), "odd:1", words)
    containers.start(container.id)
    _wait_for(containers, container.id, b"ready")
    assert containers.stop(container.id).exit_code == 5


def test_stop_of_what_does_not_run_is_nothing(containers, make, started):
    assert containers.stop(make().id).state is State.CREATED
    container = started("true")
    containers.wait(container.id)
    assert containers.stop(container.id).exit_code == 0


def test_kill_sends_a_signal(containers, started):
    container = started("sh", "-c", "trap 'echo got' USR1; echo ready; while :; do sleep 0.05; done")
    _wait_for(containers, container.id, b"ready")
    containers.kill(container.id, "SIGUSR1")
    _wait_for(containers, container.id, b"got")
    containers.kill(container.id)
    assert containers.wait(container.id) == 137
    with pytest.raises(WrongState):
        containers.kill(container.id)


def test_kill_with_a_signal_that_is_none(containers, started):
    with pytest.raises(UsageError, match="NOSIG"):
        containers.kill(started(*FOREVER).id, "NOSIG")


def test_wait_for_what_never_ran_is_over_at_once(containers, make):
    assert containers.wait(make().id) == 0


def test_wait_can_be_given_up(containers, started):
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        containers.wait(started(*FOREVER).id, progress)


def test_remove(containers, make, started):
    containers.remove(make(name="gone").id)
    with pytest.raises(NotFound):
        containers.get("gone")
    container = started(*FOREVER)
    with pytest.raises(WrongState, match="running"):
        containers.remove(container.id)
    containers.remove(container.id, force=True)
    with pytest.raises(NotFound):
        containers.get(container.id)
    assert not Path(f"/proc/{container.pid}").exists()


def test_removed_by_itself(containers, started):
    container = started("sh", "-c", "echo out; exit 6", remove=True)
    assert b"".join(line.text for line in containers.logs(container.id, follow=True)) == b"out\n"
    assert containers.wait(container.id) == 6
    for _ in range(100):
        if not containers.list():
            return
        time.sleep(0.05)
    pytest.fail("it is still there")


def test_no_process_and_no_mount_is_left(containers, started, tmp_path):
    for _ in range(3):
        containers.stop(started(*FOREVER).id, 0)
    marks = [str(tmp_path), *(one.id for one in containers.list())]
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in found.splitlines() if any(mark in line for mark in marks) and "pytest" not in line]
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_a_shim_that_is_killed(engine, containers, started, tmp_path):
    """The exit code is lost then; that there was one is not, and nothing is left running that nobody looks after."""
    import json

    container = started("sh", "-c", "(setsid sleep 600) & exec sleep 600")
    state = json.loads((tmp_path / "store/containers" / container.id / "run/state").read_bytes())
    everybody = inside(Process.of(container.pid))
    os.kill(state["shim"], 9)
    Process(state["shim"], state["shim_start_time"]).wait(10)
    now = next(one for one in containers.list() if one.id == container.id)
    assert (now.state, now.pid, now.exit_code) == (State.EXITED, 0, 255)
    assert "shim" in now.reason
    assert now.finished >= now.started
    assert all(one.wait(10) for one in everybody)
    assert containers.get(container.id) == now
    assert [name for name, _ in happened(engine, container.id)] == ["create", "start", "die"]
    assert not [path for path in Path("/sys/fs/cgroup").rglob(f"*{container.id}*") if path.is_dir()]
    again = containers.start(container.id)
    assert (again.state, again.reason) == (State.RUNNING, None)


@pytest.mark.parametrize("paused", [False, True])
def test_all_is_killed_at_once(containers, started, tmp_path, paused):
    import json

    kept, gone = started(*FOREVER), started(*FOREVER, remove=True)
    if paused:
        containers.pause(kept.id)
    for one in (kept, gone):
        state = json.loads((tmp_path / "store/containers" / one.id / "run/state").read_bytes())
        for pid in (state["shim"], state["pid"]):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        Process(state["shim"], state["shim_start_time"]).wait(10)
    assert [(one.id, one.state, one.exit_code) for one in containers.list()] == [(kept.id, State.EXITED, 255)]
    containers.remove(kept.id)
    assert not [path for path in Path("/sys/fs/cgroup").rglob(f"*{kept.id}*") if path.is_dir()]


def test_after_the_machine_went_down(containers, started, tmp_path):
    container = started("true")
    containers.wait(container.id)
    run = tmp_path / "store/containers" / container.id / "run"
    (run / "exit").unlink()
    (run / "state").write_text((run / "state").read_text().replace('"boot_id":"', '"boot_id":"another-'))
    now = containers.get(container.id)
    assert (now.state, now.exit_code) == (State.EXITED, 255)
    assert "machine" in (now.reason or "")


def test_a_pid_that_is_somebody_elses_now(containers, started, tmp_path):
    container = started("true")
    containers.wait(container.id)
    run = tmp_path / "store/containers" / container.id / "run"
    (run / "exit").unlink()
    mine = f'{{"pid":{os.getpid()},"start_time":1,"shim":{os.getpid()},"shim_start_time":1,'
    rest = (run / "state").read_text().partition('"boot_id"')
    (run / "state").write_text(mine + "".join(rest[1:]))
    assert containers.get(container.id).state is State.EXITED
    with pytest.raises(WrongState):
        containers.kill(container.id)


# ---------------------------------------------------------------- pause, restart, rename

COUNTING = ("sh", "-c", "while :; do echo x; sleep 0.02; done")
FORKING = ("sh", "-c", "while :; do (sleep 0.01; echo x); done & (setsid sh -c 'while :; do sleep 0.01; done') & wait")


def written(containers, name):
    return sum(1 for _ in containers.logs(name))


def stands_still(containers, name):
    """Nothing is written any more, after what was on its way has come."""
    time.sleep(0.2)
    before = written(containers, name)
    time.sleep(0.3)
    return written(containers, name) == before


@pytest.mark.parametrize("command", [COUNTING, FORKING])
def test_paused_it_stands_still_and_goes_on(containers, started, command):
    container = started(*command)
    _wait_for(containers, container.id, b"x")
    paused = containers.pause(container.id)
    assert (paused.state, paused.pid) == (State.PAUSED, container.pid)
    assert paused.paused_by == ("freezer" if ROOT else "signals")
    assert stands_still(containers, container.id)
    now = containers.unpause(container.id)
    assert (now.state, now.paused_by) == (State.RUNNING, None)
    before = written(containers, container.id)
    for _ in range(200):
        if written(containers, container.id) > before:
            return
        time.sleep(0.02)
    pytest.fail("it does not go on")


def test_where_there_is_no_freezer_signals_do_it(containers, started, monkeypatch):
    """They find every process, and leave those alone that the container has stopped itself."""
    from layertui.core.containers.bubblewrap import Bubblewrap
    from layertui.core.containers.oci_runtime import OciRuntime
    from layertui.core.containers.process import stat_of

    for runtime in (Bubblewrap, OciRuntime):
        monkeypatch.setattr(runtime, "pause", lambda *_: False)
    container = started("sh", "-c", "sleep 600 & kill -STOP $!; (setsid sleep 600) & echo ready; exec sleep 600")
    _wait_for(containers, container.id, b"ready")
    first = Process.of(container.pid)
    for _ in range(100):  # until both have come to their sleep
        before = {one: stat_of(one.pid).state for one in inside(first)}
        if sorted(before.values()) == ["S", "S", "T"]:
            break
        time.sleep(0.02)
    assert containers.pause(container.id).paused_by == "signals"
    assert {stat_of(one.pid).state for one in before} == {"T"}
    containers.unpause(container.id)
    for _ in range(100):
        if {one: stat_of(one.pid).state for one in inside(first)} == before:
            return
        time.sleep(0.02)
    pytest.fail("they are not as they were")


def test_what_cannot_be_done_while_paused_and_what_can(containers, make, started):
    container = started(*COUNTING)
    containers.pause(container.id)
    for refused in (
        lambda: containers.pause(container.id),
        lambda: containers.start(container.id),
        lambda: containers.exec(container.id, ["true"]),
    ):
        with pytest.raises(WrongState, match=r"paused.*unpause it first"):
            refused()
    with pytest.raises(WrongState, match="stop it first"):
        containers.remove(container.id)
    containers.own_layer(container.id).write("/w", io.BytesIO(b"w"))
    assert ("A", "/w") in lines(containers, container.id)
    for other in (make(), started("true", name="over")):
        containers.wait(other.id)
        for refused in (containers.pause, containers.unpause):
            with pytest.raises(WrongState):
                refused(other.id)


def test_a_paused_container_can_be_ended(containers, started):
    trapping = "trap 'exit 3' TERM; trap 'echo got' USR1; echo ready; while :; do sleep 0.02; done"

    def paused():
        container = started("sh", "-c", trapping)
        _wait_for(containers, container.id, b"ready")
        return containers.pause(container.id).id

    assert containers.stop(paused()).exit_code == 3
    killed = paused()
    containers.kill(killed)
    assert containers.wait(killed) == 137
    waiting = paused()
    containers.kill(waiting, "USR1")  # is kept for it until it goes on
    assert containers.get(waiting).state is State.PAUSED
    containers.unpause(waiting)
    _wait_for(containers, waiting, b"got")
    containers.pause(waiting)
    containers.remove(waiting, force=True)
    again = paused()
    assert containers.restart(again).state is State.RUNNING


def test_killed_while_paused_by_somebody_else_it_can_be_started_again(containers, started):
    container = started(*COUNTING)
    containers.pause(container.id)
    os.kill(container.pid, 9)
    with suppress(WrongState):  # v1's freezer holds even a killed one
        containers.kill(container.id)
    assert containers.wait(container.id) == 137
    assert containers.start(container.id).state is State.RUNNING


def test_no_freezer_is_left(containers, started):
    container = started(*FOREVER)
    containers.pause(container.id)
    containers.stop(container.id, 0)
    containers.remove(container.id)
    assert not [path for path in Path("/sys/fs/cgroup").rglob(f"*{container.id}*") if path.is_dir()]


def test_restart(containers, make):
    container = make(*FOREVER)
    first = containers.restart(container.id, 0)
    second = containers.restart(container.id, 0)
    assert (first.state, second.state) == (State.RUNNING, State.RUNNING)
    assert first.pid != second.pid
    assert second.started > first.started


def test_rename(containers, make, started):
    other, running = make(name="other"), started(*FOREVER, name="before")
    renamed = containers.rename("before", "after")
    assert (renamed.id, renamed.name, renamed.state) == (running.id, "after", State.RUNNING)
    assert containers.get("after").id == running.id
    with pytest.raises(NotFound):
        containers.get("before")
    for taken in ("other", "after"):
        with pytest.raises(Conflict, match=taken):
            containers.rename("after", taken)
    with pytest.raises(UsageError):
        containers.rename("after", "no name")
    containers.remove("after", force=True)
    containers.rename(other.id, "after")
    make(name="before")


# ---------------------------------------------------------------- top, stats, mounts


def test_processes_with_the_numbers_of_both_sides(containers, make, started):
    container = started("sh", "-c", "(setsid sleep 601) & echo ready; exec sleep 602")
    _wait_for(containers, container.id, b"ready")
    for _ in range(100):
        found = containers.processes(container.id)
        if {one.command for one in found} == {("sleep", "601"), ("sleep", "602")}:
            break
        time.sleep(0.05)
    first = next(one for one in found if one.pid == container.pid)
    assert (first.inside, first.uid, first.command) == (1, os.geteuid(), ("sleep", "602"))
    assert all(Path(f"/proc/{one.pid}").exists() and one.inside < 100 for one in found)
    with pytest.raises(WrongState, match="start it first"):
        containers.processes(make().id)


def test_what_it_takes(containers, make, started):
    from layertui.core.containers.stats import between

    idle, busy = started(*FOREVER), started("sh", "-c", "while :; do :; done")
    before = [containers.reading(one.id) for one in (idle, busy)]
    for _ in range(100):
        now = [containers.reading(one.id) for one in (idle, busy)]
        if now[1].cpu - before[1].cpu > 0.1:
            break
        time.sleep(0.05)
    quiet_one, busy_one = (between(*pair) for pair in zip(before, now, strict=True))
    assert quiet_one.cpu_percent < busy_one.cpu_percent
    assert busy_one.cpu_percent > 0
    for one in (quiet_one.now, busy_one.now):
        assert one.pids == 1
        assert 0 < one.memory < 50_000_000 < one.limit
        assert (one.received, one.sent) == (0, 0)
    assert containers.reading(make().id) is None


def test_its_layers_are_folders_and_its_root_an_overlay_of_them(containers, make, tmp_path):
    container = make(*FOREVER)
    before = containers.mounts(container.id)
    assert [(one.first, one.last, one.writable) for one in before.layers] == [
        *((4, 4, True), (3, 3, False), (2, 2, False), (1, 1, False), (0, 0, False)),
    ]
    assert before.mounts == ()
    containers.start(container.id)
    now = containers.mounts(container.id)
    assert now.layers == before.layers
    assert (now.layers[2].folder / "data/a").read_text() == "a"
    assert all(str(one.folder).startswith(str(tmp_path)) and one.folder.is_dir() for one in now.layers)
    by_path = {one.path: one for one in now.mounts}
    assert by_path["/"].kind == "overlay"
    assert (by_path["/proc"].kind, by_path["/sys"].options[0]) == ("proc", "ro")


# ---------------------------------------------------------------- events


def happened(engine, container_id=None):
    return [
        (event.action, dict(event.attributes))
        for event in engine.events.events(past=True, follow=False)
        if container_id in (None, event.id)
    ]


def told(engine, container_id, action):
    """The actions, once this one is among them; a shim tells a moment later."""
    for _ in range(200):
        found = [name for name, _ in happened(engine, container_id)]
        if action in found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{action} was never told")


def test_a_life_is_told(engine, containers, make):
    container = make("sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.02; done", name="one", labels={"k": "v"})
    containers.start(container.id)
    containers.pause(container.id)
    containers.unpause(container.id)
    containers.rename("one", "two")
    containers.kill(container.id, "HUP")
    containers.commit(container.id, [Reference.parse("new:1")], message="why")
    containers.stop(container.id)
    told(engine, container.id, "stop")
    containers.remove(container.id)
    found = happened(engine, container.id)
    assert [name for name, _ in found if name not in ("pause", "unpause")] == [
        *("create", "start", "rename", "kill", "commit", "die", "stop", "destroy"),
    ]
    assert [name for name, _ in found].count("pause") == [name for name, _ in found].count("unpause") == 2
    by_name = dict(found)
    own = {"k": "v", "image": "box:1"}
    assert by_name["create"] == {**own, "name": "one"}
    assert by_name["rename"] == {**own, "name": "two", "oldName": "one"}
    assert by_name["kill"] == {**own, "name": "two", "signal": "1"}
    assert by_name["die"] == {**own, "name": "two", "exitCode": "3"}
    assert by_name["commit"]["comment"] == "why"
    assert ("tag", {"name": "new:1"}) in happened(engine, by_name["commit"]["imageID"])


def test_what_removes_itself_tells_so(engine, containers, started):
    container = started("sh", "-c", "exit 6", remove=True)
    containers.wait(container.id)
    assert told(engine, container.id, "destroy") == ["create", "start", "die", "destroy"]


def test_what_did_not_start_is_not_told_to_have(engine, containers, make):
    container = make("nope")
    with pytest.raises(CommandNotFound):
        containers.start(container.id)
    assert [name for name, _ in happened(engine, container.id)] == ["create"]


def test_images_are_told_too(engine, image, tmp_path):
    engine.sink.tag("box:1", Reference.parse("other:2"))
    engine.sink.remove("other:2")
    engine.sink.remove("box:1")
    assert happened(engine, str(image.id)) == [
        ("load", {"name": "box:1"}),
        ("tag", {"name": "other:2"}),
        ("untag", {"name": "other:2"}),
        ("untag", {"name": "box:1"}),
        ("delete", {"name": str(image.id)}),
    ]


# ---------------------------------------------------------------- logs


def test_logs_tell_streams_apart(containers, started):
    container = started("sh", "-c", "echo out; echo err >&2")
    containers.wait(container.id)
    assert {(line.stream, line.text) for line in containers.logs(container.id)} == {
        ("stdout", b"out\n"),
        ("stderr", b"err\n"),
    }


def test_a_log_does_not_fill_the_disk(request, engine, tmp_path):
    """What is kept are the last lines, over several starts."""
    runtime = request.node.callspec.params["engine"]
    bounded = engine_at(tmp_path / "store", runtime, log_size="2m").containers
    container = bounded.create(engine.images.open("box:1", None, quiet()), "box:1", options("seq", "1", "100000"))
    for _ in range(2):
        bounded.start(container.id)
        assert bounded.wait(container.id) == 0
    folder = tmp_path / "store/containers" / container.id
    assert sum(path.stat().st_size for path in folder.glob("log*")) < 5_000_000
    kept = [int(line.text) for line in bounded.logs(container.id)]
    assert kept[-1000:] == list(range(99_001, 100_001))
    assert [int(line.text) for line in bounded.logs(container.id, tail=50)] == kept[-50:]


def test_the_tail_of_logs(containers, started):
    container = started("seq", "1", "30000")
    containers.wait(container.id)
    for count in (0, 1, 2, 9000, 30000, 40000):
        expected = [b"%d\n" % number for number in range(1, 30001)][max(0, 30000 - count) :] if count else []
        assert [line.text for line in containers.logs(container.id, tail=count)] == expected


def test_logs_followed_to_the_end(containers, started):
    container = started("sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; printf end")
    assert b"".join(line.text for line in containers.logs(container.id, follow=True)) == b"1\n2\n3\n4\n5\nend"


def test_following_can_be_given_up(containers, started):
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        list(containers.logs(started(*FOREVER).id, follow=True, progress=progress))


def test_logs_of_what_never_ran(containers, make):
    assert list(containers.logs(make().id)) == []


def test_logs_of_nobody(containers):
    with pytest.raises(NotFound):
        containers.logs("nobody")


# ---------------------------------------------------------------- exec


def test_exec_adds_a_process_to_what_runs(containers, started, capfd):
    container = started(*FOREVER)
    script = "echo $FROM_IMAGE $X; pwd; echo here > /by-exec; exit 3"
    assert containers.exec(container.id, ["sh", "-c", script], env=["X=x"], working_dir="/etc") == 3
    assert capfd.readouterr().out == "yes x\n/etc\n"
    assert ("A", "/by-exec") in lines(containers, container.id)


@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_exec_as_another_user(containers, started, capfd):
    assert containers.exec(started(*FOREVER).id, ["sh", "-c", "id -u; id -G; echo $HOME"], user="app") == 0
    assert capfd.readouterr().out.split() == ["1000", "1001", "10", "2000", "/home/app"]


@pytest.mark.parametrize(("command", "error"), [("nope", CommandNotFound), ("/etc/plain", CommandNotExecutable)])
def test_exec_of_what_cannot_be_executed(containers, started, command, error):
    with pytest.raises(error):
        containers.exec(started(*FOREVER).id, [command])


def test_exec_where_nothing_runs(containers, make):
    with pytest.raises(WrongState, match="created"):
        containers.exec(make().id, ["id"])


def test_exec_as_somebody_who_is_not_there(containers, started):
    with pytest.raises(CommandNotExecutable, match="nobody-here"):
        containers.exec(started(*FOREVER).id, ["id"], user="nobody-here")


# ---------------------------------------------------------------- diff, commit, export


def test_diff_as_docker_says_it(containers, started):
    script = """
        echo new > /etc/new; echo more >> /etc/passwd; rm /etc/group; mkdir -p /deep/er; echo x > /deep/er/file
        rm -r /srv; mkdir /srv; echo y > /srv/y; touch /gone; rm /gone; rm -r /home; touch -d '2001-01-01' /tmp
        rm -r /data; echo file > /data; chmod 711 /root; ln -s new /etc/link
    """
    container = started("sh", "-c", script)
    assert containers.wait(container.id) == 0
    assert lines(containers, container.id) == [
        ("C", "/data"),
        ("A", "/deep"),
        ("A", "/deep/er"),
        ("A", "/deep/er/file"),
        ("C", "/etc"),
        ("D", "/etc/group"),
        ("A", "/etc/link"),
        ("A", "/etc/new"),
        ("C", "/etc/passwd"),
        ("D", "/home"),
        ("C", "/root"),
        ("C", "/srv"),
        ("D", "/srv/page"),
        ("A", "/srv/y"),
    ]


def test_commit_puts_one_layer_on_top(containers, engine, image, started):
    container = started("sh", "-c", "echo new > /etc/new; rm /etc/plain")
    containers.wait(container.id)
    made = containers.commit(container.id, [Reference.parse("box:2")], message="told", author="me", changes=["ENV B=c"])
    assert engine.images.open("box:2", None, quiet()).id == made.id
    assert made.diff_ids[:-1] == image.diff_ids
    step = made.config.history[-1]
    assert (step.created_by, step.comment, step.author) == ("sh -c echo new > /etc/new; rm /etc/plain", "told", "me")
    assert made.config.config.env == (*image.config.config.env, "B=c")
    top = containers.create(made, "box:2", options("sh", "-c", "cat /etc/new; echo $B; ls /etc/plain"))
    containers.start(top.id)
    containers.wait(top.id)
    assert (
        b"".join(line.text for line in containers.logs(top.id))
        == b"new\nc\nls: /etc/plain: No such file or directory\n"
    )


def test_commit_of_nothing_makes_a_step_without_a_layer(containers, image, make):
    made = containers.commit(make().id)
    assert made.diff_ids == image.diff_ids
    assert made.config.history[-1].empty_layer


@pytest.mark.parametrize("pause", [True, False])
def test_commit_while_it_runs(containers, started, monkeypatch, pause):
    from layertui.core.engines import commit

    container = started("sh", "-c", "echo x > /x; echo ready; sleep 600")
    _wait_for(containers, container.id, b"ready")
    meanwhile, committed = [], commit.committed

    def watched(*arguments):
        meanwhile.append(containers.get(container.id).state)
        return committed(*arguments)

    monkeypatch.setattr(commit, "committed", watched)
    made = containers.commit(container.id, pause=pause)
    assert meanwhile == [State.PAUSED if pause else State.RUNNING]
    assert not made.config.history[-1].empty_layer
    assert containers.get(container.id).state is State.RUNNING


def test_commit_says_the_command_without_the_entrypoint(containers, make):
    made = containers.commit(make("b", "c", entrypoint=("a",)).id)
    assert made.config.history[-1].created_by == "b c"


def test_export_is_what_the_container_sees(containers, started):
    container = started("sh", "-c", "echo new > /etc/new; rm /etc/plain; chmod 600 /etc/passwd")
    containers.wait(container.id)
    out = io.BytesIO()
    containers.export(container.id, out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        found = {member.name: member for member in tar}
        assert tar.extractfile("etc/new").read() == b"new\n"
    assert "etc/plain" not in found
    assert "data/a" not in found
    assert found["etc/passwd"].mode & 0o7777 == 0o600
    assert (found["srv/page"].uid, found["srv/page"].gid) == (33, 34)
    assert not [name for name in found if ".wh." in name]


def test_everything_in_every_state(containers, make):
    container = make("sh", "-c", "while [ ! -e /stop ]; do sleep 0.05; done; exit 5")
    own = containers.own_layer(container.id)

    def check(state):
        assert containers.get(container.id).state is state
        own.write(f"/{state}", io.BytesIO(b"x"))
        own.mkdir(f"/in/{state}", parents=True)
        assert ("A", f"/{state}") in lines(containers, container.id)
        assert own.size() > 0
        containers.export(container.id, io.BytesIO())
        containers.commit(container.id)

    check(State.CREATED)
    containers.start(container.id)
    check(State.RUNNING)
    own.write("/stop", io.BytesIO(b""))
    assert containers.wait(container.id) == 5
    check(State.EXITED)
    own.unlink("/stop")
    assert ("A", "/stop") not in lines(containers, container.id)


def test_more_layers_than_an_overlay_takes(engine, containers, tmp_path):
    from builders import file, image, layer
    from containing import put

    more = [layer([file(f"numbers/{number}", str(number)), file("last", str(number))]) for number in range(130)]
    put(engine, image([*box().layers, *more], tags=["many:1"], config={"Env": ["PATH=/bin"]}), tmp_path / "many.tar")
    container = containers.create(
        engine.images.open("many:1", None, quiet()), "many:1", options("sh", "-c", "ls /numbers | wc -l; cat /last")
    )
    containers.start(container.id)
    assert containers.wait(container.id) == 0
    assert b"".join(line.text for line in containers.logs(container.id)) == b"130\n129"


def test_an_image_removed_from_under_it(engine, containers, make):
    container = make("cat", "/etc/plain")
    with pytest.raises(Conflict):
        engine.sink.remove("box:1")
    engine.sink.remove("box:1", force=True)
    containers.start(container.id)
    assert containers.wait(container.id) == 0


def test_a_layer_removed_from_under_it(engine, containers, make, tmp_path):
    container = make("true")
    for blob in (tmp_path / "store/blobs/sha256").iterdir():
        if blob.stat().st_size > 1_000_000:
            blob.unlink()
    with pytest.raises(LayertuiError, match="blob"):
        containers.start(container.id)
    assert containers.get(container.id).state is State.CREATED


def _wait_for(containers, name, text):
    for _ in range(200):
        if any(text in line.text for line in containers.logs(name)):
            return
        time.sleep(0.05)
    pytest.fail(f"it never said {text!r}")


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_an_image_that_leads_mounts_elsewhere(engine, containers, tmp_path, name):
    from builders import image, layer, symlink
    from containing import put

    built = image([*box().layers, layer([symlink(name, "/oldroot/tmp")])], tags=["bad:1"], config={"Cmd": ["sh"]})
    put(engine, built, tmp_path / "bad.tar")
    container = containers.create(engine.images.open("bad:1", None, quiet()), "bad:1", options())
    with pytest.raises(LayertuiError, match=name):
        containers.start(container.id)


@pytest.mark.skipif(not ROOT, reason="root alone can give others a look")
def test_nobody_else_gets_at_the_layers(containers, started, tmp_path):
    containers.wait(started("id", user="app").id)
    for name in ("containers", "unpacked"):
        assert (tmp_path / "store" / name).stat().st_mode & 0o077 == 0
