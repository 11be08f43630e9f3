"""Where home is, as it is remembered, and how it gets there again: after the first frame, and only to what is still there."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.common.remembered_state import MOST_FOLDS, Bookmark, ScreenPlace
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.pane_layout import PANES
from layertui.tui.widgets.lists.column_table import Table

if TYPE_CHECKING:
    from layertui.tui.common.screen_memory import Memory
    from layertui.tui.screens.home.home_files import HomeFiles
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.screens.shared.finding import Finder


class Opens(Protocol):
    """What leads to an image or a container: HomeOpening, which opens dialogs of this folder itself."""

    def look_at(self, name: str, title: str | None = None, engine: str = "") -> None: ...


class HomeMemory:
    """The part of home that remembers; with the keys for bookmarks and for archives that were opened before."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        finder: Finder,
        files: HomeFiles,
        opening: Opens,
    ) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._finder = finder
        self._files = files
        self._opening = opening
        self._wanted: ScreenPlace | None = None
        """Where to go as soon as it is known that it is there."""

    @property
    def _memory(self) -> Memory:
        return self._screen.host.memory

    def actions(self) -> dict[str, Action]:
        """What the keys for bookmarks and archives name."""
        return {
            "bookmark": Action(self._bookmark, self._no_bookmark),
            "bookmarks": Action(self._bookmarks),
            "open_archive": Action(self._open_archive),
        }

    # -- from run to run

    def place(self) -> ScreenPlace:
        """Where home is."""
        state, panes, selection = self._state, self._panes, self._state.selection
        wanted = self._wanted
        if wanted is not None and selection.name != wanted.name:
            return wanted  # left before it was reached
        orders = {pane: rows.order_name for pane, rows in panes.lists.items() if isinstance(rows, Table)}
        filters = {pane: pattern.typed for pane in panes.lists if (pattern := self._finder.pattern(pane)) is not None}
        arrangement, view, folds = panes.frame.arrangement, panes.files.view, panes.files.folds
        return ScreenPlace(
            name=os.path.abspath(selection.name) if self._is_file(selection.name) else selection.name,
            title=selection.title,
            engine=selection.engine,
            layer=None if selection.layer in (None, state.top) else selection.layer,
            alone=selection.alone,
            path=panes.files.path or selection.path or "",
            pane=panes.focused,
            tab=panes.details.tab,
            only_changes=state.only_changes,
            with_removed=state.with_removed,
            zoom=arrangement.zoom,
            orders={**orders, "files": panes.files.order},
            filters={pane: text for pane, text in filters.items() if pane != "layers"},
            sizes=dict(arrangement.dragged),
            folds=folds.unfolded(view, MOST_FOLDS) if folds is not None and view is not None else (),
        )

    def _is_file(self, name: str) -> bool:
        return any(row.key == name and row.is_file for row in self._panes.images.items) and os.path.exists(name)

    def restore(self, place: ScreenPlace, *, whole: bool) -> None:
        """Arrange home as it was; with `whole`, go also to where it was, once that is listed."""
        from layertui.tui.widgets.files.tree_line import ORDERS

        panes, state = self._panes, self._state
        for pane, order in place.orders.items():
            rows = panes.lists.get(pane)
            if isinstance(rows, Table):
                rows.order_by(order)
            elif pane == "files":
                panes.files.order = order if order in ORDERS else panes.files.order
        panes.frame.rearrange(zoom=place.zoom, dragged=_known(place.sizes))
        if not whole or not place.name:
            return
        self._wanted = place
        state.only_changes, state.with_removed = place.only_changes, place.with_removed
        panes.files.to_unfold = place.folds
        for pane, text in place.filters.items():
            if pane in panes.lists:
                self._narrow(pane, text)

    def _narrow(self, pane: str, text: str) -> None:
        import re

        from layertui.tui.widgets.text.text_match import Pattern

        with suppress(re.error):
            self._finder.narrow(pane, Pattern.of(text))

    def listed(self, engine: str = "") -> bool:
        """An engine has listed what it has: go to where home was, if that is there; whether it goes."""
        place, selection = self._wanted, self._state.selection
        if place is None or place.engine != engine:
            return False
        self._wanted = None
        if engine and selection.name and selection.name not in [row.key for row in self._panes.images.rows[:1]]:
            return False  # something else was chosen while it did not answer
        listing = self._state.of_engine(engine)
        if listing is None:
            return False
        panes = self._panes
        is_there = any(row.key == place.name for row in panes.images.items) or any(
            row.name == place.name for row in panes.containers.items
        )
        if not is_there and not (os.path.isabs(place.name) and os.path.exists(place.name)):
            return False
        self._files.when_read(place.name, place.path or "/", place.layer, alone=place.alone)
        self._opening.look_at(place.name, place.title or place.name, place.engine)
        if not panes.images.go_to(place.name):
            for row in panes.containers.rows:
                if row.name == place.name:
                    panes.containers.go_to(row.key)
        panes.details.show_kind(of_container=self._state.selection.container is not None)
        if place.tab:
            panes.details.turn_to(place.tab)
        if place.pane in PANES:
            panes.go_to(place.pane)
        return True

    # -- bookmarks and archives

    def _no_bookmark(self) -> str:
        if self._panes.focused == "files" and self._panes.files.path is not None:
            return ""
        return tr(
            "a bookmark is for a file or folder: {files} leads to the files", files=key_name("pane('files')", "4")
        )

    def _bookmark(self) -> None:
        path, selection = self._panes.files.path, self._state.selection
        if path is None:
            return
        is_set = self._memory.turn_bookmark(Bookmark(selection.name, selection.title, selection.engine, path))
        done = (
            tr(
                "Bookmarked {path} of {title}: {bookmarks} lists the bookmarks.",
                bookmarks=key_name("bookmarks", "B"),
                path=path,
                title=selection.title,
            )
            if is_set
            else tr("No bookmark at {path} any more.", path=path)
        )
        self._screen.show_notice(done, seconds=4)

    def _bookmarks(self) -> None:
        from layertui.tui.screens.home.remembered.bookmarks_dialog import BookmarksDialog

        def chosen(bookmark: Bookmark | None) -> None:
            if bookmark is not None:
                self.go_to(bookmark)

        self._screen.app.push_screen(BookmarksDialog(self._memory.state.bookmarks, self._memory.turn_bookmark), chosen)

    def go_to(self, bookmark: Bookmark) -> None:
        """Show a bookmarked path."""
        name, title, engine, path = bookmark
        if name == self._state.selection.name and self._state.stack is not None:
            self._files.go_to(path, self._state.top)
        else:
            self._files.when_read(name, path, None)
            self._opening.look_at(name, title, engine)
            self._panes.images.go_to(name)
        self._panes.go_to("files")

    def _open_archive(self) -> None:
        self._ask_which(self._memory.state.recent)

    def choose_archive(self, found: Sequence[str]) -> None:
        """A folder that is no image, but has archives in it: ask which one."""
        if found:
            self._ask_which(found, to_choose=True)

    def _ask_which(self, offered: Sequence[str], *, to_choose: bool = False) -> None:
        from layertui.tui.screens.home.remembered.open_dialog import OpenDialog

        def chosen(path: str | None) -> None:
            if path:
                self.open_archive(path)

        self._screen.app.push_screen(OpenDialog(offered, to_choose=to_choose), chosen)

    def open_archive(self, path: str) -> None:
        """Open an archive or a layout folder in place."""
        whole = os.path.abspath(os.path.expanduser(path))
        self._memory.note_opened(whole)
        self._opening.look_at(whole, os.path.basename(whole) or whole)
        self._panes.go_to("layers")


def _known(sizes: Mapping[str, int]) -> Mapping[str, int]:
    return {name: size for name, size in sizes.items() if 0 < size < 1000}
