"""What every Runtime must do, whichever program it is."""

import os
import time
from pathlib import Path

import pytest

from bundles import SHELL
from layertui.core.containers.model.mounts import Mount
from layertui.core.errors import CommandNotExecutable, CommandNotFound


def test_it_ends_with_the_commands_code(container):
    assert container(*SHELL, "exit 7").start().end() == 7


def test_a_signal_is_128_and_its_number(container):
    started = container("/bin/sleep", "60").start()
    started.process.signal(9)
    assert started.end() == 137


def test_output_and_errors_are_kept_apart_and_whole(container):
    started = container(*SHELL, "echo out; echo err >&2; printf 'no end'").start()
    assert started.output("stdout") == "out\nno end"
    assert started.output("stderr") == "err\n"


def test_a_long_line_without_an_end_is_kept(container):
    assert container(*SHELL, "seq 1 40000 | tr '\\n' ' '").start().output() == " ".join(map(str, range(1, 40001))) + " "


def test_environment_and_folder_are_as_given(container):
    assert container(*SHELL, "pwd; echo $A; echo $PATH", cwd="/etc").start().output() == "/etc\nb c\n/bin\n"


def test_a_command_is_looked_for_in_the_containers_path(container):
    assert container("echo", "hi").start().output() == "hi\n"


@pytest.mark.parametrize(
    ("command", "error", "line"),
    [
        ("nope", CommandNotFound, 'exec: "nope": executable file not found in $PATH'),
        ("/bin/nope", CommandNotFound, 'exec: "/bin/nope": no such file or directory'),
        ("/etc/passwd", CommandNotExecutable, 'exec: "/etc/passwd": permission denied'),
    ],
)
def test_a_command_that_cannot_be_executed(container, command, error, line):
    started = container(command)
    with pytest.raises(error) as told:
        started.start()
    assert str(told.value) == line
    assert not (started.bundle.folder / "state").exists()


def test_it_is_the_first_process_and_knows_its_name(container):
    said = container(*SHELL, "echo $$; hostname; cat /etc/hostname; grep -c box1 /etc/hosts").start().output()
    assert said == "1\nbox1\nbox1\n1\n"


def test_loopback_is_up(container):
    assert "127.0.0.1" in container(*SHELL, "cat /proc/net/fib_trie").start().output()


def test_standard_input_is_empty(container):
    assert container(*SHELL, "cat; echo done").start().output() == "done\n"


def test_interactive_input_stays_open(container):
    started = container("/bin/cat", interactive=True).start()
    time.sleep(0.2)
    assert started.process.alive


def test_a_shell_on_a_terminal_waits(container):
    started = container("/bin/sh", tty=True, interactive=True).start()
    time.sleep(0.2)
    assert started.process.alive


def test_a_terminal_is_one(container):
    said = container(*SHELL, "test -t 0 && test -t 1 && test -t 2 && echo all", tty=True).start().output()
    assert said == "all\r\n"


def test_folders_and_files_of_the_host(container, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "file").write_text("from the host\n")
    mounts = (
        Mount(kind="bind", source=str(tmp_path / "file"), target="/etc/motd"),
        Mount(kind="bind", source=str(tmp_path / "kept"), target="/mnt"),
        Mount(kind="bind", source=str(tmp_path), target="/ro", read_only=True),
    )
    said = container(*SHELL, "cat /etc/motd; echo x > /mnt/new; echo y > /ro/kept/new || echo refused", mounts=mounts)
    assert said.start().output() == "from the host\nrefused\n"
    assert (tmp_path / "kept/new").read_text() == "x\n"


def test_folders_in_memory(container):
    mounts = (
        Mount(kind="tmpfs", target="/scratch", size=1 << 20, mode=0o700),
        Mount(kind="tmpfs", target="/shut", read_only=True),
    )
    tries = "stat -c %a /scratch; head -c 2000000 /dev/zero > /scratch/x || echo full; touch /shut/x || echo shut"
    started = container(*SHELL, tries, mounts=mounts).start()
    assert started.output() == "700\nfull\nshut\n"
    assert not list((started.bundle.upper / "scratch").iterdir())


def test_changes_lie_in_the_upper_folder_and_nothing_else_does(container):
    started = container(*SHELL, "echo x > /new; rm /etc/group").start()
    assert started.end() == 0
    assert sorted(os.listdir(started.bundle.upper)) == ["etc", "new"]
    assert os.listdir(started.bundle.upper / "etc") == ["group"]
    assert os.lstat(started.bundle.upper / "etc/group").st_rdev == 0


def test_exec_adds_a_process(container, capfd):
    started = container("/bin/sleep", "60").start()
    assert (
        started.exec(
            "/bin/sh",
            "-c",
            "pwd; echo $X; hostname; tr '\\0' ' ' < /proc/1/cmdline; exit 5",
            cwd="/bin",
            env=("PATH=/bin", "X=y"),
        )
        == 5
    )
    assert capfd.readouterr().out == "/bin\ny\nbox1\n/bin/sleep 60 "


@pytest.mark.parametrize(("command", "error"), [("nope", CommandNotFound), ("/etc/passwd", CommandNotExecutable)])
def test_exec_of_what_cannot_be_executed(container, command, error):
    with pytest.raises(error):
        container("/bin/sleep", "60").start().exec(command)


@pytest.mark.parametrize("folder", ["/nope", "/etc/passwd"])
def test_exec_in_a_folder_that_is_none(container, folder, capfd):
    with pytest.raises(CommandNotExecutable, match=f"the working folder cannot be entered: {folder}: "):
        container("/bin/sleep", "60").start().exec("true", cwd=folder)
    assert capfd.readouterr() == ("", "")


def test_exec_ends_by_a_signal(container):
    assert container("/bin/sleep", "60").start().exec(*SHELL, "kill -9 $$") == 137


def test_a_trapped_signal_lets_it_end_by_itself(container):
    started = container(*SHELL, "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done").start()
    log = started.bundle.folder.parent / "log"
    while b"ready" not in log.read_bytes():
        time.sleep(0.02)
    started.process.signal(15)
    assert started.end() == 42


@pytest.mark.slow
def test_what_paused_stands_still(container):
    started = container(*SHELL, "while :; do echo x; sleep 0.02; done").start()
    if not started.runtime.pause(started.bundle.folder, started.bundle.spec.id, started.process):
        return  # it says that it cannot
    log = started.bundle.folder.parent / "log"
    time.sleep(0.2)
    size = log.stat().st_size
    time.sleep(0.3)
    assert log.stat().st_size == size
    started.runtime.resume(started.bundle.folder, started.bundle.spec.id)
    time.sleep(0.3)
    assert log.stat().st_size > size


def test_the_shim_is_small(container):
    started = container("/bin/sleep", "60").start()
    time.sleep(0.1)
    status = Path(f"/proc/{started.shim.pid}/status").read_text()
    assert int(status.partition("VmRSS:")[2].split()[0]) < 14_000
