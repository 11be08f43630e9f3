"""What a container on any Runtime may do, and what of the host it sees: no more than docker lets it."""

import os
from pathlib import Path

import pytest

from absent import need
from bundles import SHELL
from layertui.core.containers.model.process_identity import namespaces_of
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.containers.runtimes.user_lookup import ContainerUser

ROOT = os.geteuid() == 0


def test_namespaces_of_its_own(container):
    started = container("/bin/sleep", "60").start()
    ours, theirs = namespaces_of("self"), namespaces_of(started.process.pid)
    assert {kind for kind in theirs if theirs[kind] != ours[kind]} >= {"mnt", "pid", "net", "uts", "ipc"}


def test_the_hosts_network_when_asked_for(container):
    started = container("/bin/sleep", "60", net="host").start()
    assert namespaces_of(started.process.pid)["net"] == namespaces_of("self")["net"]


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


@pytest.mark.parametrize(("more", "kilobytes"), [({}, 64 << 10), ({"shm_size": 1 << 20}, 1 << 10)])
def test_shared_memory_has_a_size(container, more, kilobytes):
    started = container(*SHELL, "grep ' /dev/shm ' /proc/self/mounts", **more).start()
    assert f"size={kilobytes}k" in started.output().split()[3].split(",")


NEW_NAMESPACE = "grep Seccomp: /proc/self/status; busybox unshare -U true || echo refused"


@pytest.mark.slow
def test_system_calls_are_filtered(container, capfd):
    need("busybox")
    started = container(*SHELL, f"{NEW_NAMESPACE}; sleep 60").start()
    assert started.exec(*SHELL, NEW_NAMESPACE) == 0
    assert capfd.readouterr().out.split() == ["Seccomp:", "2", "refused"]
    started.process.signal(9)
    assert started.output().split() == ["Seccomp:", "2", "refused"]


def test_system_calls_are_not_filtered_where_asked_for(container, capfd):
    need("busybox")
    started = container("/bin/sleep", "60", may={"confined": False}).start()
    assert started.exec(*SHELL, NEW_NAMESPACE, confined=False) == 0
    assert capfd.readouterr().out.split() == ["Seccomp:", "0"]


@pytest.mark.slow
def test_another_user_has_none(container):
    started = container(
        *SHELL,
        "id -u; id -g; grep -E 'CapPrm|CapEff|CapAmb' /proc/self/status | tr -d '\\t'",
        user=ContainerUser(1000, 1001, (1001, 2000)),
    )
    assert started.start().output().split() == [
        "1000",
        "1001",
        *(f"Cap{kind}:0000000000000000" for kind in ("Prm", "Eff", "Amb")),
    ]


@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_further_groups(container):
    assert container(*SHELL, "id -G", user=ContainerUser(1000, 1001, (1001, 2000))).start().output().split() == [
        "1001",
        "2000",
    ]


def test_what_exec_adds_has_dockers_umask_and_not_ours(container, our_umask, capfd):
    assert container("/bin/sleep", "60").start().exec(*SHELL, "umask") == 0
    assert capfd.readouterr().out == "0022\n"


@pytest.fixture(params=[0, 0o077], ids=oct)
def our_umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.slow
def test_no_descriptor_but_the_three(container):
    said = container(*SHELL, "exec ls /proc/self/fd").start().output()
    assert said.split() == ["0", "1", "2", "3"]  # the last is of ls itself


def test_the_hosts_kernel_cannot_be_configured(container):
    said = container(
        *SHELL,
        "echo 0 > /proc/sys/kernel/panic; echo h > /proc/sysrq-trigger; touch /sys/x; cat /proc/kcore | head -c 1; echo end",
    ).start()
    assert said.output() == "end\n"


def test_the_hosts_devices_keep_their_mode_owner_and_time(container):
    before = os.stat("/dev/full")
    script = (
        "chmod 600 /dev/full; chown 5:5 /dev/full; touch -d 2001-01-01 /dev/full; echo x > /dev/null && echo written"
    )
    said = container(*SHELL, script).start().output()
    after = os.stat("/dev/full")
    os.chmod("/dev/full", 0o666) if after.st_mode != before.st_mode else None
    assert (after.st_mode, after.st_uid, after.st_gid, after.st_mtime) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
        before.st_mtime,
    )
    assert said == "written\n"


@pytest.mark.parametrize("added", [False, True], ids=["first process", "exec"])
def test_no_stream_is_a_device_of_the_hosts(container, capfd, added):
    """A descriptor of the host's /dev/null is as good as its name for who wants to change it."""
    before = os.stat("/dev/null").st_mode
    script = "for n in 0 1 2; do readlink /proc/self/fd/$n; chmod 600 /proc/self/fd/$n; done; cat; echo ended"
    if added:
        assert container("/bin/sleep", "60").start().exec(*SHELL, script) == 0
        said = capfd.readouterr().out
    else:
        said = container(*SHELL, script).start().output()
    after = os.stat("/dev/null").st_mode
    os.chmod("/dev/null", before) if after != before else None
    assert after == before
    assert [line[:4] for line in said.split()] == ["pipe", "pipe", "pipe", "ende"]


def test_no_cgroup_can_be_made(container):
    assert container(*SHELL, "mkdir /sys/fs/cgroup/*/x /sys/fs/cgroup/*/*/x").start().end() != 0


def test_a_read_only_root(container):
    started = container(*SHELL, "touch /x || echo refused", read_only=True).start()
    assert started.output() == "refused\n"
    assert not (started.bundle.upper / "x").exists()


@pytest.mark.slow
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


def test_nothing_is_mounted_where_the_host_sees_it(container):
    def mounts():
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        # The daemons of the oracle tests, which run at the same time, mount below folders of their own.
        return {line for line in lines if "/ltp-" not in line and " - nsfs " not in line}

    before = mounts()
    container("/bin/sleep", "60").start()
    assert mounts() <= before


def test_exec_may_do_no_more_than_the_first_process(container, capfd):
    started = container("/bin/sleep", "60").start()
    assert started.exec(*SHELL, "grep -E 'CapEff|CapBnd' /proc/self/status | tr -d '\\t'") == 0
    assert capfd.readouterr().out.split() == ["CapEff:00000000a80425fb", "CapBnd:00000000a80425fb"]


@pytest.mark.skipif(not ROOT, reason="a user who is not root has no cgroups to leave")
def test_no_cgroup_is_left(container):
    started = container("/bin/true").start()
    started.end()
    left = [where for where, _, _ in os.walk("/sys/fs/cgroup") if where.endswith(started.bundle.spec.id)]
    assert left == []
