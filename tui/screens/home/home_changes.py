"""What home does after something was changed by a dialog, a verb or another screen: list again, and look at what is new."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen

    from layertui.core.containers.model.container import Container
    from layertui.tui.screens.home.home_listing import HomeListing
    from layertui.tui.screens.home.home_opening import HomeOpening
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class HomeChanges:
    """The part of home that opens other screens and dialogs, and shows what they have changed."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        listing: HomeListing,
        opening: HomeOpening,
    ) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._listing = listing
        self._opening = opening

    def push(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Another screen or a dialog over home; `then` gets its answer, if it has one."""

        def done(answer: object) -> None:
            # First, since `then` may list again, and the newer listing is the one that is waited for.
            self._listing.list_all()
            self._opening.refresh_own_layer()
            if then is not None and answer:
                then(answer)

        self._screen.app.push_screen(screen, done)

    def seen(self, what: frozenset[str]) -> None:
        """Somebody has changed the store or the container that is looked at: only what changed is asked for again."""
        if what & {"life", "layer"}:
            self._listing.list_all()  # it tells the sizes of writable layers too
        if "layer" in what:
            self._opening.refresh_own_layer()

    def look_at_first(self) -> None:
        """There may be a first image now: look at it, if nothing else is looked at."""
        self._listing.list_all(self._opening.look_at_first)

    def look_at_container(self, name: str) -> None:
        """It is new: look at it, with the cursor on its row."""

        def then() -> None:
            for row in self._panes.containers.rows:
                if row.container.name == name:
                    self._panes.containers.go_to(row.key)
                    self._opening.look_at(f"container:{name}", name)
                    self._panes.containers.focus()

        self._listing.list_all(then)

    def look_at_image(self, name: str) -> None:
        """Look at an image, by a name or an ID of it, with the cursor on its row."""

        def then() -> None:
            row = next((row for row in self._panes.images.rows if name in (row.key, str(row.image.id))), None)
            if row is not None and self._panes.images.go_to(row.key):
                self._opening.look_at(row.key, row.title)
                self._panes.images.focus()

        self._listing.list_all(then)

    def life_changed(self, container: Container) -> None:
        """A container has another state or name: look at it."""
        self._listing.list_all()
        if self._state.selection.container != container.name:
            self._opening.look_at(f"container:{container.name}", container.name)
        else:
            self._opening.refresh_own_layer()

    def layer_changed(self, container: Container, path: str) -> None:
        """Something in a container's writable layer is other than before; what was changed is at `path` now: go there."""
        self._listing.list_all()
        self.go_to_path(container, path)
        self._opening.refresh_own_layer()

    def go_to_path(self, container: Container, path: str) -> None:
        """Show a path of a container as soon as it is there."""
        self._panes.files.want(path)
        opened = self._state.container
        if opened is None or opened.id != container.id:
            self._opening.look_at(f"container:{container.name}", container.name)

    def container_removed(self) -> None:
        """It may be the one that is looked at."""
        self._listing.list_all(self._opening.leave_lost_container)
