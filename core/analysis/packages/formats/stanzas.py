"""Reads stanzas of `Name: value` lines, with a blank line between two: dpkg's status, METADATA of Python, manifests of jars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.packages.package import field_text
from layertui.core.bounds import bounds
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def stanzas(content: bytes, wanted: Collection[bytes]) -> Iterator[dict[bytes, str]]:
    """The wanted fields of each stanza, by name in lower case; the first of a name counts.

    Lines that continue a field and lines without a colon are skipped. Nothing is held but one stanza and its fields.
    """
    fields: dict[bytes, str] = {}
    for line in lines(content):
        if not line.strip():
            if fields:
                yield fields
                fields = {}
        elif line[:1] not in (b" ", b"\t"):
            name, colon, value = line.partition(b":")
            name = name.lower()
            if colon and name in wanted and name not in fields:
                fields[name] = field_text(value)
    if fields:
        yield fields


def path_lines(content: bytes) -> Iterator[bytes]:
    """The lines that are no longer than a path may be."""
    longest = bounds().path
    return (line for line in lines(content) if len(line) <= longest)


def lines(content: bytes) -> Iterator[bytes]:
    """The lines without their ends, one at a time: as a list they may take fifty times as much memory as their bytes."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start:end].removesuffix(b"\r")
        start = end + 1


def check_finished(content: bytes, unfinished: str, *, ends_in_line: bool = False) -> None:
    """Raise Damaged for a database that was cut off: `unfinished` is a package in it without version, or its last line has no end."""
    if unfinished:
        raise Damaged(tr("the package {name} in it has no version", name=unfinished))
    if ends_in_line and content and not content.endswith(b"\n"):
        raise Damaged(tr("it is cut off inside a line"))
