"""An app around one screen: the real theme, jobs and notices, and an Inspector that the test hands in."""

from datetime import datetime
from pathlib import Path

from textual.app import App
from textual.screen import Screen

import layertui.tui
from at_rest import at_rest
from layertui.tui.common.jobs import Jobs
from layertui.tui.common.screen_memory import Memory
from layertui.tui.common.themes import THEMES
from layertui.tui.screens.shared.notices import NoticeBoard
from layertui.tui.screens.shared.undo import UndoBoard
from layertui.tui.widgets.chrome.header_line import HeaderLine


class Stage(App):
    """Pushes one screen and records its answer and its messages."""

    CSS_PATH = str(Path(layertui.tui.__file__).parent / "layertui.tcss")
    confirm, start_shows, default_engine = "destructive", "container", "embedded"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (150, "-wide")]

    def __init__(self, screen: Screen | None = None, inspector=None) -> None:
        super().__init__()
        self.first = screen
        self.inspector = inspector
        self.jobs = Jobs(self, self.jobs_changed)
        self.notices = NoticeBoard(self)
        self.memory = Memory(None)
        self.undo = UndoBoard(self, self.notices.log)
        self.answers = []
        self.told = []
        self.notified = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.animation_level = "none"

    def on_mount(self) -> None:
        if self.first is not None:
            self.push_screen(self.first, self.answers.append)

    def show_notice(self, text, *, severity="information", seconds=5):
        self.told.append((severity, text))
        self.notify(text, severity=severity, timeout=seconds, markup=False)

    def notify(self, message, **options):
        self.notified.append(str(message))
        super().notify(message, **options)

    def on_unmount(self) -> None:
        self.undo.end()

    def jobs_changed(self) -> None:
        for screen in self.screen_stack:
            for header in screen.query(HeaderLine):
                header.jobs = self.jobs.running

    async def quiet(self, pilot) -> None:
        """Wait until no job runs and all that they brought is drawn."""
        await at_rest(self, pilot)


class Driven:
    """A screen on a stage, driven by keys."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    async def press(self, *keys):
        """One after another, each once all that the one before brought is drawn."""
        for key in keys:
            await self.pilot.press(key)
            await self.app.quiet(self.pilot)


class Still(datetime):
    """A stopped clock, twenty minutes after the images of `tui_values` were made."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 1, 2, 3, 24, 5, tzinfo=tz)
