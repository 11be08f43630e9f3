"""Reads versions of one path, for a comparison: what each is, its bytes, its lines.

Slow: call it in a job's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertui.core.analysis.file_facts.file_kinds import kind_of
from layertui.core.analysis.file_facts.text_content import text_of
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Sum
from layertui.tui.common.format import layer_name, safe
from layertui.tui.widgets.compare.hex_diff import ByteDiff, byte_diff
from layertui.tui.widgets.compare.line_pairs import LineUp, line_up
from layertui.tui.widgets.files.preview import READ_LIMIT, Preview, plain_lines, preview_of
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress

LIMIT = 16 << 20
"""The number of bytes that are compared of a larger file; its digest is of the whole."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Side:
    """One version of a path: of which Subject, and of which layer alone if it is not the visible one."""

    subject: Subject
    entry: Entry | None
    only: int | None = None

    @property
    def title(self) -> str:
        """The name to show for it."""
        return safe(self.subject.title) if self.only is None else layer_name(self.only, self._own)

    @property
    def layer(self) -> str:
        """The layer that the version is from."""
        return layer_name(self.entry.layer if self.entry is not None else None, self._own)

    @property
    def _own(self) -> int | None:
        return len(self.subject.image.layers) + 1 if self.subject.container is not None else None

    @property
    def has_content(self) -> bool:
        """Whether there is content to compare: the version is a regular file."""
        return self.entry is not None and self.entry.kind.word == "file"


@dataclass(frozen=True, slots=True)
class Version:
    """What is known from a file's bytes."""

    kind: str
    digest: str
    content: bytes
    lines: tuple[str, ...] | None
    """Its text; None if it is not a text."""
    cut: bool = False
    """Whether it is longer than what was read."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Two versions, aligned as text or as bytes; or one, if the other side has none."""

    left: Version | None
    right: Version | None
    lines: LineUp | None = None
    bytes: ByteDiff | None = None
    alone: Preview | None = None

    @property
    def note(self) -> str:
        """A note about how they were compared."""
        if self.left is None or self.right is None:
            return ""
        notes = []
        if self.left.digest == self.right.digest:
            notes.append(tr("the contents are the same"))
        elif self.bytes is not None:
            notes.append(tr("{count} differ, offset by offset", count=many(self.bytes.count, "byte")))
        if self.left.cut or self.right.cut:
            notes.append(tr("the first {limit}MiB of each", limit=LIMIT >> 20))
        if self.lines is not None and self.lines.by_number:
            notes.append(tr("too different to be aligned: compared by line number"))
        return ", ".join(notes)


def read_side(inspector: Inspector, side: Side, theme: str = "") -> Preview | None:
    """The beginning of a file, ready to show; None for anything else."""
    entry = side.entry
    if entry is None or not side.has_content:
        return None
    with inspector.read(side.subject, entry.path, only=side.only) as content:
        return preview_of(entry.path, content.read(READ_LIMIT), entry.size, theme=theme, colours=bool(theme))


def read_both(inspector: Inspector, left: Side, right: Side, theme: str, progress: Progress) -> Contents:
    """Read and align both versions."""
    one, other = (_version(inspector, side, progress) if side.has_content else None for side in (left, right))
    if one is None or other is None:
        there = left if one is not None else right
        return Contents(one, other, alone=read_side(inspector, there, theme))
    if one.lines is not None and other.lines is not None:
        return Contents(one, other, lines=line_up(one.lines, other.lines))
    return Contents(one, other, bytes=byte_diff(one.content, other.content))


def _version(inspector: Inspector, side: Side, progress: Progress) -> Version:
    assert side.entry is not None
    total, kept, size = Sum(), bytearray(), 0
    with inspector.read(side.subject, side.entry.path, only=side.only) as stream:
        while chunk := stream.read(CHUNK):
            total.update(chunk)
            size += len(chunk)
            kept += chunk[: max(0, LIMIT - len(kept))]
            progress.advance(len(chunk))
    content = bytes(kept)
    text = text_of(content, cut=size > len(content))
    lines = None if text is None else tuple(plain_lines(text)) if text else ()
    kind = tr("empty") if not size else kind_of(content) or (tr("binary") if lines is None else tr("text"))
    return Version(kind, str(total.digest()), content, lines, size > len(content))
