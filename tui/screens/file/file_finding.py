"""The part of a FileScreen that finds a text in the file, and asks for a place to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.finding import Finder
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.forms.find_bar import FindBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.analysis.file_pages.content_search import ContentMatch, ContentPattern
    from layertui.tui.screens.file.file_reading import FileReading
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.pages.archive_list import ArchiveList
    from layertui.tui.widgets.pages.paged_view import PagedView


ENTRIES = "entries"


class FileFinding:
    """The pattern, its last match, and the bar in which it is typed; of an archive's entries, a filter."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        view: PagedView,
        entries: ArchiveList,
        reading: FileReading,
        no_rows: Callable[[], str],
    ) -> None:
        """`no_rows` says why no rows of the file are visible at the moment."""
        self._screen = screen
        self._entries = entries
        self._filter = Finder(
            self._mount, lambda _, pattern: entries.narrow(pattern), lambda *_: screen.set_focus(entries)
        )
        self._view = view
        self._reading = reading
        self._no_rows = no_rows
        self._pattern: ContentPattern | None = None
        self._match: ContentMatch | None = None
        self._bar: FindBar | None = None

    def actions(self) -> dict[str, Action]:
        """`/`, `n`, `N` and `:`."""
        return {
            "find": Action(self._open_find, self._no_find),
            "next_match": Action(self._next_match, self._no_pattern),
            "go_to": Action(self._open_go_to, self._no_rows),
        }

    @property
    def is_typing(self) -> bool:
        """Whether a bar has the keys."""
        return self._bar is not None or self._filter.is_open

    def forget_filter(self) -> None:
        """The entries are others."""
        self._filter.forget(ENTRIES)

    def forget_match(self) -> None:
        """The rows are others: the next search begins at the top of the screen."""
        self._match = None

    # -- the bar

    def _no_find(self) -> str:
        return "" if self._entries.display else self._no_rows()

    def clear_filter(self) -> bool:
        """For Esc: show all entries again; False if they are not filtered."""
        return self._entries.display and self._filter.clear(ENTRIES)

    def _mount(self, bar: FindBar) -> None:
        self._screen.mount(bar, before=self._screen.query_one(KeyBar))

    def _open_find(self) -> None:
        if self._entries.display:
            self._filter.open(ENTRIES, tr("entries"))
            return
        hint = tr("text or /regex/")
        self._open_bar(FindBar(tr("in the file"), self._pattern.typed if self._pattern else "", placeholder=hint))

    def _open_go_to(self) -> None:
        what = tr("an offset, 0x1f4 or 50%") if self._reading.is_hex else tr("a line, 0x1f4 or 50%")
        self._open_bar(FindBar(tr("go to"), sign=":", placeholder=what, id="go-to"))

    def _open_bar(self, bar: FindBar) -> None:
        if self._bar is None:
            self._bar = bar
            self._mount(bar)

    def typed(self, text: str) -> None:
        """For `FindBar.Typed`: mark what is on the screen already, or say what is wrong with the expression."""
        if self._bar is None:
            self._filter.typed(text)
            return
        if self._bar.id == "go-to":
            return
        try:
            self._use_pattern(text)
        except LayertuiError as error:
            self._bar.show_count(one_line(error))
        else:
            self._bar.show_count("")

    def bar_closed(self, *, keep: bool) -> None:
        """For `FindBar.Closed`: search, or go to the place."""
        bar, self._bar = self._bar, None
        if bar is None:
            self._filter.bar_closed(keep=keep)
            self._screen.refresh_bindings()
            return
        self._view.focus()
        typed = bar.typed
        bar.remove()
        if bar.id == "go-to":
            if keep and typed:
                self._reading.go_to(typed)
            return
        try:
            self._use_pattern(typed if keep else "")
        except LayertuiError as error:
            self._screen.show_error(error)
        self._match = None
        if self._pattern is not None:
            self._search(self._view.top_offset, back=False)

    # -- the search

    def _use_pattern(self, typed: str) -> None:
        from layertui.core.analysis.file_pages.content_search import ContentPattern

        self._pattern = None
        self._pattern = ContentPattern(typed) if typed else None
        self._view.show_pattern(self._pattern)
        self._screen.refresh_bindings()

    def _no_pattern(self) -> str:
        has_one = self._filter.pattern(ENTRIES) if self._entries.display else self._pattern
        return (
            ""
            if has_one is not None
            else tr("there is nothing to find: {find} asks for it", find=key_name("find", "/"))
        )

    def _next_match(self, by: int) -> None:
        if self._entries.display:
            self._entries.next_match(by)
            return
        view, match = self._view, self._match
        if match is not None and view.top_offset <= match.start < view.bottom_offset:
            self._search(match.start + (by > 0), back=by < 0)
        else:
            self._search(view.top_offset, back=by < 0)

    def _search(self, offset: int, *, back: bool) -> None:
        pages, pattern, as_hex = self._reading.pages, self._pattern, self._reading.is_hex
        if pages is None or pattern is None:
            return

        def found(match: ContentMatch | None) -> None:
            if match is None:
                none = tr("No match above.") if back else tr("No match below.")
                self._screen.show_notice(none, severity="warning", seconds=3)
            else:
                self._match = match
                self._view.show_match(match)

        self._screen.ask(
            tr("searching {typed}", typed=safe(pattern.typed)),
            lambda _, progress: pages.find(pattern, offset, progress, back=back, as_hex=as_hex),
            found,
            group="search",
        )
