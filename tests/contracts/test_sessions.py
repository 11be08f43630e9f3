"""What being attached means, for each engine that has containers, on each runtime that is here."""

import json
import os
import select
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from layertui.core.containers.model.container import ExecOptions, State
from layertui.core.containers.model.session import TerminalSize
from layertui.core.errors import CommandNotExecutable, CommandNotFound, NotFound, WrongState
from observed import PATIENCE, read

pytestmark = pytest.mark.needs("processes")

ROOT = os.geteuid() == 0
ON_A_TERMINAL = ExecOptions(tty=True)


@pytest.fixture
def at_start(containers, make):
    """Start a container of these words, attached."""
    made = []

    def start(*command, size=None, **more):
        container = make(*command, **more)
        made.append(containers.processes.attach(container.id, start=True, size=size))
        return container, made[-1]

    yield start
    for one in made:
        one.close()


def folder_of(containers, container):
    return Path(containers._state.records.path(container.id)) / "run"


def kept_of_exec(containers, container):
    """What our own shims keep of a process that was added; nothing of that kind is seen of a daemon's."""
    folder = folder_of(containers, container) / "exec" if hasattr(containers, "_state") else None
    return [] if folder is None or not folder.exists() else list(folder.iterdir())


def shim_of(containers, container):
    return json.loads((folder_of(containers, container) / "state").read_bytes())["shim"]


@pytest.mark.slow
def test_all_that_it_writes_from_the_first_byte_on(at_start):
    _, session = at_start("sh", "-c", "seq 1 200000; echo err >&2; exit 7")
    time.sleep(0.3)  # who is slow loses nothing
    found = read(session)
    assert found == {"stdout": b"".join(b"%d\n" % number for number in range(1, 200001)), "stderr": b"err\n"}
    assert session.code == 7
    assert not session.tty


def test_what_ends_at_once_is_seen_too(at_start):
    _, session = at_start("echo", "quick")
    assert (read(session)["stdout"], session.code) == (b"quick\n", 0)


def test_more_goes_through_it_than_fits_anywhere(containers, at_start):
    _, session = at_start("cat", interactive=True)
    sent, got, piece = b"", b"", b"0123456789abcdef" * 4096
    while len(got) < 32 * len(piece):
        if not session.behind and len(sent) < 32 * len(piece):
            session.type(piece)
            sent += piece
        got += b"".join(content for _, content in session.receive())
        session.flush()
    session.end_input()
    assert read(session)["stdout"] == b""
    assert (got, session.code) == (sent, 0)


def test_input_that_is_not_open_reaches_nobody(at_start):
    _, session = at_start("sh", "-c", "cat; echo empty")
    session.type(b"x")
    assert read(session)["stdout"] == b"empty\n"


def test_a_terminal_has_its_size_before_the_first_program(at_start):
    _, session = at_start("sh", "-c", "stty size; tty; test -t 2 && echo err >&2", tty=True, size=TerminalSize(33, 101))
    assert session.tty
    assert read(session) == {"stdout": b"33 101\r\n/dev/pts/0\r\nerr\r\n", "stderr": b""}


def test_a_terminal_changes_its_size(at_start):
    script = "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"
    _, session = at_start("sh", "-c", script, tty=True)
    read(session, b"ready")
    session.resize(TerminalSize(20, 60))
    assert read(session)["stdout"].endswith(b"20 60\r\n")


def test_the_foreground_gets_what_the_keys_mean(at_start):
    _, session = at_start("sh", tty=True, interactive=True, size=TerminalSize(24, 200))
    assert b"job control" not in read(session, b"# ")["stdout"]
    session.type(b"sh -c 'trap \"echo interrupted; exit\" INT; echo now; while :; do sleep 0.05; done'\r")
    read(session, b"now\r\n")
    session.type(b"\x03")
    read(session, b"interrupted")
    read(session, b"# ")
    session.type(b"exit 4\r")
    read(session)
    assert session.code == 4


