"""The engines besides the default one: listed when they answer, followed, and asked again after they were lost.

Each is asked on threads of its own that nothing waits for, so that a daemon that is silent holds up neither a key nor the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.home.home_questions import Listing, listings_of

if TYPE_CHECKING:
    from layertui.core.progress import Progress
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen

RETRY = 5.0
"""Seconds until an engine that was lost, or reports no changes, is listed again."""
SOON = 0.5
"""Seconds until an engine is listed again whose changes were followed for long."""


class HomeEngines:
    """The part of home that keeps the listings of other engines in the state."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        *,
        listed: Callable[[str], None],
        changed: Callable[[str, frozenset[str]], None],
        list_default: Callable[[], None],
    ) -> None:
        """`listed` is called when the listing of an engine has come or gone, `changed` when something in it has changed.

        `list_default` lists the default engine again.
        """
        self._screen = screen
        self._state = state
        self._listed = listed
        self._changed = changed
        self._list_default = list_default
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        self._opened: tuple[str, str | None] = "", None
        """The engine and the ID of the container that is looked at."""
        self._followed: dict[str, str | None] = {}
        """The engines whose changes are followed, each with the container whose changes are followed too."""
        self._due: set[str] = set()
        self._reported: dict[str, str] = {}

    def find(self) -> None:
        """Ask which engines there are, and list each."""
        self._screen.ask(
            tr("looking for engines"), lambda i, _: i.engine_names()[1:], self._found, group="engines", quiet=True
        )

    def without_default(self) -> None:
        """The default engine does not answer: list the others at once, and ask it again after a while."""
        if not self._state.engines:
            self.find()
        self._list_after(RETRY, "")

    def _found(self, names: list[str]) -> None:
        self._state.engines = tuple(names)
        for name in names:
            self.list(name)

    def list(self, engine: str, then: Callable[[], None] | None = None) -> None:
        """List an engine again; `then` is called with its next listing, whichever question brings it."""
        if then is not None:
            self._waiting.setdefault(engine, []).append(then)
        before = self._state.others.get(engine)

        def call(progress: Progress) -> Iterator[Listing]:
            return listings_of(self._screen.inspector, engine, before, progress)

        self._screen.host.jobs.follow(
            self._screen,
            call,
            lambda listing: self._take(engine, listing),
            group=f"list {engine}",
            ended=lambda error: self._lost(engine, error) if error is not None else None,
        )

    def _take(self, engine: str, listing: Listing) -> None:
        if listing.problem:
            self._report(
                engine,
                tr("the containers of {engine} are not shown: {problem}", engine=engine, problem=listing.problem),
            )
            self._list_after(RETRY, engine)
        elif self._reported.pop(engine, None) and engine in self._state.silent:
            self._screen.show_notice(tr("{engine} answers again.", engine=engine), seconds=3)
        self._state.silent.pop(engine, None)
        if listing != self._state.others.get(engine):
            self._state.list(listing)
            self._screen.host.notices.states_are(listing.containers)
            self._listed(engine)
        for then in self._waiting.pop(engine, []):
            then()
        self._follow(engine)

    def _lost(self, engine: str, error: Exception) -> None:
        """It does not answer: its rows go, and one line says why; the next answer brings them back."""
        had = self._state.others.pop(engine, None) is not None
        self._followed.pop(engine, None)
        self._waiting.pop(engine, None)
        self._state.silent[engine] = one_line(error)
        self._report(engine, tr("{engine} is not shown: {error}", engine=engine, error=one_line(error)))
        if had:
            self._listed(engine)
        self._list_after(RETRY, engine)

    def _report(self, engine: str, line: str) -> None:
        """Say once what is wrong with an engine, however often it is found."""
        if self._reported.get(engine) != line:
            self._reported[engine] = line
            self._screen.show_notice(line, severity="warning", seconds=10)

    def follow(self, engine: str, container: str | None) -> None:
        """Hear of what changes in every engine, and in the container of this one that is looked at."""
        self._opened = engine, container
        for other in ("", *self._state.others):
            self._follow(other)

    def _follow(self, engine: str) -> None:
        container = self._opened[1] if self._opened[0] == engine else None
        if engine in self._followed and self._followed[engine] == container:
            return
        self._followed[engine] = container
        begun = monotonic()

        def call(progress: Progress) -> Iterator[frozenset[str]]:
            return self._screen.inspector_of(engine).changes(container, progress)

        def ended(error: Exception | None) -> None:
            was_long = monotonic() - begun > RETRY
            if not engine and not was_long and error is None:  # the default engine reports no changes
                return
            self._followed.pop(engine, None)
            self._list_after(SOON if was_long else RETRY, engine)

        self._screen.host.jobs.follow(
            self._screen, call, lambda what: self._changed(engine, what), group=f"changes {engine}", ended=ended
        )

    def _list_after(self, seconds: float, engine: str) -> None:
        def again() -> None:
            self._due.discard(engine)
            if engine:
                self.list(engine)
            else:
                self._list_default()
                self._follow("")

        if engine not in self._due:
            self._due.add(engine)
            self._screen.set_timer(seconds, again)

    def unfollow(self) -> None:
        """Hear no more of any."""
        for engine in ("", *self._state.engines):
            for what in ("list", "changes"):
                self._screen.host.jobs.unfollow(self._screen, f"{what} {engine}")
