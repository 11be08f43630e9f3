"""The pages of one file, for a FileScreen: read by jobs, never on the UI thread."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from layertui.core.analysis.file_facts.content_kind import HEAD
from layertui.core.analysis.file_facts.fact_values import PictureFacts, TextFacts
from layertui.core.analysis.file_facts.laid_out import laid_out
from layertui.core.analysis.file_facts.look_at_file import file_facts
from layertui.core.analysis.file_facts.text_content import decoded_text
from layertui.core.analysis.file_pages.content_search import ContentPattern, next_match, previous_match
from layertui.core.analysis.file_pages.line_index import LineIndex
from layertui.core.analysis.file_pages.page_rows import PageWindow, hex_window, line_numbers, text_window
from layertui.core.analysis.file_pages.page_source import CrLines, PagedContent, PageSource
from layertui.core.analysis.file_pages.picture_pixels import SmallPicture, check_picture, decoded_picture
from layertui.core.analysis.file_pages.utf8_text import (
    MOST_BYTES,
    StoredCodec,
    codec_of,
    stored_offset,
    text_offset,
    utf8_of,
)
from layertui.core.bounds import check
from layertui.core.errors import UsageError
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.tui.common.format import size as size_text
from layertui.tui.screens.file.file_target import OpenedFile
from layertui.tui.widgets.files.preview import COLOUR_LIMIT, coloured_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from layertui.core.analysis.file_pages.content_search import ContentMatch
    from layertui.core.progress import Progress


@dataclass(frozen=True, slots=True)
class PageRows:
    """Some rows of the file, ready to be shown."""

    window: PageWindow
    numbers: Sequence[int | None]
    coloured: Sequence[Text] | None = None
    at: int | None = None
    """The offset of the row on top, if it is not the one that was asked for."""


class FilePages:
    """What a file's pages are read with. Its methods block: for jobs only, except `close` and what is a plain value."""

    def __init__(self, opened: OpenedFile, progress: Progress) -> None:
        self.path = opened.path
        self.layer = opened.layer
        try:
            progress.begin(tr("reading"), opened.size)
            self.facts = file_facts(opened.content, opened.size, path=opened.path, view=opened.view)
            opened.content.seek(0)
            head = read_fully(opened.content.read, min(HEAD, opened.size))
        except BaseException:
            opened.close()
            raise
        try:
            self.source = PageSource(opened.content, opened.size, opened.close)
            self._codec, self.is_text, self.note = _stored_as(head, opened)
            decoded = self.source if self._codec is None else _decoded(self.source, self._codec, progress)
            details = self.facts.details
            ends_in_cr = isinstance(details, TextFacts) and details.line_ends == "CR"
            self.text: PagedContent = CrLines(decoded) if ends_in_cr else decoded
        except BaseException:
            opened.close()
            raise
        self.index = LineIndex(self.text)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.source.size

    @property
    def stored_as(self) -> str:
        """The encoding of a text that is not stored as UTF-8; empty for all others."""
        return "" if self._codec is None else self._codec.name.removesuffix("-le").removesuffix("-be")

    def rows(self, offset: int, progress: Progress, *, as_hex: bool, theme: str, turned: bool = False) -> PageRows:
        """The rows around an offset; highlighted if the whole text is small enough.

        The offset is one of the text, or `as_hex` one of the stored bytes; if it is `turned`, the other way round.
        """
        at = self._turned(offset, progress, as_hex=as_hex) if turned and self._codec is not None else None
        offset = offset if at is None else at
        if as_hex:
            return PageRows(hex_window(self.source, offset, progress), (), at=at)
        window = text_window(self.text, offset, progress)
        first = None
        if len(window):
            first = 1 if window.at_start else self.index.number_at(window.starts[0], progress)
        coloured = None
        if self.is_text and window.at_start and window.at_end and self.size <= COLOUR_LIMIT:
            lines = coloured_lines(self.path, window.data, theme)
            coloured = lines if len(lines) == len(window) else None  # else long lines are broken
        return PageRows(window, line_numbers(window, first), coloured, at)

    def _turned(self, offset: int, progress: Progress, *, as_hex: bool) -> int:
        assert self._codec is not None
        if as_hex:
            return stored_offset(self.text.read(0, offset, progress), offset, self._codec)
        return text_offset(self.source.read(0, offset, progress), self._codec)

    def grow(self, size: int) -> None:
        """The file has become longer, as a log does. For a text that is stored as UTF-8."""
        self.source.grow(size)
        self.index.grow()

    def laid_out(self, progress: Progress) -> FilePages:
        """The same document of JSON, TOML or YAML, with a value a line. Raises Damaged, LimitExceeded."""
        check("json", self.size, tr("{path}: has {size:,} bytes", path=self.path, size=self.size))
        text = laid_out(self.source.read(0, self.size, progress), self.facts.kind)
        content = text.encode("utf-8", "surrogateescape")
        return FilePages(OpenedFile(BytesIO(content), len(content), self.path, layer=self.layer), progress)

    @property
    def is_picture(self) -> bool:
        """Whether the file is a picture, by its first bytes."""
        return isinstance(self.facts.details, PictureFacts)

    def picture(self, progress: Progress) -> SmallPicture:
        """The picture that the file is, decoded. Raises Damaged, LimitExceeded."""
        facts = self.facts.details
        assert isinstance(facts, PictureFacts)
        check_picture(facts, self.size)
        return decoded_picture(self.source.read(0, self.size, progress), facts, progress)

    def count_lines(self, progress: Progress) -> None:
        """Build the index of lines."""
        self.index.build(progress)

    def offset_of(self, place: str, progress: Progress, *, as_hex: bool) -> int:
        """The offset of a place as typed: a line (as hex: an offset), `0x` and an offset, or a percentage. Raises UsageError."""
        typed = place.strip().replace(",", "")
        size = self.source.size if as_hex else self.text.size
        try:
            if typed.endswith("%"):
                return int(size * min(100.0, max(0.0, float(typed[:-1]))) / 100)
            if typed.lower().startswith("0x"):
                return min(int(typed, 16), size)
            number = int(typed)
        except (ValueError, OverflowError):
            raise UsageError(tr("{place}: type a line, 0x and an offset, or a percentage", place=place)) from None
        if as_hex:
            return min(max(0, number), size)
        return self.index.offset_of(number, progress)

    def find(
        self, pattern: ContentPattern, offset: int, progress: Progress, *, back: bool, as_hex: bool
    ) -> ContentMatch | None:
        """The first match from an offset on, or the last one before it: in the text, or `as_hex` in the stored bytes."""
        source = self.source if as_hex else self.text
        return (previous_match if back else next_match)(source, pattern, offset, progress)

    def close(self) -> None:
        """Close the file; a job that reads it is cancelled."""
        self.source.close()


def _stored_as(head: bytes, opened: OpenedFile) -> tuple[StoredCodec | None, bool, str]:
    """How a text is stored if not as UTF-8, whether the file is shown as text, and why it is not although it is one."""
    text = decoded_text(head, cut=opened.size > len(head))
    if text is None:
        return None, not head, ""
    codec = codec_of(head, text[1].encoding)
    if codec is None or opened.size <= MOST_BYTES:
        return codec, True, ""
    note = tr(
        "A text in {encoding} is decoded up to {size_text}; this one is larger.",
        encoding=text[1].encoding,
        size_text=size_text(MOST_BYTES),
    )
    return None, codec.mark == 0, note


def _decoded(source: PageSource, codec: StoredCodec, progress: Progress) -> PageSource:
    content = utf8_of(source, codec, progress)
    return PageSource(BytesIO(content), len(content))
