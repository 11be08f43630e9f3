"""The tour of one app: listens to acts and screens, shows its panel on each screen, and keeps how far it is."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from textual.screen import ModalScreen

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.tour.tour_facts import Noticing, verb_of
from layertui.tui.screens.tour.tour_panel import TourPanel, TourView
from layertui.tui.screens.tour.tour_progress import FACTS, TourProgress, keep_progress
from layertui.tui.screens.tour.tour_steps import STEPS
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.stack.path_fall import slabs_of
from layertui.tui.widgets.stack.stack_drawing import LOOKED_AT, WRITABLE, Slab

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App
    from textual.screen import Screen

    from layertui.tui.common.command_log import ActCommand
    from layertui.tui.screens.shared.base_screen import Host

KEYS = "^n next  ^r back  ^g hide"


class Tour:
    """Begun with `attach` once the app runs."""

    def __init__(self, file: Path, store: Path, progress: TourProgress) -> None:
        """`file` is where the progress is kept; `store` is shown."""
        self._file = file
        self._store = store
        self.progress = progress
        self._noticing = Noticing()
        self._note = ""
        self._hidden = False
        self._keeping = Lock()
        self._app: App[Any] | None = None

    @property
    def app(self) -> App[Any]:
        assert self._app is not None
        return self._app

    @property
    def host(self) -> Host:
        """The app, as screens see it."""
        return cast("Host", self.app)

    def attach(self, app: App[Any]) -> None:
        """Listen, and show the panel on the screen that is there."""
        self._app = app
        self.host.notices.log.listeners.append(self._acted)
        app.screen_change_signal.subscribe(app, self._screen_changed)
        self._screen_changed(app.screen)

    # -- what happens

    def _screen_changed(self, screen: Screen[Any]) -> None:
        self.app.call_later(self._join, screen)

    async def _join(self, screen: Screen[Any]) -> None:
        if isinstance(screen, InspectorScreen) and not isinstance(screen, ModalScreen) and screen.is_attached:
            if not screen.query(TourPanel):
                panel = TourPanel(self.view)
                panel.display = not self._hidden
                await screen.mount(panel)
            self.look()

    def look(self) -> None:
        """Look at the screen: something on it has changed."""
        stack = self.app.screen_stack
        below = stack[-2] if len(stack) > 1 else None
        self._saw(self._noticing.facts_of(self.app.screen, below))
        self._draw()

    def _acted(self, command: ActCommand) -> None:
        if not (verb := verb_of(command.words)):
            return
        fact = "started" if verb == "start" else verb
        before = self.progress
        self._saw({fact})
        if self.progress.at == before.at and not self.progress.ended and fact not in STEPS[before.at].facts:
            later = next(
                (number for number, step in enumerate(STEPS) if fact in step.facts and number > before.at), None
            )
            noted = (
                tr(": that is step {later}, and counts there", later=later + 1)
                if later is not None
                else tr(", which the tour does not need")
            )
            self._note = tr("You did `{verb}`{noted}. This step still waits.", verb=verb, noted=noted)
        self._draw()

    def _saw(self, facts: set[str]) -> None:
        before, self.progress = self.progress, self.progress.saw(facts & FACTS)
        if self.progress == before:
            return
        if self.progress.at != before.at:
            self._note = f"✓ {STEPS[before.at].shown}"
        self._keep()

    def move(self, by: int) -> None:
        """Go to another step, by the user's wish."""
        self.progress, self._note = self.progress.moved(by), ""
        self._keep()
        self._draw()

    def toggle(self) -> None:
        """Hide the panel, or show it again; what happens meanwhile counts too."""
        self._hidden = not self._hidden
        for panel in self._panels():
            panel.display = not self._hidden
        if self._hidden:
            self.host.show_notice(
                tr("The tour is hidden; ctrl+g shows it again, and `layertui tour` takes it up later.")
            )

    # -- what is shown

    def _panels(self) -> list[TourPanel]:
        return [panel for screen in self.app.screen_stack for panel in screen.query(TourPanel)]

    def _draw(self) -> None:
        for panel in self._panels():
            panel.refresh()

    def view(self) -> TourView:
        """What the panel shows now."""
        slabs, path = self._picture()
        progress = self.progress
        return TourView(progress.at, self._note, progress.missing, slabs, path, KEYS, one_line(str(self._store)))

    def _picture(self) -> tuple[list[Slab], str]:
        """The stack that is looked at: that of the lookup on the screen, else of the home screen."""
        home = next((screen for screen in self.app.screen_stack if isinstance(screen, HomeScreen)), None)
        if home is None:
            return [], ""
        state = home.state
        if isinstance(self.app.screen, LookupScreen):
            trace = self.app.screen.query_one(LookupView).trace
            if trace is not None:
                lookup = self.app.screen.query_one(LookupView)
                return [slab._replace(note="") for slab in slabs_of(trace, lookup.commands, lookup.own)], one_line(
                    trace.path
                )
        slabs = []
        steps = {step.number: step.command or step.comment for step in state.steps}
        for number in range(state.top, 0, -1):
            own = number == state.own_number
            text = tr("writable layer") if own else one_line(steps.get(number) or "")
            slabs.append(Slab(WRITABLE if own else str(number), text, LOOKED_AT if number == state.layer else ""))
        return slabs, ""

    # -- what is kept

    def _keep(self) -> None:
        home = self.app.screen_stack[0]
        self.host.jobs.start(
            home,
            tr("keeping the tour"),
            lambda _: self.keep(),
            lambda _: None,
            group="tour",
            quiet=True,
            failed=lambda error: self.host.show_notice(
                tr("The tour cannot be kept: {error}", error=error), severity="warning"
            ),
        )

    def keep(self) -> None:
        """Write how far it is. It blocks; raises LayertuiError."""
        with self._keeping:
            keep_progress(self._file, self.progress)
