"""The part of a FileScreen that reads the file: opens it, gets its rows and counts its lines, in jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, safe
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_pages import FilePages, PageRows
    from layertui.tui.screens.file.file_target import FileTarget
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.pages.paged_view import PagedView

NEAR = 16 << 20
"""Bytes of a file up to which another version is shown at the same line: its lines are counted up to there first."""


class FileReading:
    """The open file, and whether its rows are text or hex. Errors are shown in place of the rows."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        view: PagedView,
        target: FileTarget,
        opened: Callable[[FilePages, bool], object],
    ) -> None:
        """`opened` gets the pages, and whether they are those of a file that was not shown before."""
        self._screen = screen
        self._view = view
        self._opened_by_screen = opened
        self.target = target
        self.pages: FilePages | None = None
        self.is_hex = False
        self.is_laid_out = False
        self._is_hex_chosen = False
        """Whether text or hex was chosen with a key: other versions are shown in the same way."""
        self._nothing = tr("the file is not read yet")
        """Why there are no pages, if there are none."""
        self._asked = 0
        """Counts the questions for rows: only the last one is waited for."""
        self._going = 0
        """Counts the places that were asked for, in the same way."""

    def actions(self) -> dict[str, Action]:
        """`p`, `r` and `w`."""
        return {
            "lay_out": Action(self._lay_out, self._no_layout),
            "refresh": Action(self.open),
            "wrap": Action(self._wrap, self._no_wrap),
        }

    def close(self) -> None:
        if self.pages is not None:
            self.pages.close()

    def not_read(self) -> str:
        """Why nothing can be done with the content yet."""
        return "" if self.pages is not None else self._nothing

    # -- opening

    def open(self) -> None:
        """Open the file, or open it again; what is on the screen stays there."""
        self._open(self.target, self._view.top_offset, as_hex=self.is_hex if self.pages is not None else None)

    def open_other(self, target: FileTarget) -> None:
        """Open another file in place of this one, from its beginning."""
        self._open(target, 0, as_hex=None)

    def open_version(self, target: FileTarget) -> None:
        """Open another version of the file, at the same line; of a large file or of bytes, at the same offset."""
        view, pages = self._view, self.pages
        line = view.top_line if pages is not None and not self.is_hex and pages.size <= NEAR else None
        as_hex = self.is_hex if self._is_hex_chosen else None
        self._open(target, view.top_offset, as_hex=as_hex, line=line)

    def show_nothing(self, note: str) -> None:
        """Show a line in place of a file."""
        self.close()
        self.pages, self.is_laid_out, self._nothing = None, False, note
        for group in ("open", "rows", "index", "search"):
            self._screen.host.jobs.stop(self._screen, group)
        self._view.border_subtitle = ""
        self._view.say(note)

    def _open(self, target: FileTarget, offset: int, *, as_hex: bool | None, line: int | None = None) -> None:
        """`as_hex`: None decides by the content."""
        is_other = target is not self.target or self.pages is None
        theme, is_laid_out = self._theme, self.is_laid_out and not is_other

        def opened(inspector: Inspector, progress: Progress) -> tuple[FilePages, PageRows, int]:
            from layertui.tui.screens.file.file_pages import FilePages

            pages = FilePages(target.open(inspector, progress), progress)
            try:
                if is_laid_out:
                    stored, pages = pages, pages.laid_out(progress)
                    stored.close()
                shown_as_hex = not pages.is_text if as_hex is None else as_hex
                at = offset
                if line is not None and not shown_as_hex and pages.size <= NEAR:
                    at = pages.index.offset_of(line, progress)
                return pages, pages.rows(at, progress, as_hex=shown_as_hex, theme=theme), at
            except BaseException:
                pages.close()
                raise

        def then(answer: tuple[FilePages, PageRows, int]) -> None:
            pages, rows, at = answer
            self.close()
            self.target, self.pages, self.is_hex = target, pages, rows.window.as_hex
            self.is_laid_out = is_laid_out
            self._view.show_window(rows.window, rows.numbers, rows.coloured, at=at if is_other else None)
            if is_other and pages.note:
                self._screen.show_notice(pages.note, severity="warning", seconds=10)
            self.show_place()
            self.count_lines()
            self._opened_by_screen(pages, is_other)

        def failed(error: Exception) -> None:
            if is_laid_out:
                self.is_laid_out = False
            elif self.pages is None or not is_other:
                self._view.say(one_line(error))
            self._screen.show_error(error)

        self._screen.ask(tr("reading {path}", path=safe(target.path)), opened, then, group="open", failed=failed)

    def _lay_out(self) -> None:
        self.is_laid_out = not self.is_laid_out
        self._view.action_go_to_end(0)
        self.open()

    def _no_layout(self) -> str:
        if self.is_laid_out:
            return ""
        is_document = self.pages is not None and self.pages.facts.kind.has_layout and not self.is_hex
        return self.not_read() or ("" if is_document else tr("it lays out JSON, TOML and YAML"))

    # -- rows

    @property
    def _theme(self) -> str:
        return "ansi_dark" if self._screen.app.current_theme.dark else "ansi_light"

    def _wrap(self) -> None:
        self._view.wrap(is_wrapped=not self._view.is_wrapped)
        self.show_place()

    def _no_wrap(self) -> str:
        is_text = self._view.display and not self.is_hex
        return self.not_read() or ("" if is_text else tr("it wraps long lines, where text is shown"))

    def ask_rows(self, offset: int, *, turned: bool = False) -> None:
        """Show the rows around an offset: `turned`, one of the bytes for rows of text, or of the text for rows of hex."""
        pages, as_hex, theme = self.pages, self.is_hex, self._theme
        if pages is None:
            return
        self._asked += 1
        asked = self._asked

        def stopped() -> None:
            if asked == self._asked:
                self._view.stay()

        def failed(error: Exception) -> None:
            stopped()
            self._screen.show_error(error)

        self._screen.ask(
            "reading",
            lambda _, progress: pages.rows(offset, progress, as_hex=as_hex, theme=theme, turned=turned),
            self._show_rows,
            group="rows",
            failed=failed,
            stopped=stopped,
        )

    def _show_rows(self, rows: PageRows) -> None:
        self._view.show_window(rows.window, rows.numbers, rows.coloured, at=rows.at)
        self.show_place()

    def turn(self) -> None:
        """From text to hex, or back."""
        self.is_hex, self._is_hex_chosen = not self.is_hex, True
        self._view.columns_left = 0
        self.ask_rows(self._view.top_offset, turned=True)
        self.count_lines()

    def count_lines(self) -> None:
        """Count the lines in the background; then those on the screen get their numbers."""
        pages = self.pages
        if pages is None or self.is_hex or pages.index.lines is not None:
            return

        def counted(_: None) -> None:
            if self._view.top_line is None and not self.is_hex:
                self.ask_rows(self._view.top_offset)
            self.show_place()

        self._screen.ask(
            tr("counting lines"), lambda _, progress: pages.count_lines(progress), counted, group="index", quiet=True
        )

    def go_to(self, place: str) -> None:
        """Go to a place as typed: a line, an offset or a percentage."""
        pages, as_hex = self.pages, self.is_hex
        if pages is None:
            return
        self._going += 1
        going = self._going

        def found(offset: int) -> None:
            self._view.go_to(offset)
            self.count_lines()

        def stopped() -> None:
            if going == self._going:
                self.count_lines()

        # In the group of the job that counts lines, which it stops and whose work it goes on with.
        self._screen.ask(
            tr("going to {place}", place=safe(place)),
            lambda _, progress: pages.offset_of(place, progress, as_hex=as_hex),
            found,
            group="index",
            stopped=stopped,
        )

    def show_place(self) -> None:
        """In the frame: which line is on top, of how many, and how far that is in the file."""
        pages, view = self.pages, self._view
        if pages is None or not pages.size:
            view.border_subtitle = ""
            return
        whole = (pages.source if self.is_hex else pages.text).size
        share = f"{min(100, view.bottom_offset * 100 // max(1, whole))}%"
        if self.is_hex:
            view.border_subtitle = tr(
                "0x{top_offset:x} of 0x{whole:x} · {share}", top_offset=view.top_offset, whole=whole, share=share
            )
            return
        line, lines = view.top_line, pages.index.lines
        where = tr("line {line}", line=count_text(line)) if line is not None else ""
        of = tr(" of {lines}", lines=count_text(lines)) if lines is not None and where else ""
        counting = "" if lines is not None else f"{pages.index.reached * 100 // max(1, whole)}% counted"
        wrapped = "wrapped" if view.is_wrapped else ""
        view.border_subtitle = " · ".join(part for part in (where + of, counting, wrapped, share) if part)
