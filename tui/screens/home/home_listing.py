"""What home lists: the images and containers of the store, and the archives that were opened beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import unreadable_text
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.home.home_questions import Listing, listing_of
from layertui.tui.screens.home.home_titles import show_titles
from layertui.tui.widgets.lists.container_table import container_rows
from layertui.tui.widgets.lists.image_table import ImageRow

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.inspector.subject import Subject
    from layertui.tui.screens.home.home_comparing import Marks
    from layertui.tui.screens.home.home_details import HomeDetails
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.screens.shared.finding import Finder


class HomeListing:
    """The part of home that fills Images and Containers, again whenever something has changed."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        finder: Finder,
        marks: Marks,
        details: HomeDetails,
        clock: Callable[[], datetime],
        *,
        answered: Callable[[bool], None],
    ) -> None:
        """`answered` is called when it is first known what the default engine has, and with False each time it does not answer."""
        self._screen = screen
        self._state = state
        self._panes = panes
        self._finder = finder
        self._marks = marks
        self._details = details
        self._clock = clock
        self._answered = answered
        self._waiting: list[Callable[[], None]] = []
        self._error = ""
        self._outside: dict[str, ImageRow] = {}
        """Archives and folders outside the store that were opened, by the name that opens them."""

    def list_all(self, then: Callable[[], None] | None = None) -> None:
        """Ask for images and containers again; `then` is called with the next listing, whichever question brings it."""
        if then is not None:
            self._waiting.append(then)
        self._screen.ask(
            tr("listing images"),
            listing_of,
            self._listed,
            group="list",
            quiet=self._state.listing is not None,
            failed=self._not_listed,
        )

    def _not_listed(self, error: Exception) -> None:
        """An error is shown once, however often it repeats."""
        line = one_line(error)
        if line != self._error:
            self._error = line
            self._screen.show_error(error)
        if self._state.listing is None and self._state.subject is None:
            self._panes.files.show_waiting(line.replace("`", "'"))
        self._answered(False)

    def _listed(self, listing: Listing) -> None:
        self._error = ""
        before = self._state.listing
        if listing.unreadable > (before.unreadable if before is not None else 0):
            self._screen.show_notice(unreadable_text(listing.unreadable), severity="warning", seconds=10)
        if listing != before:
            self._state.list(listing)
            self._screen.host.notices.states_are(listing.containers)
            self.show()
            if (
                self._state.container is not None and not self._state.selection.engine
            ):  # its writable layer's size comes with the listing
                self._details.show_tab(from_start=False)
            self._screen.refresh_bindings()
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()
        if before is None:
            self._answered(True)

    def show(self) -> None:
        """Images and containers in their panes, which are as high as they have rows."""
        if not self._state.shown:
            return
        now, shown, filled = self._clock(), self._state.shown, self._state.filled
        used = {(one.engine, str(container.image_id)) for one in shown for container in one.containers}
        # Until the default engine has answered once, its name is shown above the others with the reason why it does not.
        why = self._error.rpartition(": ")[
            2
        ]  # what comes before it, such as an address, has no room here; `E` shows it
        silent = f"{self._screen.inspector.settings.engine}: {why}" if self._state.listing is None else ""
        names = {one.engine: one.engine_name for one in filled} if len(filled) > 1 or silent else {}
        containers = [
            row
            for one in shown
            for row in container_rows(
                one.containers, one.sizes, unknown=one.no_sizes, engine=one.engine, prefix=one.prefix
            )
        ]
        for table in (self._panes.images, self._panes.containers):
            table.show_engines(names, silent)
        self._panes.images.show_rows((*self._outside.values(), *(row for one in shown for row in one.rows)), used, now)
        self._panes.containers.show_rows(containers, now)
        self._panes.header.engine = " + ".join(one.engine_name for one in filled)
        self._panes.fit_lists()
        show_titles(self._state, self._panes, self._finder)
        images = self._panes.images.items
        self._marks.keep([*(row.key for row in images), *(row.name for row in containers)])

    # -- archives outside the store

    def keep(self, subject: Subject) -> bool:
        """Give an image of an archive or a registry that was opened a row, so that one can come back to it.

        False for what has a row already. An archive has one beside the store's row of the same image: it is another place.
        """
        from layertui.core.engines.discover import REGISTRY
        from layertui.core.engines.image_values import ImageSummary

        name, image, listing = self._state.selection.name, subject.image, self._state.listing
        engine = self._state.selection.engine
        if subject.container is not None or listing is None or name in self._outside:
            return False
        if engine and not engine.startswith(REGISTRY):
            return False
        if any(row.key == name for row in self._panes.images.items):
            return False
        if subject.engine is not None and any(one.id == image.id for one in listing.images):
            return False
        summary = ImageSummary(
            id=image.id,
            digest=None if image.manifest_is_made else image.digest,
            names=image.names,
            created=image.config.created,
            size=self._state.size,
            stored_size=sum(layer.size for layer in image.layers),
        )
        if os.path.exists(name):
            self._screen.host.memory.note_opened(os.path.abspath(name))
        self._outside[name] = ImageRow(name, name.rpartition("/")[2] or name, summary, is_file=True)
        self.show()
        self._panes.images.go_to(name)
        return True

    def size_known(self) -> None:
        """An archive's row could not say its size before its layers were read."""
        row = self._outside.get(self._state.selection.name)
        if row is not None and row.image.size is None:
            self._outside[row.key] = row._replace(image=replace(row.image, size=self._state.size))
            self.show()