def test_a_first_process_that_asks_for_no_signals_gets_none(containers, at_start):
    """It is the init of its namespace; nothing between us and it may take the key for itself."""
    container, session = at_start("sleep", "600", tty=True, interactive=True)
    session.type(b"\x03")
    read(session, b"^C")
    assert containers.get(container.id).state is State.RUNNING


@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_a_terminal_is_its_users(containers, at_start):
    script = "stat -c %u $(tty); echo x > $(tty)"
    _, session = at_start("sh", "-c", script, tty=True, user="app")
    assert read(session)["stdout"] == b"1000\r\nx\r\n"
    container, session = at_start("sleep", "600")
    with containers.processes.exec(container.id, ["sh", "-c", script], ExecOptions(tty=True, user="app")) as session:
        assert read(session)["stdout"] == b"1000\r\nx\r\n"


def test_several_see_and_type_the_same(containers, at_start):
    container, first = at_start("cat", tty=True, interactive=True)
    with containers.processes.attach(container.id) as second, containers.processes.attach(container.id) as third:
        second.type(b"from the second\r")
        for one in (first, second, third):
            read(one, b"from the second\r\nfrom the second\r\n")
        first.type(b"from the first\r")
        for one in (first, second, third):
            read(one, b"from the first\r\nfrom the first\r\n")
        first.type(b"\x04")
        assert [read(one) and one.code for one in (first, second, third)] == [0, 0, 0]


def test_who_goes_leaves_it_running(containers, at_start):
    container, session = at_start("cat", tty=True, interactive=True)
    session.close()
    with containers.processes.attach(container.id) as again:
        again.type(b"still here\r")
        read(again, b"still here\r\nstill here")


def test_starting_what_runs_is_attaching_to_it(containers, at_start):
    container, session = at_start("cat", tty=True, interactive=True)
    with containers.processes.attach(container.id, start=True) as again:
        again.type(b"one\r")
        read(again, b"one")
        read(session, b"one")


@pytest.mark.slow
def test_twenty_starts_at_once_are_one_process_with_twenty_attached(containers, make):
    container = make("sh", "-c", "echo $$; read x; echo got $x", tty=True, interactive=True)
    with ExitStack() as stack:
        with ThreadPoolExecutor(20) as pool:
            asked = [pool.submit(containers.processes.attach, container.id, start=True) for _ in range(20)]
        for one in asked:
            if one.exception() is None:
                stack.enter_context(one.result())
        sessions = [one.result() for one in asked]
        sessions[7].type(b"seven\r")
        for session in sessions:
            assert read(session)["stdout"].endswith(b"got seven\r\n")
    text = b"".join(line.text for line in containers.output.logs(container.id))
    assert text.count(b"got seven") == 1


@pytest.mark.parametrize("command", [("sleep", "0"), None])
def test_where_nothing_runs_there_is_nothing_to_attach_to(containers, make, command):
    container = make(*command) if command else make()
    if command:
        containers.lifecycle.start(container.id)
        containers.lifecycle.wait(container.id)
    with pytest.raises(WrongState, match="attach"):
        containers.processes.attach(container.id)


def test_a_start_that_fails_leaves_nobody_attached(containers, make):
    with pytest.raises(CommandNotFound):
        containers.processes.attach(make("nope", tty=True).id, start=True)


def test_its_log_is_written_with_or_without_readers(containers, at_start):
    container, session = at_start("sh", "-c", "echo one; echo two", tty=True)
    read(session)
    containers.lifecycle.wait(container.id)
    assert b"".join(line.text for line in containers.output.logs(container.id)) == b"one\r\ntwo\r\n"


# ---------------------------------------------------------------- exec


@pytest.mark.slow
def test_exec_on_a_terminal_of_its_own(containers, at_start):
    container, _ = at_start("sleep", "600", tty=True)
    script = "stty size; tty; echo $TERM $X; pwd; exit 5"
    with containers.processes.exec(
        container.id,
        ["sh", "-c", script],
        ExecOptions(tty=True, env=("X=x",), working_dir="/etc"),
        size=TerminalSize(33, 101),
    ) as session:
        assert read(session)["stdout"] == b"33 101\r\n/dev/pts/1\r\nxterm x\r\n/etc\r\n"
        assert session.code == 5
    _wait_for(lambda: not kept_of_exec(containers, container))


