"""What every Runtime must do, whichever program it is."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from containing import require_runtime, runtimes
from layertui.core.containers.bundle import Bundle, mount_points, network_files
from layertui.core.containers.limits import Limits
from layertui.core.containers.mounts import Mount
from layertui.core.containers.process import Process as Identity
from layertui.core.containers.process import namespaces_of
from layertui.core.containers.runtime import choose
from layertui.core.containers.spec import Process, Spec
from layertui.core.containers.users import User
from layertui.core.errors import CommandNotExecutable, CommandNotFound

ROOT = os.geteuid() == 0
SUPERUSER = User(0, 0, (0,))
SHELL = ("/bin/sh", "-c")


class Started:
    """A bundle of one container, and what came of it."""

    def __init__(self, runtime, bundle):
        self.runtime, self.bundle = runtime, bundle

    def start(self):
        self.runtime.start(self.bundle)
        self.state = json.loads((self.bundle.folder / "state").read_text())
        self.process = Identity(self.state["pid"], self.state["start_time"])
        self.shim = Identity(self.state["shim"], self.state["shim_start_time"])
        return self

    def end(self):
        """The exit code."""
        assert self.shim.wait(20), "the shim goes on after its container"
        return json.loads((self.bundle.folder / "exit").read_text())["code"]

    def output(self, stream="stdout"):
        self.end()
        lines = (self.bundle.folder.parent / "log").read_bytes().split(b"\n")
        found = b""
        for line in lines:
            _, name, kind, text = (*line.split(b" ", 3), b"", b"", b"")[:4]
            if name == stream.encode():
                found += text + (b"\n" if kind == b"F" else b"")
        return found.decode()

    def exec(self, *args, **more):
        process = replace(self.bundle.spec.process, args=args, tty=False, **more)
        return self.runtime.exec(self.bundle.folder, self.bundle.spec.id, self.process, process, stdin=False)


@pytest.fixture(params=runtimes())
def runtime(request, tmp_path):
    require_runtime(request.param, tmp_path)
    return choose(tmp_path, request.param)


@pytest.fixture
def container(runtime, tmp_path, busybox):
    """Make a container that runs these words."""
    made = []

    def make(*args, user=SUPERUSER, cwd="/", tty=False, interactive=False, may=None, **spec):
        folder = tmp_path / f"container-{len(made)}"
        for name in ("run", "upper", "work"):
            (folder / name).mkdir(parents=True)
        process = Process(args=args, env=("PATH=/bin", "A=b c"), cwd=cwd, user=user, tty=tty, **(may or {}))
        binds = network_files(
            folder / "run", "box1", spec.get("net", "none"), None, ["hosts", "hostname", "resolv.conf"]
        )
        bundle = Bundle(
            folder=folder / "run",
            spec=Spec(
                id=f"test-{os.getpid()}-{tmp_path.name}-{len(made)}",
                hostname="box1",
                process=process,
                mounts=(*binds, *spec.pop("mounts", ())),
                **spec,
            ),
            lowers=(busybox, mount_points(tmp_path / "mounts")),
            upper=folder / "upper",
            work=folder / "work",
            interactive=interactive,
        )
        made.append(Started(runtime, bundle))
        return made[-1]

    yield make
    for one in made:
        if hasattr(one, "process"):
            one.process.signal(9)
            one.shim.wait(10)
        if (work := one.bundle.work / "work").exists():
            work.chmod(0o700)


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


def test_environment_and_folder_are_as_told(container):
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


def test_namespaces_of_its_own(container):
    started = container("/bin/sleep", "60").start()
    ours, theirs = namespaces_of("self"), namespaces_of(started.process.pid)
    assert {kind for kind in theirs if theirs[kind] != ours[kind]} >= {"mnt", "pid", "net", "uts", "ipc"}


def test_the_hosts_network_when_asked_for(container):
    started = container("/bin/sleep", "60", net="host").start()
    assert namespaces_of(started.process.pid)["net"] == namespaces_of("self")["net"]


def test_it_is_the_first_process_and_knows_its_name(container):
    said = container(*SHELL, "echo $$; hostname; cat /etc/hostname; grep -c box1 /etc/hosts").start().output()
    assert said == "1\nbox1\nbox1\n1\n"


def test_loopback_is_up(container):
    shown = container(*SHELL, "ip addr show lo").start().output()
    assert "LOOPBACK,UP" in shown
    assert "127.0.0.1/8" in shown


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


def test_root_has_dockers_capabilities(container):
    said = container(*SHELL, "grep -E 'Cap' /proc/self/status | tr -d '\\t'").start().output()
    assert said.split() == [
        "CapInh:0000000000000000",
        "CapPrm:00000000a80425fb",
        "CapEff:00000000a80425fb",
        "CapBnd:00000000a80425fb",
        "CapAmb:0000000000000000",
    ]


def test_other_capabilities_where_asked_for(container, capfd):
    started = container("/bin/sleep", "60", may={"capabilities": ("CAP_CHOWN", "CAP_SYS_ADMIN")}).start()
    assert started.exec(*SHELL, "grep -E 'CapEff|CapBnd' /proc/self/status /proc/1/status | tr -d '\\t'") == 0
    assert {line.rpartition(":")[2] for line in capfd.readouterr().out.split()} == {"0000000000200001"}


@pytest.mark.parametrize("forbidden", [True, False])
def test_new_privileges(container, forbidden):
    started = container(*SHELL, "grep NoNew /proc/self/status", may={"no_new_privileges": forbidden}).start()
    bwraps = started.runtime.name == "bwrap"  # it lets nobody gain any, ever
    assert started.output().split() == ["NoNewPrivs:", "1" if forbidden or bwraps else "0"]


NEW_NAMESPACE = "grep Seccomp: /proc/self/status; busybox unshare -U true || echo refused"


def test_system_calls_are_filtered(container, capfd):
    started = container(*SHELL, f"{NEW_NAMESPACE}; sleep 60").start()
    assert started.exec(*SHELL, NEW_NAMESPACE) == 0
    assert capfd.readouterr().out.split() == ["Seccomp:", "2", "refused"]
    started.process.signal(9)
    assert started.output().split() == ["Seccomp:", "2", "refused"]


def test_system_calls_are_not_filtered_where_asked_for(container, capfd):
    started = container("/bin/sleep", "60", may={"confined": False}).start()
    assert started.exec(*SHELL, NEW_NAMESPACE, confined=False) == 0
    assert capfd.readouterr().out.split() == ["Seccomp:", "0"]


def test_another_user_has_none(container):
    started = container(
        *SHELL,
        "id -u; id -g; grep -E 'CapPrm|CapEff|CapAmb' /proc/self/status | tr -d '\\t'",
        user=User(1000, 1001, (1001, 2000)),
    )
    assert started.start().output().split() == [
        "1000",
        "1001",
        *(f"Cap{kind}:0000000000000000" for kind in ("Prm", "Eff", "Amb")),
    ]


@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_further_groups(container):
    assert container(*SHELL, "id -G", user=User(1000, 1001, (1001, 2000))).start().output().split() == ["1001", "2000"]


def test_no_descriptor_but_the_three(container):
    said = container(*SHELL, "exec ls /proc/self/fd").start().output()
    assert said.split() == ["0", "1", "2", "3"]  # the last is of ls itself


def test_the_hosts_kernel_cannot_be_told_anything(container):
    said = container(
        *SHELL,
        "echo 0 > /proc/sys/kernel/panic; echo h > /proc/sysrq-trigger; touch /sys/x; cat /proc/kcore | head -c 1; echo end",
    ).start()
    assert said.output() == "end\n"


def test_no_cgroup_can_be_made(container):
    assert container(*SHELL, "mkdir /sys/fs/cgroup/*/x /sys/fs/cgroup/*/*/x").start().end() != 0


def test_a_read_only_root(container):
    started = container(*SHELL, "touch /x || echo refused", read_only=True).start()
    assert started.output() == "refused\n"
    assert not (started.bundle.upper / "x").exists()


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


@pytest.mark.skipif(not ROOT, reason="a user who is not root has no cgroups to limit")
def test_limits(container, capfd):
    started = container("/bin/sleep", "60", limits=Limits(memory=64 << 20, nano_cpus=5 * 10**8, pids=7))
    pid = started.start().process.pid
    set_to = {kind: _cgroup(pid, kind, file) for kind, file in LIMIT_FILES.items() if _cgroup(pid, kind, file)}
    assert set_to
    assert all(set_to[kind] in said for kind, said in LIMITED.items() if kind in set_to)
    assert (
        started.exec(
            *SHELL, "grep -c . /proc/self/cgroup >/dev/null; head -c 90000000 /dev/zero | tail -c 90000000 | wc -c"
        )
        == 0
    )
    assert capfd.readouterr().out.strip() != "90000000", "what exec adds is limited too"


LIMIT_FILES = {"memory": "memory.limit_in_bytes", "cpu": "cpu.cfs_quota_us", "pids": "pids.max", "": "pids.max"}
LIMITED = {"memory": ("67108864",), "cpu": ("50000",), "pids": ("7",), "": ("7",)}


def _cgroup(pid, kind, file):
    """What a file of the process's cgroup says; None where that kind is not there. The unnamed one is of version 2."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if kind in kinds.split(","):
            found = Path("/sys/fs/cgroup") / kinds / path.lstrip("/") / file
            return found.read_text().strip() if found.exists() else None
    return None


