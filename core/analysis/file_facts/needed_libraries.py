"""Which of the libraries that an ELF file needs an image has, as its dynamic loader looks for them (ld.so(8), musl's ldso).

Looked at are the folders that the file names (`DT_RPATH`, `DT_RUNPATH`), those of `/etc/ld.so.conf` (of musl `/etc/ld-musl-*.path`),
and those built into the loaders of the distributions. What only the environment would add, `LD_LIBRARY_PATH`, is not known here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from layertui.core.analysis.file_facts.fact_values import ElfFacts, NeededLibrary
from layertui.core.errors import NotFound, UnsafePath
from layertui.core.fs.reader import read_fully
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry

_CONF = "/etc/ld.so.conf"
_DEEPEST = 5  # files that include others
_MOST_FILES = 100
_LARGEST = 1 << 16  # bytes of one such file
_TRIPLETS = {
    "x86_64": "x86_64-linux-gnu",
    "i386": "i386-linux-gnu",
    "aarch64": "aarch64-linux-gnu",
    "arm": "arm-linux-gnueabihf",
    "riscv": "riscv64-linux-gnu",
    "ppc64": "powerpc64le-linux-gnu",
    "s390x": "s390x-linux-gnu",
}
_MUSL_FOLDERS = ("/lib", "/usr/local/lib", "/usr/lib")
# The loader of musl is these libraries, whatever is on disk: reserved names of its ldso/dynlink.c.
_MUSL_OWN = re.compile(r"lib(?:c|pthread|rt|m|dl|util|xnet)\..*|libc\.musl-.*")


def with_libraries(facts: ElfFacts, path: str, view: View) -> ElfFacts:
    """The facts with each needed library looked for in `view`; `path` is where the file lies in it."""
    if not facts.needed and not facts.interpreter:
        return facts
    search = _Search(facts, path, view)
    libraries = tuple(NeededLibrary(name, search.find(name)) for name in facts.needed)
    lacks = bool(facts.interpreter) and search.find(facts.interpreter) is None
    return replace(facts, libraries=libraries, lacks_interpreter=lacks)


class _Search:
    """The folders of one file's loader, in their order."""

    def __init__(self, facts: ElfFacts, path: str, view: View) -> None:
        self._facts, self._view = facts, view
        self._origin = path.rpartition("/")[0] or "/"
        self._is_musl = "ld-musl-" in facts.interpreter
        self._files_left = _MOST_FILES
        triplet = _TRIPLETS.get(facts.machine, "")
        wide = ("/lib64", "/usr/lib64") if facts.bits == 64 else ()
        built_in = (f"/lib/{triplet}", f"/usr/lib/{triplet}", *wide, "/lib", "/usr/lib")
        own = facts.runpath or facts.rpath  # DT_RPATH does not count beside DT_RUNPATH
        system = self._musl_folders() if self._is_musl else [*self._configured(_CONF, 1), *built_in]
        self._folders = list(dict.fromkeys([*map(self._expanded, own), *system]))

    def find(self, name: str) -> str | None:
        """The path of a library without symlinks; None if there is none for this machine."""
        if "/" in name:  # a path from a working folder that is not known
            expanded = self._expanded(name)
            return self._fitting(expanded) if expanded.startswith("/") else None
        for folder in self._folders:
            found = self._fitting(f"{folder}/{name}") if folder.startswith("/") else None
            if found is not None:
                return found
        if self._is_musl and _MUSL_OWN.fullmatch(name):
            return self._fitting(self._facts.interpreter)
        return None

    def _expanded(self, folder: str) -> str:
        triplet = _TRIPLETS.get(self._facts.machine, "")
        for token, value in (("ORIGIN", self._origin), ("LIB", f"lib/{triplet}"), ("PLATFORM", self._facts.machine)):
            folder = folder.replace(f"${{{token}}}", value).replace(f"${token}", value)
        return folder

    def _fitting(self, path: str) -> str | None:
        """The file that a path leads to, if it is an ELF file for the same machine: a loader passes over others."""
        entry = self._file(path)
        if entry is None:
            return None
        try:
            with self._view.stack.open(entry) as stream:
                head = read_fully(stream.read, 20)
        except NotFound:  # the content of the layer is not at hand
            return entry.path
        bits = {1: 32, 2: 64}.get(head[4] if len(head) == 20 else 0)
        return entry.path if head.startswith(b"\x7fELF") and bits == self._facts.bits else None

    def _file(self, path: str) -> Entry | None:
        with suppress(NotFound, UnsafePath):
            entry = self._view.resolve(path, chroot=True)
            return entry if entry.kind is Kind.FILE else None
        return None

    def _lines(self, path: str) -> list[str]:
        entry = self._file(path)
        if entry is None or entry.size > _LARGEST or self._files_left <= 0:
            return []
        self._files_left -= 1
        with self._view.stack.open(entry) as stream:
            text = read_fully(stream.read, _LARGEST).decode("utf-8", "surrogateescape")
        return [line.partition("#")[0].strip() for line in text.splitlines()]

    def _musl_folders(self) -> list[str]:
        name = self._facts.interpreter.rpartition("/")[2].removesuffix(".1").removesuffix(".so")
        lines = self._lines(f"/etc/{name}.path")
        return [folder for line in lines for folder in line.split(":") if folder] or list(_MUSL_FOLDERS)

    def _configured(self, path: str, depth: int) -> Iterator[str]:
        for line in self._lines(path):
            word, _, rest = line.partition(" ")
            if word == "include" and depth < _DEEPEST:
                for pattern in rest.split():
                    for included in self._matching(pattern if pattern.startswith("/") else f"/etc/{pattern}"):
                        yield from self._configured(included, depth + 1)
            elif word.startswith("/"):
                yield word.partition("=")[0].rstrip("/") or "/"

    def _matching(self, pattern: str) -> list[str]:
        """The files of a pattern, whose last component alone may have wildcards."""
        folder, _, last = pattern.rpartition("/")
        with suppress(NotFound, UnsafePath):
            entry = self._view.resolve(folder or "/", chroot=True)
            index = self._view.find(entry.path)
            if index is None or entry.kind is not Kind.DIR:
                return []
            names = (self._view.name(row) for row in self._view.children(index).tolist())
            return sorted(f"{entry.path.rstrip('/')}/{name}" for name in names if fnmatchcase(name, last))
        return []