def test_exec_on_a_terminal_may_do_no_more_than_the_first_process(containers, at_start):
    container, _ = at_start("sleep", "600")
    script = ["sh", "-c", "grep -E '^Cap|NoNew|Seccomp:' /proc/$0/status"]
    shown = []
    for which in ("1", "self"):
        with containers.processes.exec(container.id, [*script, which], ON_A_TERMINAL) as session:
            shown.append(read(session)["stdout"])
    assert shown[0] == shown[1]
    assert b"Seccomp:\t2" in shown[0]


def test_what_exec_adds_on_a_terminal_has_dockers_umask_and_not_ours(containers, at_start):
    container, _ = at_start("sleep", "600")
    before = os.umask(0o077)
    try:
        with containers.processes.exec(container.id, ["sh", "-c", "umask"], ON_A_TERMINAL) as session:
            assert read(session)["stdout"] == b"0022\r\n"
    finally:
        os.umask(before)


def test_exec_ends_with_who_is_attached(containers, at_start):
    container, _ = at_start("sleep", "600")
    session = containers.processes.exec(
        container.id, ["sh", "-c", "trap 'echo gone > /hup; exit' HUP; echo on; read x"], ON_A_TERMINAL
    )
    read(session, b"on")
    session.close()
    _wait_for(lambda: ("A", "/hup") in [(line.kind, line.path) for line in containers.files.diff(container.id)])
    _wait_for(lambda: not kept_of_exec(containers, container))


@pytest.mark.slow
def test_exec_goes_on_for_who_detaches(containers, at_start):
    container, _ = at_start("sleep", "600")
    with containers.processes.exec(
        container.id, ["sh", "-c", "echo on; sleep 0.5; echo more; echo x > /after"], ON_A_TERMINAL
    ) as session:
        read(session, b"on")
        session.detach()
    _wait_for(lambda: ("A", "/after") in [(line.kind, line.path) for line in containers.files.diff(container.id)])


@pytest.mark.parametrize(
    ("command", "more", "error"),
    [
        ("nope", {}, CommandNotFound),
        ("/etc/plain", {}, CommandNotExecutable),
        ("true", {"working_dir": "/nope"}, CommandNotExecutable),
        ("true", {"user": "nobody-here"}, CommandNotExecutable),
    ],
)
def test_exec_of_what_cannot_be_executed(containers, at_start, command, more, error):
    container, _ = at_start("sleep", "600")
    with pytest.raises(error):
        containers.processes.exec(container.id, [command], ExecOptions(tty=True, **more))
    assert not kept_of_exec(containers, container)


def test_exec_on_pipes(containers, at_start):
    container, _ = at_start("sleep", "600")
    script = "cat; echo no >&2; test -t 0 || test -t 1 || exit 6"
    with containers.processes.exec(container.id, ["sh", "-c", script], ExecOptions(stdin=True)) as session:
        session.type(b"typed\n")
        session.end_input()
        assert read(session) == {"stdout": b"typed\n", "stderr": b"no\n"}
        assert session.code == 6
    with containers.processes.exec(container.id, ["cat"]) as session:  # nothing is typed: it reads an end
        assert read(session) == {"stdout": b"", "stderr": b""}


@pytest.mark.slow
def test_exec_loses_nothing_for_who_is_slow(containers, at_start):
    container, _ = at_start("sleep", "600")
    with containers.processes.exec(container.id, ["sh", "-c", "head -c 3000000 /dev/zero"]) as session:
        time.sleep(0.5)
        assert len(read(session)["stdout"]) == 3_000_000


