"""Why user namespaces are refused, and what to set: from the kernel's own settings, and where it really refuses them."""

import errno
import os
import subprocess
import sys

import pytest

from builders import docker_archive
from command_line import layertui
from containing import box, require_runtime
from layertui.core.containers.runtimes.advice import advice, not_allowed, refused_namespaces

EXCEEDED = "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"
FORBIDDEN = "bwrap: No permissions to creating new namespace, likely because the kernel does not allow …"
SEEN = "user namespaces are not allowed here: "


@pytest.fixture
def proc(tmp_path):
    """A /proc of a machine on which nothing forbids them but a filter for system calls."""
    (tmp_path / "sys/kernel").mkdir(parents=True)
    (tmp_path / "sys/user").mkdir()
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_text(
        "27 1 254:0 / / rw - ext4 /dev/vda rw\n22 27 0:21 / /proc rw - proc proc rw\n"
    )
    (tmp_path / "self/status").write_text("Name:\tpython\nSeccomp:\t2\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "said", "root"),
    [
        ("user/max_user_namespaces", 0, EXCEEDED, True),
        ("user/max_user_namespaces", 0, EXCEEDED, False),
        ("kernel/unprivileged_userns_clone", 0, FORBIDDEN, False),
        ("kernel/apparmor_restrict_unprivileged_userns", 1, FORBIDDEN, False),
        ("kernel/apparmor_restrict_unprivileged_userns", 1, "bwrap: setting up uid map: Permission denied", False),
    ],
)
def test_what_the_kernel_was_set_to(proc, name, value, said, root):
    (proc / "sys" / name).write_text(f"{value}\n")
    told = refused_namespaces(said, root=root, proc=proc)
    assert told.startswith(SEEN)
    assert f"`sysctl -w {name.replace('/', '.')}=" in told
    assert refused_namespaces("bwrap: Can't find source path /x", root=root, proc=proc) is None


def test_what_holds_for_plain_users_is_no_reason_for_root(proc):
    (proc / "sys/kernel/unprivileged_userns_clone").write_text("0\n")
    assert "sysctl" not in not_allowed(errno.EPERM, root=True, proc=proc)


def test_a_chroot_and_a_filter_are_distinguished(proc):
    assert "filters system calls" in not_allowed(errno.EPERM, root=True, proc=proc)
    (proc / "self/status").write_text("Name:\tpython\nSeccomp:\t0\n")
    assert "a chroot" in not_allowed(errno.EPERM, root=True, proc=proc)
    (proc / "self/status").write_text("Name:\tpython\nSeccomp:\t2\n")
    (proc / "self/mountinfo").write_text("22 27 0:21 / /proc rw - proc proc rw\n")
    assert "a chroot" in not_allowed(errno.EPERM, root=True, proc=proc)


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        (
            "cgroups in hybrid mode not supported, drop all controllers from cgroupv2",
            "runc, or a boot with cgroup version 2",
        ),
        ("mount `overlay` to ``: No such file or directory", "crun 1.22 or newer, or runc"),
    ],
)
def test_what_crun_says_where_it_can_start_nothing(proc, said, helps):
    """No newer crun helps where both versions of cgroups have controllers; one does that mounts at the root."""
    told = list(advice([f"crun: the container could not be started: {said}"], root=True, sysctls=proc / "sys"))
    assert [line.startswith(f"what would do: {helps}") for line in told] == [True]


def test_a_limit_that_is_met_though_it_is_not_zero(proc):
    assert "/proc/sys/user" in refused_namespaces(EXCEEDED, root=False, proc=proc)


NONE_AT_ALL = "echo 0 > /proc/sys/user/max_user_namespaces"
CHROOT = 'mkdir {at}; mount --rbind / {at}; exec chroot {at} "$@"'
NO_PROC = 'mkdir {at}; mount --bind / {at}; mount --bind /dev {at}/dev; exec chroot {at} "$@"'
REALLY = {
    "none at all": (["-U", "-r"], f'{NONE_AT_ALL}; exec "$@"', "`sysctl -w user.max_user_namespaces=10000`"),
    "a chroot": (["-m"], CHROOT, "a chroot forbids them"),
    "no /proc": (["-m"], NO_PROC, "/proc is not mounted; as root: `mount -t proc proc /proc`"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", REALLY)
def test_where_they_really_are_refused(what, tmp_path, store_folder, monkeypatch):
    """One line says so, nothing is left of what could not start, and no runtime counts as one that works."""
    flags, script, wanted = REALLY[what]
    if os.geteuid() != 0 and flags == ["-m"]:
        pytest.skip("to mount needs root")
    require_runtime("bwrap", store_folder)
    monkeypatch.setenv("LAYERTUI_RUNTIME", "bwrap")
    layertui("load", docker_archive(box(), tmp_path / "box.tar"), store=store_folder).ok()
    layertui("run", "--rm", "box:1", "true", store=store_folder).ok()

    def there(*words):
        within = ["unshare", *flags, "sh", "-c", script.format(at=tmp_path / "root"), "sh"]
        ours = [sys.executable, "-m", "layertui", "--store", store_folder, *words]
        (tmp_path / "root").rmdir() if (tmp_path / "root").exists() else None
        return subprocess.run([*within, *ours], capture_output=True, text=True, check=False, timeout=120)

    done = there("run", "--name", "one", "box:1", "true")
    assert (done.returncode, done.stdout) == (125, "")
    assert wanted in done.stderr
    assert done.stderr.count("\n") == 1
    assert layertui("ps", "-aq", store=store_folder).ok().lines == []
    told = there("engines", "-v")
    assert wanted in told.stdout
    assert "  works " not in told.stdout
    assert "  works " in layertui("engines", "-v", store=store_folder).ok().text
