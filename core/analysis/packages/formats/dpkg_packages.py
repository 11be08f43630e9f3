"""Packages of Debian and its relatives: dpkg's `status`, `status.d` of images without dpkg, lists of files, and diversions.

deb822(5), dpkg-query(1), dpkg-divert(1); `status.d` is the form of distroless images: one file for each package, and its md5sums beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertui.core.analysis.packages.formats.stanzas import check_finished, lines, path_lines, stanzas
from layertui.core.analysis.packages.package import Key, Package, RecordedPackage, field_text, key_lines
from layertui.core.layers.table.path_keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


STATUS = b"var/lib/dpkg/status"
STATUS_FOLDER = b"var/lib/dpkg/status.d"
LIST_FOLDER = b"var/lib/dpkg/info"
LIST = b".list"
SUMS = b".md5sums"
DIVERSIONS = b"var/lib/dpkg/diversions"

_WANTED = frozenset((b"package", b"version", b"architecture", b"source", b"status"))
_BY_ADMINISTRATOR = b":"
_NOT_THERE = frozenset(("not-installed", "config-files"))  # the third word of Status; other states have files


def dpkg_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The packages of `status`, or of one file in `status.d`, that have files. Raises Damaged after those of one that is cut off."""
    unfinished = ""
    for fields in stanzas(content, _WANTED):
        name = fields.get(b"package", "")
        state = fields.get(b"status", "").split()
        if name and not (len(state) == 3 and state[2] in _NOT_THERE):
            source = fields.get(b"source", "").partition(" ")[0]  # a version in parentheses may follow
            yield RecordedPackage(
                Package("dpkg", name, fields.get(b"version", ""), fields.get(b"architecture", ""), source, path)
            )
            unfinished = unfinished or ("" if fields.get(b"version") else name)
    check_finished(content, unfinished, ends_in_line=path.endswith("/status"))


def list_names(package: Package) -> tuple[bytes, ...]:
    """How the list of a package's files may be named, without the suffix: with the architecture for `Multi-Arch: same`."""
    name, arch = (text.encode("utf-8", "surrogateescape") for text in (package.name, package.arch))
    return name, name + b":" + arch


def listed_files(content: bytes) -> bytes:
    """The files in `info/NAME.list`, which has one absolute path a line, the first of them `/.`: their keys as lines."""
    if content[:3] == b"/.\n" and _is_plain(content[2:]):
        return content[4:].replace(b"/", b"\0").replace(b"\n\0", b"\n")
    paths = (line for line in path_lines(content) if line[:1] == b"/" and b".." not in line.split(b"/"))
    return key_lines(normalize(path) for path in paths)


def summed_files(content: bytes) -> bytes:
    """The files in md5sums, which has a sum, two blanks and a path relative to the root a line: their keys as lines."""
    paths = (line.partition(b"  ")[2] for line in path_lines(content))
    return key_lines(normalize(path) for path in paths if path and b".." not in path.split(b"/"))


class Diversion(NamedTuple):
    """Where the files go that packages have at a path: all packages but one."""

    key: Key
    """The path at which their files are instead."""
    by: str
    """The package that keeps its own file at the path; empty where the administrator said so, for all packages."""


def diversions(content: bytes) -> dict[Key, Diversion]:
    """The diversions by the key of the path: `diversions` has three lines for each: the path, the other one, the package or `:`."""
    paths = [*lines(content)]
    found: dict[Key, Diversion] = {}
    for path, other, package in zip(paths[::3], paths[1::3], paths[2::3], strict=False):
        if path[:1] == other[:1] == b"/" and b".." not in (*path.split(b"/"), *other.split(b"/")):
            by = "" if package == _BY_ADMINISTRATOR else field_text(package)
            found[normalize(path)] = Diversion(normalize(other), by)
    return found


def diverted(listed: bytes, package: str, moved: Mapping[Key, Diversion]) -> bytes:
    """The files that a package lists, as lines, each where the diversions say that it is."""
    if not moved:
        return listed
    keys = listed.split(b"\n")
    if moved.keys().isdisjoint(keys):
        return listed
    return b"\n".join(
        diversion.key if (diversion := moved.get(key)) is not None and diversion.by != package else key for key in keys
    )


def _is_plain(content: bytes) -> bool:
    """Whether all lines are absolute paths as they should be, so that they need not be looked at one by one."""
    unusual = (b"\0", b"\r", b"//", b"/./", b"/../", b"/.\n", b"/..\n", b"/\n")
    return (
        content[-1:] == b"\n"
        and content.count(b"\n") == content.count(b"\n/") + 1
        and not any(piece in content for piece in unusual)
    )