def test_changes_lie_in_the_upper_folder_and_nothing_else_does(container):
    started = container(*SHELL, "echo x > /new; rm /etc/group").start()
    assert started.end() == 0
    assert sorted(os.listdir(started.bundle.upper)) == ["etc", "new"]
    assert os.listdir(started.bundle.upper / "etc") == ["group"]
    assert os.lstat(started.bundle.upper / "etc/group").st_rdev == 0


def test_nothing_is_mounted_where_the_host_sees_it(container):
    def mounts():
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        # The daemons of the oracle tests, which run at the same time, mount below folders of their own.
        return {line for line in lines if "/ltp-" not in line and " - nsfs " not in line}

    before = mounts()
    container("/bin/sleep", "60").start()
    assert mounts() <= before


def test_exec_adds_a_process(container, capfd):
    started = container("/bin/sleep", "60").start()
    assert (
        started.exec(
            "/bin/sh",
            "-c",
            "pwd; echo $X; hostname; ps | grep -c '[s]leep 60'; exit 5",
            cwd="/bin",
            env=("PATH=/bin", "X=y"),
        )
        == 5
    )
    assert capfd.readouterr().out == "/bin\ny\nbox1\n1\n"


def test_exec_may_do_no_more_than_the_first_process(container, capfd):
    started = container("/bin/sleep", "60").start()
    assert started.exec(*SHELL, "grep -E 'CapEff|CapBnd' /proc/self/status | tr -d '\\t'") == 0
    assert capfd.readouterr().out.split() == ["CapEff:00000000a80425fb", "CapBnd:00000000a80425fb"]


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


@pytest.mark.skipif(not ROOT, reason="a user who is not root has no cgroups to leave")
def test_no_cgroup_is_left(container):
    started = container("/bin/true").start()
    started.end()
    left = [where for where, _, _ in os.walk("/sys/fs/cgroup") if where.endswith(started.bundle.spec.id)]
    assert left == []


def test_the_shim_is_small(container):
    started = container("/bin/sleep", "60").start()
    time.sleep(0.1)
    status = Path(f"/proc/{started.shim.pid}/status").read_text()
    assert int(status.partition("VmRSS:")[2].split()[0]) < 14_000
