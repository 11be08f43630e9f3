"""A user at a terminal: a shell in a container, keys that reach it, another window size, leaving it and coming back."""

import os

import pytest

from containing import require_runtime, runtimes
from typing_at import CTRL_C, CTRL_Z, DETACH, typing_at

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
    pytest.mark.sampled("at"),
]


@pytest.fixture(params=runtimes())
def at(request, layertui):
    require_runtime(request.param, layertui.store)
    layertui.run("demo", "--no-ui")
    layertui.tool.env["LAYERTUI_RUNTIME"] = request.param

    def typing(*words, **how):
        how["env"] = {**os.environ, **layertui.tool.env}
        return typing_at(*layertui.tool.argv, "--store", layertui.store, *words, **how)

    yield typing
    for name in layertui.text("ps", "-aq").split():
        layertui.run("rm", "-f", name, check=False)


def test_a_shell_left_and_found_again(at, layertui):
    with at("run", "-it", "--name", "t1", "busybox", "sh", size=(30, 100)) as it:
        assert "job control" not in it.expect("# ")
        it.line("stty size; tty; echo $TERM")
        it.expect("30 100\r\n/dev/pts/0\r\nxterm\r\n")
        it.resize(40, 120)
        it.wait_until(lambda: it.asked("stty size") == "40 120")
        it.line("sh -c 'echo beg''un; read x'")  # no child: a shell that waits for one to be executed cannot be stopped
        it.expect("begun\r\n")
        it.type(CTRL_Z)
        it.expect("Stopped")
        it.line("kill -9 %1; sh -c 'echo beg''un; sleep 600'")
        it.expect("begun\r\n")
        it.type(CTRL_C)
        assert it.asked("echo $?; echo kept > /kept").endswith("130")
        it.type(DETACH)
        assert it.end() == 0
    assert layertui.json("ps")[0]["status"] == "running"
    with at("attach", "t1", size=(20, 50)) as it:
        it.wait_for_raw()
        it.line("")
        it.expect("# ")
        assert it.asked("stty size; cat /kept") == "20 50\r\nkept"
        with at("exec", "-it", "-e", "X=y", "-e", "PS1=$PWD # ", "-w", "/etc", "t1", "sh") as other:
            other.expect("/etc # ")
            assert other.asked("tty; echo $X $TERM") == "/dev/pts/1\r\ny xterm"
            other.line("exit 9")
            assert other.end() == 9
        it.line("exit 7")
        assert it.end() == 7
    assert layertui.json("ps", "-a")[0]["exit_code"] == 7
    with at("start", "-ai", "t1") as it:
        it.expect("# ")
        it.type(DETACH)
        assert it.end() == 0


def test_each_way_out_leaves_the_terminal_as_it_was(at, layertui):
    layertui.run("run", "-dit", "--name", "t2", "busybox", "sh")
    for sent in ("terminate", "kill -HUP"):
        with at("exec", "-it", "t2", "sh") as it:
            it.expect("# ")
            it.process.terminate() if sent == "terminate" else it.process.send_signal(1)
            assert it.end() == (143 if sent == "terminate" else 129)
    with at("attach", "t2") as it:
        it.wait_for_raw()
        layertui.run("kill", "t2")
        assert it.end() == 137
    with at("exec", "-it", "t2", "sh") as it:
        assert it.end() == 1


def test_without_a_terminal(layertui):
    require_runtime("bwrap", layertui.store)
    layertui.run("demo", "--no-ui")
    name = layertui.text("create", "-ti", "busybox", "sh")
    said = layertui.run("attach", name, check=False)
    assert said.returncode == 1
    assert b"start it first" in said.stderr
    layertui.run("start", name)
    for words in (("run", "-it", "busybox", "sh"), ("exec", "-it", name, "sh"), ("attach", name)):
        said = layertui.run(*words, check=False)
        assert (said.returncode, said.stderr) == (1, b"error: the input device is not a TTY\n")
    assert len(layertui.json("ps", "-a")) == 1
    assert layertui.run("run", "--rm", "-t", "busybox", "tty").stdout == b"/dev/pts/0\r\n"
    assert layertui.run("exec", "-t", name, "tty").stdout == b"/dev/pts/1\r\n"
    assert layertui.run("run", "--rm", "-i", "busybox", "cat", stdin=b"x" * 300_000).stdout == b"x" * 300_000
    layertui.run("rm", "-f", name)


@pytest.mark.parametrize("who", ["plain_user", "lone_user"])
def test_who_is_not_root_has_the_same_terminals(who, request, tmp_path):
    user = request.getfixturevalue(who)
    require_runtime("bwrap", tmp_path)
    assert user.layertui("demo", "--no-ui").returncode == 0
    become = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*become, "env", "-C", user.home, user.python, "-m", "layertui"]
    with typing_at(*command, "run", "-it", "--name", "t1", "busybox", "sh", env=user._environment({})) as it:
        assert "job control" not in it.expect("# ")
        assert it.asked("tty; stat -c %u $(tty)") == "/dev/pts/0\r\n0"
        it.line("sh -c 'echo beg''un; sleep 600'")
        it.expect("begun\r\n")
        it.type(CTRL_C)
        assert it.asked("echo $?").endswith("130")
        it.type(DETACH)
        assert it.end() == 0
    with typing_at(*command, "exec", "-it", "t1", "sh", env=user._environment({})) as it:
        it.expect("# ")
        assert it.asked("tty; stat -c %u $(tty)") == "/dev/pts/1\r\n0"
        it.line("exit 9")
        assert it.end() == 9
    assert user.layertui("rm", "-f", "t1").returncode == 0