@pytest.mark.slow
def test_exec_ends_though_what_it_left_running_holds_its_output(containers, at_start):
    container, _ = at_start("sleep", "600")
    script = "{ sleep 1; echo more; echo x > /after; } & echo on"
    with containers.processes.exec(container.id, ["sh", "-c", script]) as session:
        assert read(session) == {"stdout": b"on\n", "stderr": b""}
        assert session.code == 0
    _wait_for(lambda: ("A", "/after") in [(line.kind, line.path) for line in containers.files.diff(container.id)])


@pytest.mark.slow
def test_a_signal_for_what_exec_has_added(containers, at_start):
    container, _ = at_start("sleep", "600")
    script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"
    with containers.processes.exec(container.id, ["sh", "-c", script]) as session:
        read(session, b"ready\n")
        session.signal(2)
        assert read(session)["stdout"] == b"caught\n"
        assert session.code == 9


def test_exec_ends_with_its_container(containers, at_start):
    container, _ = at_start("sleep", "600")
    with containers.processes.exec(container.id, ["sleep", "600"], ON_A_TERMINAL) as session:
        containers.lifecycle.kill(container.id)
        read(session)
        assert session.code == 137


def test_the_best_shell(containers, make):
    container = make()
    assert containers.processes.shell(container.id) == "/bin/sh"
    containers.files.writable_layer(container.id).unlink("/bin/sh")
    with pytest.raises(NotFound, match="no shell"):
        containers.processes.shell(container.id)


# ---------------------------------------------------------------- the shim


@pytest.mark.needs("embedded")
def test_the_socket_is_its_owners_alone(containers, at_start):
    container, _ = at_start("sleep", "600", tty=True)
    folder = folder_of(containers, container)
    assert (folder / "attach").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.needs("embedded")
@pytest.mark.slow
def test_a_shim_is_small_also_when_much_went_through_it(containers, at_start):
    container, session = at_start("seq", "1", "400000", tty=True)
    slow = containers.processes.attach(container.id)  # it never reads
    seen = b""
    while len(seen) < 200_000:
        seen += b"".join(content for _, content in session.receive())
    status = Path(f"/proc/{shim_of(containers, container)}/status").read_text()
    slow.close()
    read(session)
    assert int(status.partition("VmRSS:")[2].split()[0]) < 12_000


@pytest.mark.needs("embedded")
@pytest.mark.slow
def test_a_shim_sleeps_while_nothing_can_be_done(containers, at_start):
    """Neither unread input nor untaken output makes it spin."""
    container, session = at_start("sh", "-c", "echo begun; seq 1 400000; sleep 600", interactive=True)
    read(session, b"begun")
    for _ in range(64):
        session.type(b"x" * 4096)
    time.sleep(0.5)
    status = Path(f"/proc/{shim_of(containers, container)}/status")

    def switches():
        return sum(int(line.split()[1]) for line in status.read_text().splitlines() if "ctxt_switches" in line)

    before = switches()
    time.sleep(1)
    assert switches() - before < 5


def _wait_for(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


@pytest.mark.parametrize("once", [True, False])
def test_input_ends_with_who_gives_it_or_goes_on_for_the_next(containers, started, once):
    container = started("sh", "-c", "cat; echo ended", interactive=True, input_once=once)
    with containers.processes.attach(container.id) as session:
        session.type(b"one\n")
        session.end_input()
        seen = b""
        while b"one\n" not in seen:
            come(session)
            seen += b"".join(content for _, content in session.receive())
    if not once:
        with containers.processes.attach(container.id) as session:
            session.type(b"two\n")
            seen = b""
            while b"two\n" not in seen:
                come(session)
                seen += b"".join(content for _, content in session.receive())
        containers.lifecycle.kill(container.id)
    containers.lifecycle.wait(container.id)
    said = [line.text for line in containers.output.logs(container.id)]
    assert said == ([b"one\n", b"ended\n"] if once else [b"one\n", b"two\n"])


def come(session):
    """Wait until something has come."""
    poll = select.poll()
    poll.register(session, select.POLLIN)
    assert poll.poll(20_000)
