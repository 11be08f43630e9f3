"""Memory: what one run of the screen remembers, from the file of the last run to that of the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layertui.tui.common.remembered_state import (
    MOST_BOOKMARKS,
    MOST_RECENT,
    MOST_TYPED,
    Bookmark,
    RememberedState,
    ScreenPlace,
    first,
    keep_state,
    merged,
    read_state,
    store_key,
)

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.settings import Settings

FILE = "screen.json"


class Memory:
    """Without settings, or where they say so, nothing is read or written: it is then only of this session."""

    def __init__(self, settings: Settings | None, folder: Path | None = None) -> None:
        """`folder` is the user's state folder, found when it is first needed."""
        self._settings = settings if settings is not None and settings.remember else None
        self._folder = folder
        self._key = store_key(settings.store, settings.engine) if settings is not None else ""
        self._may_write = True
        self.state = RememberedState()
        self._bookmarks_read: tuple[Bookmark, ...] = ()

    @property
    def path(self) -> Path | None:
        """The file; None if nothing is kept."""
        if self._settings is None:
            return None
        if self._folder is None:
            from layertui.core.settings import user_state

            self._folder = user_state()
        return self._folder / FILE

    @property
    def place(self) -> ScreenPlace:
        """Where this store's screen was left."""
        return self.state.places.get(self._key, ScreenPlace())

    def read(self) -> str:
        """Read the file; in one line why it is ignored, else an empty text. It may block: in a job."""
        path = self.path
        if path is None:
            return ""
        found, problem = read_state(path)
        self._may_write = found is not None
        if found is None:
            return problem
        # What was typed, opened and bookmarked before the file was read stays.
        self.state = replace(_with(self.state, found, self._bookmarks_read), places=found.places)
        self._bookmarks_read = found.bookmarks
        return problem

    def keep(self, place: ScreenPlace) -> None:
        """Write the file, with what another session has kept meanwhile. An error loses only the memory."""
        from layertui.core.errors import LayertuiError

        path, ours = self.path, self.state
        if path is None or not self._may_write:
            return
        theirs, _ = read_state(path)
        if theirs is None:
            return
        state = replace(_with(ours, theirs, self._bookmarks_read), places=theirs.places or ours.places)
        try:
            keep_state(path, state.at(self._key, place))
        except (LayertuiError, OSError):
            return

    # -- during the session

    def typed(self, what: str) -> tuple[str, ...]:
        """What was typed into filters or lookups, the newest first."""
        return self.state.filters if what == "filters" else self.state.lookups

    def note_typed(self, what: str, text: str) -> None:
        """It was typed, and meant."""
        if not text.strip():
            return
        if what == "filters":
            self.state = replace(self.state, filters=first(text, self.state.filters, MOST_TYPED))
        else:
            self.state = replace(self.state, lookups=first(text, self.state.lookups, MOST_TYPED))

    def note_opened(self, path: str) -> None:
        """An archive or a layout folder was opened."""
        self.state = replace(self.state, recent=first(path, self.state.recent, MOST_RECENT))

    def turn_bookmark(self, bookmark: Bookmark) -> bool:
        """Set a bookmark, or take it away; whether it is set now."""
        others = tuple(one for one in self.state.bookmarks if one != bookmark)
        is_set = len(others) == len(self.state.bookmarks)
        self.state = replace(self.state, bookmarks=((bookmark,) if is_set else ()) + others[: MOST_BOOKMARKS - 1])
        return is_set


def _with(ours: RememberedState, theirs: RememberedState, before: tuple[Bookmark, ...]) -> RememberedState:
    """Ours with what is in the file. A bookmark that was there `before` is in neither if one of the two took it away."""
    kept = tuple(one for one in ours.bookmarks if one in theirs.bookmarks or one not in before)
    added = tuple(one for one in theirs.bookmarks if one not in before and one not in kept)
    return replace(
        ours,
        filters=merged(ours.filters, theirs.filters, MOST_TYPED),
        lookups=merged(ours.lookups, theirs.lookups, MOST_TYPED),
        recent=merged(ours.recent, theirs.recent, MOST_RECENT),
        bookmarks=(kept + added)[:MOST_BOOKMARKS],
    )
