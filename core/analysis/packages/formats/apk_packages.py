"""Packages of Alpine Linux: the `installed` database of apk (apk-package(5), "installed database v2")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.packages.formats.stanzas import check_finished, lines
from layertui.core.analysis.packages.package import Package, RecordedPackage, field_text, key_lines
from layertui.core.bounds import bounds, exceeded
from layertui.core.language.texts import tr
from layertui.core.layers.table.path_keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.packages.package import Key

INSTALLED = (b"lib/apk/db/installed", b"usr/lib/apk/db/installed")


def apk_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The packages: one letter, a colon and a value a line; `F:` is a folder, and each `R:` after it a file in it.

    Raises LimitExceeded, and Damaged after the packages of one that is cut off.
    """
    fields: dict[bytes, bytes] = {}
    files: list[Key] = []
    folder = b""
    most, longest = bounds().entries, bounds().path
    unfinished = ""
    for line in lines(content):
        letter, value = line[:2], line[2:]
        if not line:
            yield from _package(fields, files, path)
            unfinished = unfinished or _without_version(fields)
            fields, files, folder = {}, [], b""
        elif letter == b"F:":
            folder = value + b"/" if value else b""
        elif letter == b"R:":
            if len(files) >= most:
                raise exceeded("entries", tr("a package lists more than {most:,} files", most=most))
            if value and len(folder) + len(value) <= longest and b".." not in (folder + value).split(b"/"):
                files.append(normalize(folder + value))
        elif letter in (b"P:", b"V:", b"A:", b"o:"):
            fields.setdefault(letter, value)
    yield from _package(fields, files, path)
    check_finished(content, unfinished or _without_version(fields), ends_in_line=True)


def _without_version(fields: dict[bytes, bytes]) -> str:
    return field_text(fields.get(b"P:", b"")) if not fields.get(b"V:") else ""


def _package(fields: dict[bytes, bytes], files: list[Key], path: str) -> Iterator[RecordedPackage]:
    name, version, arch, source = (field_text(fields.get(letter, b"")) for letter in (b"P:", b"V:", b"A:", b"o:"))
    if name:
        yield RecordedPackage(
            Package("apk", name, version, arch, source if source != name else "", path), key_lines(files)
        )
