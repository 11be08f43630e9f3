"""A shell and its tools from this machine: busybox, or the host's own programs with the libraries they need.

Nothing is downloaded. The files keep the paths at which the programs search for them, so that they work in a container
that has nothing else.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SEARCH = "/bin:/usr/bin:/sbin:/usr/sbin:/usr/local/bin"
TOOLS = [
    "sh",
    "cat",
    "ls",
    "touch",
    "echo",
    "mkdir",
    "rmdir",
    "rm",
    "cp",
    "mv",
    "ln",
    "sleep",
    "env",
    "id",
    "ps",
    "grep",
    "sed",
    "head",
    "tail",
    "wc",
    "chmod",
    "chown",
    "true",
    "false",
    "test",
    "printf",
    "pwd",
    "date",
    "uname",
    "hostname",
    "sort",
    "uniq",
    "find",
    "tar",
    "du",
    "df",
    "stat",
    "readlink",
    "basename",
    "dirname",
    "cut",
    "tr",
    "tee",
    "xargs",
    "seq",
    "expr",
    "kill",
    "tty",
    "stty",
    "sha256sum",
    "od",
    "vi",
]
_PATIENCE = 20
_INTERPRETER = 3  # the program header that names a loader: PT_INTERP


@dataclass(frozen=True, slots=True)
class HostProgram:
    """A file of the host for an image: its path there, and its bytes; or the path of another one that it links to."""

    path: str
    content: bytes = b""
    same_as: str | None = None


def host_programs(search: str = SEARCH, tools: Sequence[str] = TOOLS) -> tuple[str, tuple[HostProgram, ...]]:
    """A name for what was found, and the files: busybox, else those of `tools` that exist.

    Without any program for Linux, an empty tuple.
    """
    if platform.system() != "Linux":
        return "nothing", ()
    if (busybox := _busybox(search)) is not None:
        return "busybox", tuple(busybox)
    found = tuple(_tools(search, tools))
    return ("shell", found) if found else ("nothing", ())


def _busybox(search: str) -> list[HostProgram] | None:
    candidates = [path for folder in search.split(":") if (path := _read_elf(f"{folder}/busybox")) is not None]
    if not candidates:
        return None
    # A static one needs no other file.
    real, content = min(candidates, key=lambda found: (_is_dynamic(found[1]), found[0]))
    names = [name for name in _run([real, "--list"]).split() if "/" not in name and name != "busybox"]
    if "sh" not in names:
        return None
    programs = [HostProgram("bin/busybox", content)]
    programs += [HostProgram(f"bin/{name}", same_as="bin/busybox") for name in sorted(set(names))]
    return programs + list(_libraries([real]))


def _tools(search: str, tools: Sequence[str]) -> Iterator[HostProgram]:
    reals: list[str] = []
    targets: dict[str, str] = {}
    for name in tools:
        path = shutil.which(name, path=search)
        found = None if path is None else _read_elf(path)
        if found is None:
            continue
        real, content = found
        target = f"bin/{name}"
        if real in targets:
            yield HostProgram(target, same_as=targets[real])
            continue
        targets[real] = target
        reals.append(real)
        yield HostProgram(target, content)
    if "bin/sh" in targets.values():
        yield from _libraries(reals)


def _libraries(programs: Sequence[str]) -> Iterator[HostProgram]:
    """The shared libraries and the loader that programs need, at the paths where the loader searches for them."""
    seen: set[str] = set()
    for program in programs:
        if not _is_dynamic(Path(program).read_bytes()):
            continue
        for path in _needed(_run(["ldd", program])):
            if path not in seen and (found := _read_elf(path)) is not None:
                seen.add(path)
                yield HostProgram(path.lstrip("/"), found[1])


def _needed(listing: str) -> Iterator[str]:
    # `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x7f…)`, or the loader alone: `/lib64/ld-linux-x86-64.so.2 (0x7f…)`.
    for line in listing.splitlines():
        name, arrow, rest = line.strip().partition(" => ")
        path = (rest if arrow else name).split(" (")[0].strip()
        if path.startswith("/"):
            yield path
        # musl's loader is also its libc, and programs name it by another name.
        if arrow and name.startswith("/") and name != path:
            yield name


def _read_elf(path: str) -> tuple[str, bytes] | None:
    try:
        real = os.path.realpath(path)
        content = Path(real).read_bytes()
    except OSError:
        return None
    return (real, content) if content[:4] == b"\x7fELF" else None


def _is_dynamic(elf: bytes) -> bool:
    """Whether a program needs a loader, from its program headers."""
    wide, order = elf[4] == 2, "little" if elf[5] == 1 else "big"

    def field(at: int, size: int) -> int:
        return int.from_bytes(elf[at : at + size], "little" if order == "little" else "big")

    start, step, count = (
        (field(32, 8), field(54, 2), field(56, 2)) if wide else (field(28, 4), field(42, 2), field(44, 2))
    )
    return any(field(start + step * n, 4) == _INTERPRETER for n in range(count))


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
            env={"LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
