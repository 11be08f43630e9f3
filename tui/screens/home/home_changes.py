"""What home does after something was changed by a dialog, a verb or another screen: list again, and look at what is new."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.tui.screens.home.engines.home_engines import HomeEngines
    from layertui.tui.screens.home.home_listing import HomeListing
    from layertui.tui.screens.home.home_opening import HomeOpening
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorDialog, InspectorScreen


class HomeChanges:
    """The part of home that opens other screens and dialogs, and shows what they have changed."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        listing: HomeListing,
        engines: HomeEngines,
        opening: HomeOpening,
    ) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._listing = listing
        self._engines = engines
        self._opening = opening

    def list_engine(self, engine: str, then: Callable[[], None] | None = None) -> None:
        """List one engine again, the default one for an empty name; `then` is called once its listing has come."""
        if engine:
            self._engines.list(engine, then)
        else:
            self._listing.list_all(then)

    def push(
        self,
        screen: InspectorScreen[Any] | InspectorDialog[Any],
        then: Callable[[Any], None] | None = None,
        engine: str = "",
    ) -> None:
        """Another screen or a dialog over home, about something in this engine; `then` gets its answer, if it has one."""

        def done(answer: object) -> None:
            # First, since `then` may list again, and the newer listing is the one that is waited for.
            self.list_engine("")
            if engine:
                self.list_engine(engine)
            self._opening.refresh_writable_layer()
            if then is not None and answer:
                then(answer)

        self._screen.app.push_screen(screen.on_engine(engine), done)

    def seen(self, what: frozenset[str], engine: str = "") -> None:
        """An engine, or the container that is shown, has changed: only what changed is asked for again."""
        if what & {"life", "layer"}:
            self.list_engine(engine)  # it lists the sizes of writable layers too
        if "layer" in what and engine == self._state.selection.engine:
            self._opening.refresh_writable_layer()

    def look_at_first(self) -> None:
        """There may be a first image now: look at it, if nothing else is looked at."""
        self._listing.list_all(self._opening.look_at_first)

    def look_at_container(self, name: str, engine: str = "", path: str = "") -> None:
        """It is new: look at it, with the cursor on its row; and at a path in it."""

        def then() -> None:
            for row in self._panes.containers.rows:
                if row.container.name == name and row.engine == engine:
                    self._panes.containers.go_to(row.key)
                    self._panes.go_to("containers")
                    if path:
                        self._panes.files.want(path)
                    self._opening.look_at_row(row)

        self.list_engine(engine, then)

    def look_at_image(self, name: str, engine: str = "") -> None:
        """Look at an image, by a name or an ID of it, with the cursor on its row."""

        def then() -> None:
            found = (row for row in self._panes.images.rows if row.engine == engine)
            row = next((row for row in found if name in (row.local, str(row.image.id))), None)
            if row is not None and self._panes.images.go_to(row.key):
                # First: the list that has the focus may be about to report that its row is another one, which would be looked at.
                self._panes.go_to("images")
                self._opening.look_at_row(row)

        self.list_engine(engine, then)

    def life_changed(self, container: Container, engine: str = "") -> None:
        """A container has another state or name: look at it."""
        self.list_engine(engine)
        selection = self._state.selection
        if (selection.container, selection.engine) != (container.name, engine):
            self._look_at(container, engine)
        else:
            self._opening.refresh_writable_layer()

    def layer_changed(self, container: Container, path: str, engine: str = "") -> None:
        """Something in a container's writable layer is other than before; what was changed is at `path` now: go there."""
        self.list_engine(engine)
        self.go_to_path(container, path, engine)
        self._opening.refresh_writable_layer()

    def go_to_path(self, container: Container, path: str, engine: str = "") -> None:
        """Show a path of a container as soon as it is there."""
        self._panes.files.want(path)
        opened = self._state.container
        if opened is None or opened.id != container.id or self._state.selection.engine != engine:
            self._look_at(container, engine)

    def _look_at(self, container: Container, engine: str) -> None:
        listing = self._state.of_engine(engine)
        prefix = listing.prefix if listing is not None else ""
        self._opening.look_at(f"{prefix}container:{container.name}", container.name, engine)

    def container_removed(self, engine: str = "") -> None:
        """It may be the one that is looked at."""
        self.list_engine(engine, self._opening.leave_lost_container)
