"""Capabilities of a container: docker's default set, changed by `--cap-add` and `--cap-drop` (capabilities(7))."""

from __future__ import annotations

from collections.abc import Iterable

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

# In the kernel's order: the index is the bit (linux/capability.h).
KNOWN = tuple(
    "CAP_" + name
    for name in (
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    )
)  # fmt: skip
DEFAULT = tuple(
    "CAP_" + name
    for name in (
        "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE", "NET_RAW",
        "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP",
    )
)  # fmt: skip
ALL = "ALL"


def bits(names: Iterable[str]) -> int:
    """A set of capabilities as the kernel's bits."""
    return sum(1 << KNOWN.index(name) for name in names)


def granted(add: Iterable[str], drop: Iterable[str]) -> tuple[str, ...]:
    """The container's capabilities; `ALL` means every one. Raises UsageError for an unknown name.

    As in docker, an added one overrides a dropped `ALL`, and a dropped one overrides an added `ALL`.
    """
    added, dropped = ({known(name) for name in names} for names in (add, drop))
    if ALL in added:
        return tuple(name for name in KNOWN if name not in dropped)
    start = () if ALL in dropped else DEFAULT
    return tuple(name for name in KNOWN if name in added or (name in start and name not in dropped))


def known(spelled: str) -> str:
    """A capability's full name, or `ALL`. Raises UsageError for an unknown one."""
    name = spelled.upper()
    if name == ALL:
        return ALL
    name = name if name.startswith("CAP_") else f"CAP_{name}"
    if name not in KNOWN:
        raise UsageError(tr("unknown capability: {spelled!r}; `man 7 capabilities` lists them", spelled=spelled))
    return name
