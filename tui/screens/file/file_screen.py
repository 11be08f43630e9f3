"""One file, from its first byte to its last: as text, hex or a picture, however large; what is known of it; what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from layertui.core.errors import LayertuiError
from layertui.tui.common.format import count_text, kind_text, safe, size
from layertui.tui.common.jobs import one_line
from layertui.tui.report.analysis.file_report import fact_rows
from layertui.tui.screens.file.file_picture import FilePicture
from layertui.tui.screens.file.file_target import EntryFile, listing_of
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.pages.archive_list import ArchiveList
from layertui.tui.widgets.pages.paged_view import PagedView
from layertui.tui.widgets.pages.picture_view import PictureView
from layertui.tui.widgets.text.lines import content_of
from layertui.tui.widgets.text.pieces import Pieces

if TYPE_CHECKING:
    from layertui.core.analysis.file_facts.archive_values import ArchiveListing
    from layertui.core.analysis.file_facts.fact_values import FileFacts
    from layertui.core.analysis.file_pages.content_search import ContentMatch, ContentPattern
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_pages import FilePages, PageRows
    from layertui.tui.screens.file.file_target import FileTarget

SHORT = 3
"""So many facts tell only how a text is written, and are not shown until they are asked for."""

COUNTING = 0.5
"""Seconds between two drawings of how far the lines are counted."""


class FileScreen(InspectorScreen[None]):
    """The content of one file, page by page."""

    DEFAULT_CSS = """
    FileScreen > #facts { height: auto; max-height: 12; padding: 0 1; display: none; }
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
        Binding("slash", "find", "find", tooltip="Find a text or /regex/ in the file"),
        Binding("n", "next_match(1)", "next", tooltip="Go to the next match"),
        Binding("N", "next_match(-1)", "previous", tooltip="Go to the previous match"),
        Binding(
            "colon", "go_to", "go to", key_display=":", tooltip="Go to a line, an offset (0x1f4) or a percentage (50%)"
        ),
        Binding("b", "as_hex", "as hex", tooltip="Show the bytes as hex, with their offsets"),
        Binding("b", "as_text", "as text", tooltip="Show the bytes as text"),
        Binding("b", "entries", "entries", tooltip="List what is in the archive"),
        Binding("b", "as_picture", "as picture", tooltip="Show the picture"),
        Binding(
            "p", "lay_out", "lay out", tooltip="Lay out JSON, TOML or YAML, a value a line; again: as it is stored"
        ),
        Binding("i", "facts", "facts", tooltip="Show or hide what is known of the file"),
        COPY_KEY,
        Binding(
            "r", "refresh", "refresh", show=False, tooltip="Read the file again: a container may have written to it"
        ),
    ]

    def __init__(self, target: FileTarget) -> None:
        super().__init__()
        self._target = target
        self._pages: FilePages | None = None
        self._is_hex = False
        self._pattern: ContentPattern | None = None
        self._match: ContentMatch | None = None
        self._asked = 0
        """Counts the questions for rows: only the last one is waited for."""
        self._going = 0
        """Counts the places that were asked for, in the same way."""
        self._bar: FindBar | None = None
        self._is_laid_out = False
        self._listing: ArchiveListing | None = None
        self._view = PagedView(id="pages")
        self._entries = ArchiveList(id="entries")
        self._picture_view = PictureView(id="picture")
        self._picture = FilePicture(self, self._picture_view)
        self._facts = Static("", id="facts", markup=False)
        self.offer(CopyActions(self).actions())
        self.offer(
            {
                "find": Action(self._open_find, self._no_pages),
                "next_match": Action(self._next_match, self._no_pattern),
                "go_to": Action(self._open_go_to, self._no_pages),
                "as_hex": Action(self._turn_to_hex, self._no_hex),
                "as_text": Action(self._turn, self._no_text),
                "entries": Action(self._turn_to_entries, self._no_entries),
                "as_picture": Action(self._turn_to_picture, self._no_picture),
                "lay_out": Action(self._lay_out, self._no_layout),
                "facts": Action(self._turn_facts, self._not_read),
                "refresh": Action(self._open),
            }
        )

    def compose(self) -> ComposeResult:
        """The head line, the content, the key bar."""
        yield HeaderLine()
        yield self._facts
        yield self._view
        yield self._entries
        yield self._picture_view
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(HeaderLine).subject = self._target.title
        self._view.border_title = safe(self._target.path)
        self._view.say("Reading the file …")
        self._view.focus()
        self.set_interval(COUNTING, self._show_place)
        self._open()

    def on_unmount(self) -> None:
        if self._pages is not None:
            self._pages.close()

    # -- reading

    @property
    def _theme(self) -> str:
        return "ansi_dark" if self.app.current_theme.dark else "ansi_light"

    def _open(self) -> None:
        target, theme, is_laid_out = self._target, self._theme, self._is_laid_out
        offset = self._view.top_offset
        shown, is_hex = self._pages is not None, self._is_hex

        def opened(inspector: Inspector, progress: Progress) -> tuple[FilePages, PageRows]:
            from layertui.tui.screens.file.file_pages import FilePages

            pages = FilePages(target.open(inspector, progress), progress)
            try:
                if is_laid_out:
                    stored, pages = pages, pages.laid_out(progress)
                    stored.close()
                as_hex = is_hex if shown else not pages.is_text
                return pages, pages.rows(offset, progress, as_hex=as_hex, theme=theme)
            except BaseException:
                pages.close()
                raise

        self.ask(f"reading {safe(target.path)}", opened, self._opened, group="open", failed=self._failed)

    def _opened(self, answer: tuple[FilePages, PageRows]) -> None:
        pages, rows = answer
        is_first = self._pages is None
        if self._pages is not None:
            self._pages.close()
        self._pages, self._is_hex, self._match = pages, rows.window.as_hex, None
        self._show_rows(rows)
        self._show_title(pages)
        self._count_lines()
        self._show_facts(pages.facts, has_room=is_first)
        self._decode(pages, show=is_first or self._picture_view.display)
        self.refresh_bindings()
        if is_first and pages.facts.kind.is_archive:
            self.ask(
                "listing the archive",
                lambda inspector, progress: listing_of(self._target, inspector, progress),
                self._listed,
                group="listing",
            )

    def _listed(self, listing: ArchiveListing) -> None:
        """The entries in place of the bytes; what is damaged at its beginning stays a file of bytes."""
        self._listing = listing
        if listing.damage:
            self.show_notice(listing.damage, severity="warning", seconds=10)
        if listing.entries:
            self._entries.show_listing(listing)
            self._turn_to_entries()
        self.refresh_bindings()

    def _failed(self, error: Exception) -> None:
        if self._is_laid_out and self._pages is not None:
            self._is_laid_out = False  # what is shown stays
        else:
            self._view.say(one_line(error))
        self.show_error(error)

    def _count_lines(self) -> None:
        """Count the lines behind the scenes; then those on the screen get their numbers."""
        pages = self._pages
        if pages is None or self._is_hex or pages.index.lines is not None:
            return

        def counted(_: None) -> None:
            if self._view.top_line is None and not self._is_hex:
                self._ask_rows(self._view.top_offset)
            self._show_place()

        self.ask("counting lines", lambda _, progress: pages.count_lines(progress), counted, group="index", quiet=True)

    @on(PagedView.Wanted)
    def _wanted(self, event: PagedView.Wanted) -> None:
        self._ask_rows(event.offset)

    def _ask_rows(self, offset: int) -> None:
        pages, as_hex, theme = self._pages, self._is_hex, self._theme
        if pages is None:
            return
        self._asked += 1
        asked = self._asked

        def stopped() -> None:
            if asked == self._asked:
                self._view.stay()

        def failed(error: Exception) -> None:
            stopped()
            self.show_error(error)

        self.ask(
            "reading",
            lambda _, progress: pages.rows(offset, progress, as_hex=as_hex, theme=theme),
            self._show_rows,
            group="rows",
            failed=failed,
            stopped=stopped,
        )

    def _show_rows(self, rows: PageRows) -> None:
        self._view.show_window(rows.window, rows.numbers, rows.coloured)
        self._show_place()

    # -- what is shown

    def _show_title(self, pages: FilePages) -> None:
        leads = "" if pages.path == self._target.path else f" → {safe(pages.path)}"
        laid_out = ", laid out" if self._is_laid_out else ""
        title = f"{safe(self._target.path)}{leads}  {safe(pages.facts.what)}, {size(pages.size)}{laid_out}"
        self._view.border_title = self._entries.border_title = self._picture_view.border_title = title

    def _show_facts(self, facts: FileFacts, *, has_room: bool) -> None:
        """What is known of the file, above it: shown at first if it is more than how a text is written."""
        rows = list(fact_rows(facts))
        lines: list[Pieces] = [[(f"{name:<13}", "dim"), (value, "")] for name, value in rows]
        self._facts.update(content_of(lines or [[(f"{'kind':<13}", "dim"), (safe(facts.what), "")]]))
        if has_room:
            self._facts.display = len(rows) > SHORT or bool(facts.damage)

    @on(PagedView.Scrolled)
    def _show_place(self) -> None:
        """In the frame: which line is on top, of how many, and how far that is in the file."""
        pages, view = self._pages, self._view
        if pages is None or not pages.size:
            view.border_subtitle = ""
            return
        share = f"{min(100, view.bottom_offset * 100 // pages.size)}%"
        if self._is_hex:
            view.border_subtitle = f"0x{view.top_offset:x} of 0x{pages.size:x} · {share}"
            return
        line, lines = view.top_line, pages.index.lines
        where = f"line {count_text(line)}" if line is not None else ""
        of = f" of {count_text(lines)}" if lines is not None and where else ""
        counting = "" if lines is not None else f"{pages.index.reached * 100 // pages.size}% counted"
        view.border_subtitle = " · ".join(part for part in (where + of, counting, share) if part)

    def _turn(self) -> None:
        self._is_hex = not self._is_hex
        self._view.aside = 0
        self._ask_rows(self._view.top_offset)
        self._count_lines()
        self.refresh_bindings()

    def _not_read(self) -> str:
        return "" if self._pages is not None else "the file is not read yet"

    def _turn_facts(self) -> None:
        self._facts.display = not self._facts.display

    def _lay_out(self) -> None:
        self._is_laid_out = not self._is_laid_out
        self._view.action_go_to_end(0)
        self._open()

    def _no_layout(self) -> str:
        if self._is_laid_out:
            return ""
        is_document = self._pages is not None and self._pages.facts.kind.has_layout and not self._is_hex
        return self._not_read() or ("" if is_document else "it lays out JSON, TOML and YAML")

    # -- an archive

    def _no_pages(self) -> str:
        if self._entries.display:
            return "the entries are shown: b shows the bytes"
        return self._not_read() or ("the picture is shown: b shows the bytes" if self._picture_view.display else "")

    def _no_hex(self) -> str:
        return self._not_read() or ("shown as hex already" if self._is_hex and self._view.display else "")

    def _no_text(self) -> str:
        has_other = self._picture.is_decoded or (self._listing is not None and bool(self._listing.entries))
        return self._no_pages() or ("" if self._is_hex and not has_other else "shown as text already")

    def _no_entries(self) -> str:
        is_archive = self._listing is not None and bool(self._listing.entries)
        return "" if is_archive and not self._entries.display else "it is no archive, or its entries are shown already"

    def _turn_to_entries(self) -> None:
        assert self._listing is not None
        self._view.display, self._entries.display = False, True
        self._entries.border_subtitle = (
            f"{safe(self._listing.format)} · {count_text(len(self._entries.entries))} entries"
        )
        self.set_focus(self._entries)
        self.refresh_bindings()

    def _turn_to_hex(self) -> None:
        self._turn_to_pages()
        if not self._is_hex:
            self._turn()

    def _turn_to_pages(self) -> None:
        if not self._view.display:
            self._view.display = True
            self._entries.display = self._picture_view.display = False
            self.set_focus(self._view)
        self.refresh_bindings()

    # -- a picture

    def _decode(self, pages: FilePages, *, show: bool) -> None:
        """The picture in place of the bytes; what is damaged or too large stays a file of bytes."""

        def decoded() -> None:
            if show and self._bar is None:  # else something is being typed
                self._turn_to_picture()
            self.refresh_bindings()

        if pages.is_picture:
            self._picture.decode(pages, decoded, self._turn_to_pages)
        elif self._picture_view.display:  # it was one when it was read before
            self._turn_to_pages()

    def _no_picture(self) -> str:
        is_other = self._picture.is_decoded and not self._picture_view.display
        return "" if is_other else "it is no picture, or the picture is shown already"

    def _turn_to_picture(self) -> None:
        self._view.display, self._picture_view.display = False, True
        self.set_focus(self._picture_view)
        self.refresh_bindings()
        self.call_after_refresh(self._picture.draw)

    @on(PictureView.Wanted)
    def _draw_picture(self) -> None:
        self._picture.draw()

    @on(RowList.Chosen)
    def _chosen(self) -> None:
        """Open an entry as a file; a symlink and a folder have no content."""
        entry = self._entries.current
        if entry is None:
            return
        if entry.kind.word == "file":
            self.app.push_screen(FileScreen(EntryFile(self._target, entry)).on_engine(self.engine))
        else:
            leads = f" to {entry.link}" if entry.link else ""
            self.show_notice(f"A {kind_text(entry.kind.word)}{leads}: it has no content of its own.", seconds=4)

    # -- finding, going to a place

    def _open_find(self) -> None:
        hint = "text or /regex/"
        self._open_bar(FindBar("in the file", self._pattern.typed if self._pattern else "", placeholder=hint))

    def _open_go_to(self) -> None:
        what = "an offset, 0x1f4 or 50%" if self._is_hex else "a line, 0x1f4 or 50%"
        self._open_bar(FindBar("go to", sign=":", placeholder=what, id="go-to"))

    def _open_bar(self, bar: FindBar) -> None:
        if self._bar is None:
            self._bar = bar
            self.mount(bar, before=self.query_one(KeyBar))

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        """Mark what is on the screen already, or tell what is wrong with the expression."""
        if self._bar is None or self._bar.id == "go-to":
            return
        try:
            self._use_pattern(event.text)
        except LayertuiError as error:
            self._bar.show_count(one_line(error))
        else:
            self._bar.show_count("")

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        bar, self._bar = self._bar, None
        self._view.focus()
        if bar is None:
            return
        typed = bar.typed
        bar.remove()
        if bar.id == "go-to":
            if event.keep and typed:
                self._go_to(typed)
            return
        try:
            self._use_pattern(typed if event.keep else "")
        except LayertuiError as error:
            self.show_error(error)
        self._match = None
        if self._pattern is not None:
            self._search(self._view.top_offset, back=False)

    def _use_pattern(self, typed: str) -> None:
        from layertui.core.analysis.file_pages.content_search import ContentPattern

        self._pattern = None
        self._pattern = ContentPattern(typed) if typed else None
        self._view.show_pattern(self._pattern)
        self.refresh_bindings()

    def _no_pattern(self) -> str:
        return "" if self._pattern is not None else "there is nothing to find: / asks for it"

    def _next_match(self, by: int) -> None:
        view, match = self._view, self._match
        if match is not None and view.top_offset <= match.start < view.bottom_offset:
            self._search(match.start + (by > 0), back=by < 0)
        else:
            self._search(view.top_offset, back=by < 0)

    def _search(self, offset: int, *, back: bool) -> None:
        pages, pattern = self._pages, self._pattern
        if pages is None or pattern is None:
            return

        def found(match: ContentMatch | None) -> None:
            if match is None:
                where = "above" if back else "below"
                self.show_notice(f"No match {where}.", severity="warning", seconds=3)
            else:
                self._match = match
                self._view.show_match(match)

        self.ask(
            f"searching {safe(pattern.typed)}",
            lambda _, progress: pages.find(pattern, offset, progress, back=back),
            found,
            group="search",
        )

    def _go_to(self, place: str) -> None:
        pages, as_hex = self._pages, self._is_hex
        if pages is None:
            return

        self._going += 1
        going = self._going

        def found(offset: int) -> None:
            self._view.go_to(offset)
            self._count_lines()

        def stopped() -> None:
            if going == self._going:
                self._count_lines()

        # In the group of the job that counts lines, which it stops and whose work it goes on with.
        self.ask(
            f"going to {safe(place)}",
            lambda _, progress: pages.offset_of(place, progress, as_hex=as_hex),
            found,
            group="index",
            stopped=stopped,
        )
