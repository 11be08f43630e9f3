"""The seccomp filter of a container, like docker's default profile: JSON for OCI runtimes, BPF for others (seccomp(2)).

The kernel runs the filter on every system call, with `struct seccomp_data`: the number of the call, the architecture,
and six arguments of 64 bits each. Numbers are close together, so the filter tests ranges. Calls of other architectures
than the machine's and its 32-bit variant fail as if they did not exist. x32 is one of those: hardly any kernel enables
it, and with it an OCI runtime's library would take half as long again for the profile.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from layertui.core.containers.runtimes.isolation.syscalls import allowed

# Each with its 32-bit variant; the numbers are from linux/audit.h.
_FAMILIES = {"x86_64": ("x86_64", "x86"), "aarch64": ("aarch64", "arm")}
_AUDIT = {"x86_64": 0xC000003E, "x86": 0x40000003, "aarch64": 0xC00000B7, "arm": 0x40000028}
_OCI_NAMES = {
    "x86_64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    "aarch64": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
}  # fmt: skip

# Calls whose arguments matter. New namespaces need CAP_SYS_ADMIN; the flags of clone3 are in memory, which a filter cannot
# read, so clone3 fails with ENOSYS, and the C library falls back to clone.
NEW_NAMESPACES = 0x7E020000
PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)
_NO_SOCKETS = (12, 19, 20, 23, 25, 34, 37, 38, 40)  # rarely used address families with a history of vulnerabilities
SOCKETS = tuple(family for family in range(46) if family not in _NO_SOCKETS)
_ALL_BELOW = min(_NO_SOCKETS)

_LOAD, _EQUAL, _GREATER, _AT_LEAST, _BITS, _JUMP, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x05, 0x06
_NUMBER, _PROCESSOR, _ARGUMENT = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_X32 = 0x40000000

Instruction = tuple[int, int, int, int]


def profile(capabilities: Collection[str], processor: str) -> dict[str, Any] | None:
    """The `linux.seccomp` object of a config.json (config-linux.md); None for an unknown architecture."""
    if processor not in _OCI_NAMES:
        return None
    admin = "CAP_SYS_ADMIN" in capabilities
    plain = [name for name in allowed(capabilities) if name not in ("socket", "personality", "clone", "clone3")]
    rules: list[dict[str, Any]] = [
        {"names": [*plain, *(["clone", "clone3"] if admin else [])], "action": "SCMP_ACT_ALLOW"}
    ]
    rules.append(_rule("socket", _ALL_BELOW, "SCMP_CMP_LT"))
    rules += [_rule("socket", value, "SCMP_CMP_EQ") for value in SOCKETS if value > _ALL_BELOW]
    rules += [_rule("personality", value, "SCMP_CMP_EQ") for value in PERSONALITIES]
    if not admin:
        rules.append(_rule("clone", NEW_NAMESPACES, "SCMP_CMP_MASKED_EQ"))
        rules.append({"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS})
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "architectures": _OCI_NAMES[processor],
        "syscalls": rules,
    }


def _rule(name: str, value: int, op: str) -> dict[str, Any]:
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": value, "op": op}]}


def program(capabilities: Collection[str], processor: str) -> bytes | None:
    """The same as a BPF program, an array of `struct sock_filter`; None for an unknown architecture."""
    if processor not in _FAMILIES:
        return None
    calls = allowed(capabilities)
    code: list[Instruction] = [(_LOAD, 0, 0, _PROCESSOR)]
    for one in _FAMILIES[processor]:
        numbers = {name: on[one] for name, on in calls.items() if one in on}
        block = [*_numbers(numbers, admin="CAP_SYS_ADMIN" in capabilities, x32=one == "x86_64")]
        code += [(_EQUAL, 1, 0, _AUDIT[one]), (_JUMP, 0, 0, len(block)), *block]
    code.append(_failed(errno.ENOSYS))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _numbers(numbers: dict[str, int], *, admin: bool, x32: bool) -> Iterator[Instruction]:
    """The tests of a call's number, once its architecture is known."""
    yield (_LOAD, 0, 0, _NUMBER)
    if x32:
        yield from ((_AT_LEAST, 0, 1, _X32), _failed(errno.ENOSYS))
    special: dict[str, list[Instruction]] = {
        "socket": [*_low_argument(), *_within(SOCKETS)],
        "personality": [*_low_argument(), *_within(PERSONALITIES)],
    }
    if not admin:
        special["clone"] = [
            (_LOAD, 0, 0, _ARGUMENT),
            (_BITS, 0, 1, NEW_NAMESPACES),
            _failed(errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
        special["clone3"] = [_failed(errno.ENOSYS)]
    for name, block in special.items():
        if name in numbers:
            yield from ((_EQUAL, 1, 0, numbers[name]), (_JUMP, 0, 0, len(block)), *block)
    yield from _within(number for name, number in numbers.items() if name not in special)


def _low_argument() -> Iterator[Instruction]:
    """Load the first argument's lower half, after checking that its upper half is 0."""
    yield (_LOAD, 0, 0, _ARGUMENT + 4)
    yield from ((_EQUAL, 1, 0, 0), _failed(errno.EPERM), (_LOAD, 0, 0, _ARGUMENT))


def _within(values: Iterable[int]) -> Iterator[Instruction]:
    """Allow the call for these values of the argument, and refuse it for others."""
    for low, high in _ranges(values):
        yield from ((_GREATER, 3, 0, high), (_AT_LEAST, 0, 1, low), (_RETURN, 0, 0, _ALLOW), _failed(errno.EPERM))
    yield _failed(errno.EPERM)


def _ranges(values: Iterable[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for value in sorted(set(values)):
        if found and found[-1][1] == value - 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def _failed(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ERROR | number)
