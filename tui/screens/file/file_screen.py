"""One file, from its first byte to its last: as text, hex or a picture, however large; what is known of it; what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layertui.core.analysis.file_facts.fact_values import TextFacts
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.file.file_archive import FileArchive
from layertui.tui.screens.file.file_copying import FileCopying
from layertui.tui.screens.file.file_finding import FileFinding
from layertui.tui.screens.file.file_panes import FilePanes
from layertui.tui.screens.file.file_picture import FilePicture
from layertui.tui.screens.file.file_reading import FileReading
from layertui.tui.screens.file.path_versions import PathVersions
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.pages.paged_view import PagedView
from layertui.tui.widgets.pages.picture_view import PictureView

if TYPE_CHECKING:
    from layertui.tui.screens.file.file_neighbours import FileNeighbours
    from layertui.tui.screens.file.file_pages import FilePages
    from layertui.tui.screens.file.file_target import FileTarget

COUNTING = 0.5
"""Seconds between two drawings of how far the lines are counted."""


class FileScreen(InspectorScreen[None]):
    """The content of one file, page by page."""

    DEFAULT_CSS = """
    FileScreen > #facts { height: auto; max-height: 12; padding: 0 1; display: none; }
    FileScreen > #version { height: 1; padding: 0 1; display: none; text-wrap: nowrap; text-overflow: ellipsis; }
    FileScreen > #entries, FileScreen > PictureView { display: none; }
    FileScreen > PagedView, FileScreen > PictureView, FileScreen > #entries {
        border: round $pane-border; border-title-color: $text-muted;
        border-subtitle-color: $text-muted; border-subtitle-align: right;
    }
    FileScreen > PagedView:focus, FileScreen > PictureView:focus, FileScreen > #entries:focus {
        border: round $primary; border-title-color: $primary;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "find",
            tr("find"),
            tooltip=tr("Find a text or /regex/ in the file; filter the entries of an archive"),
        ),
        Binding("n", "next_match(1)", tr("next"), tooltip=tr("Go to the next match")),
        Binding("N", "next_match(-1)", tr("previous"), tooltip=tr("Go to the previous match")),
        Binding(
            "colon",
            "go_to",
            tr("go to"),
            key_display=":",
            tooltip=tr("Go to a line, an offset (0x1f4) or a percentage (50%)"),
        ),
        Binding("b", "as_hex", tr("as hex"), tooltip=tr("Show the bytes as hex, with their offsets")),
        Binding("b", "as_text", tr("as text"), tooltip=tr("Show the bytes as text")),
        Binding("b", "entries", tr("entries"), tooltip=tr("List what is in the archive")),
        Binding("b", "as_picture", tr("as picture"), tooltip=tr("Show the picture")),
        Binding("w", "wrap", tr("wrap"), tooltip=tr("Wrap long lines, or scroll them sideways")),
        Binding(
            "p",
            "lay_out",
            tr("lay out"),
            tooltip=tr("Lay out JSON, TOML or YAML, a value a line; again: as it is stored"),
        ),
        Binding(
            "less_than_sign",
            "version(-1)",
            tr("older"),
            key_display="<",
            tooltip=tr("Show the version of this path in the next lower layer that has one"),
        ),
        Binding(
            "greater_than_sign",
            "version(1)",
            tr("newer"),
            key_display=">",
            tooltip=tr("Show the version of this path in the next higher layer that has one"),
        ),
        Binding(
            "right_square_bracket",
            "file(1)",
            tr("next file"),
            key_display="]",
            tooltip=tr("Go to the next file of the list"),
        ),
        Binding(
            "left_square_bracket",
            "file(-1)",
            tr("previous file"),
            key_display="[",
            tooltip=tr("Go to the previous file of the list"),
        ),
        Binding("i", "facts", tr("facts"), tooltip=tr("Show or hide what is known of the file")),
        Binding("x", "save", tr("save"), tooltip=tr("Save what is shown to a file")),
        Binding(
            "v",
            "open_copy",
            tr("in $EDITOR"),
            tooltip=tr("Open a copy in your own editor, in this terminal; changes are dropped"),
        ),
        Binding("V", "page", tr("in $PAGER"), tooltip=tr("Show the text in your own pager, in this terminal")),
        COPY_KEY,
        Binding(
            "r",
            "refresh",
            tr("refresh"),
            show=False,
            tooltip=tr("Read the file again: a container may have written to it"),
        ),
    ]

    def __init__(self, target: FileTarget, beside: FileNeighbours | None = None) -> None:
        """`beside` is the list from which the file was opened."""
        super().__init__()
        self._beside = beside
        self._panes = panes = FilePanes()
        self.reading = FileReading(self, panes.rows, target, self._opened)
        self._finding = FileFinding(self, panes.rows, panes.entries, self.reading, self._no_rows)
        self._versions = PathVersions(self, self.reading.open_version, self._show_nothing)
        self._archive = FileArchive(
            self,
            panes.entries,
            lambda entry, beside: self.app.push_screen(FileScreen(entry, beside).on_engine(self.engine)),
        )
        self._picture = FilePicture(self, panes.picture)
        for part in (CopyActions(self), self.reading, self._finding, self._versions, FileCopying(self, self.reading)):
            self.offer(part.actions())
        self.offer(
            {
                "as_hex": Action(self._turn_to_hex, self._no_hex),
                "as_text": Action(self._turn_to_text, self._no_text),
                "entries": Action(self._turn_to_entries, self._no_entries),
                "as_picture": Action(self._turn_to_picture, self._no_picture),
                "file": Action(self._go_to_file, self._no_list),
                "facts": Action(panes.turn_facts, self.reading.not_read),
            }
        )

    def compose(self) -> ComposeResult:
        """The head line, the content, the key bar."""
        yield HeaderLine()
        yield from self._panes.compose(self._versions.line)
        yield KeyBar()

    def on_mount(self) -> None:
        target, rows = self.reading.target, self._panes.rows
        rows.border_title = safe(target.path)
        self.query_one(HeaderLine).subject = target.title
        rows.say(tr("Reading the file …"))
        rows.focus()
        self.set_interval(COUNTING, self.reading.show_place)
        self.reading.open()

    def on_unmount(self) -> None:
        self.reading.close()

    def _opened(self, pages: FilePages, is_other: bool) -> None:
        """A file was opened: another one than before, or the same again."""
        panes, target = self._panes, self.reading.target
        self.query_one(HeaderLine).subject = target.title
        self._finding.forget_match()
        panes.show_title(self._title(pages))
        panes.show_facts(pages.facts, decide=is_other)
        if is_other:
            self._archive.forget()
            self._finding.forget_filter()
            self._picture.forget()
        if is_other and not (panes.picture.display and pages.is_picture):
            self._turn_to(panes.rows)
        if pages.is_picture:
            self._decode(pages, show=is_other or panes.picture.display)
        elif panes.picture.display:  # it was one when it was read before
            self._turn_to(panes.rows)
        if is_other and pages.facts.kind.is_archive:
            self._archive.list(target, self._turn_to_entries)
        self._versions.look(target, pages)
        self.refresh_bindings()

    def _show_nothing(self, note: str) -> None:
        """The layer has no file at this path."""
        self._archive.forget()
        self._picture.forget()
        self._turn_to(self._panes.rows)
        self._panes.show_title(safe(self.reading.target.path))
        self.reading.show_nothing(note)
        self._panes.hide_facts()
        self.refresh_bindings()

    def _go_to_file(self, by: int) -> None:
        """Show the next or previous file of the list in place of this one."""
        target = self._beside.step(by) if self._beside is not None else None
        if target is None:
            before, after = tr("No file before this one in the list."), tr("No file after this one in the list.")
            self.show_notice(before if by < 0 else after, severity="warning", seconds=3)
        else:
            self.reading.open_other(target)

    def _no_list(self) -> str:
        return "" if self._beside is not None else tr("the file was not opened from a list of files")

    def action_back(self) -> None:
        """Show all entries again if they are filtered; otherwise stop the newest job, or go back."""
        if not self._finding.clear_filter():
            super().action_back()

    def _title(self, pages: FilePages) -> str:
        path = self.reading.target.path
        leads = "" if pages.path == path else f" → {safe(pages.path)}"
        laid_out = tr(", laid out") if self.reading.is_laid_out else ""
        return f"{safe(path)}{leads}  {safe(pages.facts.what)}{_how_written(pages)}, {size(pages.size)}{laid_out}"

    # -- the form in which it is shown

    def _turn_to(self, pane: PagedView | PictureView | RowList) -> None:
        self._panes.turn_to(pane)
        self.refresh_bindings()

    def _no_rows(self) -> str:
        if self._panes.entries.display:
            return tr("the entries are shown: {as_hex} shows the bytes", as_hex=key_name("as_hex", "b"))
        return self.reading.not_read() or (
            tr("the picture is shown: {as_hex} shows the bytes", as_hex=key_name("as_hex", "b"))
            if self._panes.picture.display
            else ""
        )

    def _turn_to_hex(self) -> None:
        self._turn_to(self._panes.rows)
        if not self.reading.is_hex:
            self._turn_to_text()

    def _no_hex(self) -> str:
        is_hex = self.reading.is_hex and self._panes.rows.display
        return self.reading.not_read() or (tr("shown as hex already") if is_hex else "")

    def _turn_to_text(self) -> None:
        self.reading.turn()
        self.refresh_bindings()

    def _no_text(self) -> str:
        has_other = self._picture.is_decoded or self._archive.has_entries
        return self._no_rows() or ("" if self.reading.is_hex and not has_other else tr("shown as text already"))

    def _turn_to_entries(self) -> None:
        self._turn_to(self._panes.entries)

    def _no_entries(self) -> str:
        is_other = self._archive.has_entries and not self._panes.entries.display
        return "" if is_other else tr("it is no archive, or its entries are shown already")

    def _decode(self, pages: FilePages, *, show: bool) -> None:
        """The picture in place of the bytes; what is damaged or too large stays a file of bytes."""

        def decoded() -> None:
            if show and not self._finding.is_typing:
                self._turn_to_picture()
            self.refresh_bindings()

        self._picture.decode(pages, decoded, lambda: self._turn_to(self._panes.rows))

    def _no_picture(self) -> str:
        is_other = self._picture.is_decoded and not self._panes.picture.display
        return "" if is_other else tr("it is no picture, or the picture is shown already")

    def _turn_to_picture(self) -> None:
        self._turn_to(self._panes.picture)
        self.call_after_refresh(self._picture.draw)

    # -- messages, each for the part that it is for

    @on(PagedView.Wanted)
    def _rows_wanted(self, event: PagedView.Wanted) -> None:
        self.reading.ask_rows(event.offset)

    @on(PagedView.LineWanted)
    def _line_wanted(self, event: PagedView.LineWanted) -> None:
        self.reading.go_to(str(event.number))

    @on(PagedView.Scrolled)
    def _rows_scrolled(self) -> None:
        self.reading.show_place()

    @on(PictureView.Wanted)
    def _picture_wanted(self) -> None:
        self._picture.draw()

    @on(RowList.Chosen)
    def _entry_chosen(self) -> None:
        self._archive.open_current()

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self._finding.typed(event.text)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        self._finding.bar_closed(keep=event.keep)


def _how_written(pages: FilePages) -> str:
    """The encoding and the line ends of a text, where these are not the usual ones."""
    details = pages.facts.details
    if not isinstance(details, TextFacts):
        return ""
    encoding = "" if details.encoding in {"ASCII", "UTF-8"} else f", {details.encoding}"
    read_as = tr(" as Latin-1") if pages.stored_as == "latin-1" else ""
    line_ends = "" if details.line_ends in {"", "LF"} else tr(", {line_ends} line ends", line_ends=details.line_ends)
    return f"{encoding}{read_as}{line_ends}"
