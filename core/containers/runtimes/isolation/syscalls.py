"""The system calls that docker's default profile allows, the capabilities that some need, and their numbers.

They are listed in `syscalls.txt`. A line has the name of the call; `-`, or the capabilities of which one is needed, or
`*` if that depends on the arguments, which `seccomp.py` handles; and its number on each of `PROCESSORS`, or a dot. The
numbers from 424 on are the same everywhere. A test compares them with libseccomp's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PROCESSORS = ("x86_64", "x86", "aarch64", "arm")
ARGUMENTS = "*"
_TABLE = Path(__file__).with_suffix(".txt")


def allowed(capabilities: Iterable[str]) -> dict[str, dict[str, int]]:
    """The calls that need no capability, or one of these (`CAP_…`), each with its number on every architecture."""
    held = {"-", ARGUMENTS, *(name.removeprefix("CAP_") for name in capabilities)}
    found = {}
    _, *lines = _TABLE.read_text(encoding="ascii").splitlines()
    for line in lines:
        name, who, *numbers = line.split()
        if not held.isdisjoint(who.split(",")):
            found[name] = {
                processor: int(number) for processor, number in zip(PROCESSORS, numbers, strict=True) if number != "."
            }
    return found
