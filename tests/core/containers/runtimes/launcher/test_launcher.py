"""The launcher is run for real, outside of any container; what root alone may do is tested by the runtime's contract."""

import errno
import fcntl
import os
import socket
import struct
import subprocess
import termios
from contextlib import suppress

import pytest

from absent import need
from layertui.core.containers.runtimes.launcher.launcher import READY, LaunchPlan, candidates, exiting, failure, program
from layertui.core.containers.runtimes.launcher.machine_code import machine

OTHERS = [("x86_64", 62), ("aarch64", 183)]


def launch(argv, **more):
    fields = {"env": ("PATH=/nowhere:/bin:/usr/bin", "A=b"), "cwd": "/", "uid": os.geteuid(), "gid": os.getegid()}
    return LaunchPlan(
        **{"argv": argv, "groups": None, "capabilities": 0, "closed": (), "status_fd": 3, **fields, **more}
    )


@pytest.fixture
def run(tmp_path):
    """Exit code, output, and status report of a launch."""

    def launched(argv, **more):
        told, theirs = os.pipe()
        made = program(launch(argv, status_fd=theirs, **more))
        if made is None:
            pytest.skip("no launcher for this processor")
        path = tmp_path / "launcher"
        path.write_bytes(made)
        path.chmod(0o700)
        done = subprocess.run([path], pass_fds=(theirs,), capture_output=True, text=True, check=False)
        os.close(theirs)
        with open(told, "rb") as answer:
            return done.returncode, done.stdout, failure(answer.read())

    return launched


def test_it_becomes_the_command(run):
    assert run(("sh", "-c", "pwd; echo $A $0 $1; exit 3", "zero", "one"), cwd="/usr") == (3, "/usr\nb zero one\n", None)


def test_a_path_is_taken_as_it_is(run):
    assert run(("/bin/sh", "-c", "exit 4"))[0] == 4
    assert run(("bin/sh", "-c", "exit 5"))[0] == 5


def test_a_command_that_is_not_there(run):
    assert run(("surely-not-here",)) == (127, "", errno.ENOENT)
    assert run(("/surely/not/here",)) == (127, "", errno.ENOENT)


def test_an_image_may_name_any_number_of_places(run):
    path = ":".join(f"/nowhere/{number}" for number in range(5000))
    assert run(("true",), env=(f"PATH={path}:/bin:/usr/bin",))[::2] == (0, None)
    assert run(("surely-not-here",), env=(f"PATH={path}",))[2] == errno.ENOENT


def test_a_command_that_cannot_be_executed(run):
    assert run(("/etc/passwd",))[2] == errno.EACCES
    assert run(("/",))[2] == errno.EACCES


def test_a_folder_that_is_not_there(run):
    assert run(("true",), cwd="/surely/not/here") == (127, "", "chdir: No such file or directory")


def test_the_command_does_not_inherit_what_is_closed(run):
    reading, writing = os.pipe()
    code, said, _ = run(("sh", "-c", "ls /proc/self/fd"), closed=(reading, writing))
    os.close(reading)
    os.close(writing)
    assert code == 0
    assert len(said.split()) == 4


def test_privileges_cannot_be_gained(run):
    assert "NoNewPrivs:\t1" in run(("cat", "/proc/self/status"))[1]


def test_a_terminal_is_sent_to_who_asked_and_waits_until_its_size_is_right(tmp_path):
    need("ps", "stty")
    ours, theirs = socket.socketpair()
    told, status = os.pipe()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 40) for fd in (status, theirs.fileno())]  # the low ones are the launcher's
    script = "stty size; test -t 0 && test -t 1 && test -t 2 && ps -o tty= -p $$ | tr -d ' '; ls /proc/self/fd | wc -l"
    made = program(launch(("sh", "-c", script), status_fd=high[0], console_fd=high[1]))
    if made is None:
        pytest.skip("no launcher for this processor")
    path = tmp_path / "launcher"
    path.write_bytes(made)
    path.chmod(0o700)
    with subprocess.Popen([path], pass_fds=high) as running, ours:
        for fd in (status, theirs.detach(), *high):
            os.close(fd)
        (master,) = socket.recv_fds(ours, 1, 1)[1]
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 101, 0, 0))
        ours.send(b"\n")
        said = b""
        with suppress(OSError):  # EIO: it has ended
            while content := os.read(master, 4096):
                said += content
        (number,) = struct.unpack("I", fcntl.ioctl(master, 0x80045430, bytes(4)))
        os.close(master)
        assert running.wait() == 0
    with open(told, "rb") as answer:
        assert failure(answer.read()) is None
    assert said.split() == [b"33", b"101", b"pts/%d" % number, b"4"]


def test_no_message_is_the_runtimes_failure():
    assert "before" in str(failure(b""))
    assert failure(bytes([READY])) is None


def test_places_of_a_command():
    assert candidates("a", ["PATH=/x:/y::/z", "B=c"]) == ["/x/a", "/y/a", "./a", "/z/a"]
    assert candidates("a", ["PATH=/old", "PATH=/new"]) == ["/new/a"]
    assert candidates("./a", ["PATH=/x"]) == ["./a"]
    assert candidates("a", []) == []
    assert candidates("", ["PATH=/x"]) == []


def test_a_program_that_only_ends(tmp_path):
    made = exiting(42)
    if made is None:
        pytest.skip("no launcher for this processor")
    path = tmp_path / "ends"
    path.write_bytes(made)
    path.chmod(0o700)
    assert subprocess.run([path], check=False).returncode == 42


@pytest.mark.parametrize(("processor", "number"), OTHERS)
def test_the_files_are_whole(processor, number):
    made = program(launch(("a",)), processor)
    assert made is not None
    assert made[:4] == b"\x7fELF"
    assert struct.unpack_from("<H", made, 18)[0] == number
    for header in (64, 120):
        _, _, offset, _, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", made, header)
        assert offset + size <= len(made)


def test_a_processor_that_is_not_known():
    assert program(launch(("a",)), "pdp11") is None
    assert machine("pdp11") is None


@pytest.mark.parametrize(("processor", "file_format"), [("x86_64", "i386:x86-64"), ("aarch64", "aarch64")])
def test_a_disassembler_reads_the_steps(processor, file_format, tmp_path):
    """Another opinion on the bytes, where binutils know the processor."""
    need("objdump")
    made = machine(processor)
    assert made is not None
    made.call("close_range", 7, 7, 0)
    made.if_failed(5, b"x", end=9)
    path = tmp_path / "code"
    path.write_bytes(bytes(made.code))
    command = ["objdump", "-D", "-b", "binary", "-m", file_format, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("objdump does not know this processor")
    steps = [line.split("\t")[-1].split()[0] for line in done.stdout.splitlines() if line.count("\t") >= 2]
    calls = [step for step in steps if step in ("syscall", "svc")]
    assert len(calls) == 3
    assert "(bad)" not in done.stdout
    assert ".inst" not in done.stdout
