"""The Textual app: holds the screens, the theme and the jobs, and gives the screens the Inspector.

Whatever the first frame does not need is imported after it: the Inspector, and with it the whole core, is created on
the thread of the first job, while the empty panes are already on the screen.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, Monochrome, NoColor
from textual.geometry import Offset, Size
from textual.markup import escape

from layertui.core.language.texts import marked, tr
from layertui.tui.app_appearance import AppAppearance
from layertui.tui.app_keys import AppKeys
from layertui.tui.common.app_ending import AppEnding
from layertui.tui.common.command_log import CommandLog
from layertui.tui.common.format import one_line
from layertui.tui.common.jobs import Jobs
from layertui.tui.common.keys.key_names import key_name, label_of
from layertui.tui.common.screen_memory import Memory
from layertui.tui.common.themes import variables_for, visible_variables
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.notices import NoticeBoard
from layertui.tui.screens.shared.undo import UndoBoard
from layertui.tui.textual_patches.caches import patch_styles_cache, shrink_strip_cache
from layertui.tui.textual_patches.frame_rate import raise_frame_rate
from layertui.tui.textual_patches.key_queue import KeyQueue
from layertui.tui.textual_patches.paste_parser import patch_terminal_parser
from layertui.tui.textual_patches.terminal_answers import ask_background
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.screen import Screen

    from layertui.core.inspector import Inspector
    from layertui.core.settings import Settings
    from layertui.tui.screens.find.typed_query import TypedQuery
    from layertui.tui.screens.tour.tour import Tour
    from layertui.tui.textual_patches.terminal_answers import TerminalBackground
    from layertui.tui.widgets.lists.found_list import FoundRow


LARGEST = Size(1000, 500)
"""The largest number of columns and rows to draw, whatever the terminal reports: all are drawn before the next key is read."""

OF_TEXTUAL = (
    marked("Quit"),
    marked("Quit the app and return to the command prompt."),
    marked("Copy selected text"),
    marked("Focus Next"),
    marked("Focus Previous"),
)
"""What Textual calls its own actions, which the palette lists, too."""


class LayerTui(App[None]):
    """Open images and containers, layer by layer."""

    TITLE = "layertui"
    CSS_PATH = "layertui.tcss"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (150, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", tr("help"), tooltip=tr("Show all keys that work here")),
        Binding(
            "ctrl+f",
            "find_files",
            tr("find files"),
            show=False,
            tooltip=tr("Find files by name or content: in this image, in all, or in all engines"),
        ),
        Binding(
            "semicolon",
            "command_log",
            tr("command log"),
            show=False,
            tooltip=tr("Show what was done in this session, with the commands that do the same"),
        ),
        Binding(
            "u",
            "undo",
            tr("undo"),
            show=False,
            tooltip=tr(
                "Undo the last tag, untag, rename or delete of a file, or cleared marks, while its notice is shown"
            ),
        ),
        Binding(
            "full_stop,shift+f10",
            "menu",
            tr("menu of the row"),
            show=False,
            tooltip=tr("Show a menu of what can be done with the row under the cursor; a right click too"),
        ),
        Binding("J", "jobs", tr("jobs"), show=False, tooltip=tr("List the running jobs, and stop one of them")),
        Binding(
            "ctrl+g",
            "tour",
            tr("tour"),
            show=False,
            tooltip=tr("Take the tour in ten steps, in a store of its own; in it: hide it"),
        ),
        Binding(
            "ctrl+n",
            "tour_step(1)",
            tr("next step of the tour"),
            show=False,
            tooltip=tr("Go to the next step of the tour"),
        ),
        Binding(
            "ctrl+r", "tour_step(-1)", tr("step back in the tour"), show=False, tooltip=tr("Go back a step in the tour")
        ),
        Binding(
            "ctrl+z", "suspend_process", tr("to the shell"), show=False, tooltip=tr("Suspend layertui; `fg` returns")
        ),
    ]

    def __init__(
        self,
        settings: Settings | None,
        image: str | None = None,
        *,
        inspector: Inspector | None = None,
        clock: Callable[[], datetime] | None = None,
        tour: Tour | None = None,
    ) -> None:
        """Without settings, which only an Inspector can stand in for, those of the screen have their defaults."""
        self._appearance = AppAppearance(
            self, settings
        )  # first: Textual makes its style sheet with the colours of a theme
        super().__init__()
        patch_styles_cache()
        shrink_strip_cache()
        patch_terminal_parser(self.driver_class)
        raise_frame_rate()
        self.settings = settings
        self.confirm = settings.confirm if settings is not None else "destructive"
        self.default_engine = settings.engine if settings is not None else "embedded"
        self.start_shows = settings.start if settings is not None else "container"
        self._image = image
        self._clock = clock
        self.tour = tour
        self._inspector = inspector
        self._making_inspector = Lock()
        self._ending = AppEnding(self)
        self._searched: TypedQuery | None = None
        """What was searched for last."""
        self.jobs = Jobs(self, self._jobs_changed)
        self.notices = NoticeBoard(self, CommandLog(getattr(settings, "given", ()), clock))
        self.undo = UndoBoard(self, self.notices.log)
        self.memory = Memory(settings if tour is None else None)
        self.key_queue = KeyQueue(self, self._hand_on)
        self._appearance.use_themes()
        self._keys = AppKeys(self, settings)
        self.remapped_keys = self._keys.remapped

    @property
    def colours(self) -> int:
        """How many the terminal has: 16, 256 or very many."""
        return self._appearance.colours

    @property
    def inspector(self) -> Inspector:
        """The interface of the core, made on first access; jobs access it in their threads."""
        with self._making_inspector:
            if self._inspector is None:
                from layertui.core.inspector import Inspector

                assert self.settings is not None
                self._inspector = Inspector(self.settings)
            return self._inspector

    @property
    def size(self) -> Size:
        """Columns and rows, as far as they are drawn."""
        return _drawable(super().size)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes are delivered one after another, each after everything that the one before it caused."""
        if isinstance(event, events.Resize):
            event = events.Resize.from_dimensions(_drawable(event.size), event.pixel_size)
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_queue.put(event)
        else:
            await super().on_event(event)

    async def _hand_on(self, event: events.Key | events.Paste) -> None:
        """Deliver a key to the newest notice if that offers it, and everything else as Textual does."""
        if not (isinstance(event, events.Key) and self.notices.run_key(label_of(event.key))):
            await super().on_event(event)

    def run(self, *, headless: bool = False, **options: Any) -> Any:
        """Run until the app ends, also by a signal."""
        if not headless:
            self._appearance.fit_terminal()
            self._ending.take_signals()
        return super().run(headless=headless, **{"mouse": self.settings is None or self.settings.mouse, **options})

    def on_terminal_background(self, message: TerminalBackground) -> None:
        """The terminal has answered: follow its background, unless a theme was chosen meanwhile."""
        self._appearance.use_background(is_light=message.is_light)

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme, those of a terminal of few colours instead."""
        theme, variables = self.current_theme, super().get_css_variables()
        self.theme_variables = variables | variables_for(theme, self.colours) | visible_variables(theme, variables)
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every drawn line passes through: Textual's filters, and ours for the terminal."""
        filters = super().get_line_filters()
        if self.no_color and self.native_ansi_color:  # its shades of grey need more colours than such a terminal has
            filters = [NoColor() if isinstance(one, Monochrome) else one for one in filters]
        return (*filters, *self._appearance.filters)

    def on_load(self) -> None:
        self._ending.runs_in(asyncio.get_running_loop())

    def get_driver_class(self) -> type[Driver]:
        # Tests without a terminal do not need it.
        from layertui.tui.textual_patches.terminal_driver import with_terminal_driver

        return with_terminal_driver(super().get_driver_class())

    def on_mount(self) -> None:
        self._ending.watch()
        if not (self.is_web or self.is_headless) and self._appearance.wants_background:
            ask_background(self)

    def on_ready(self) -> None:
        if self.tour is not None:
            self.tour.attach(self)
        self._keys.check(self)
        self._ending.ready()

    def on_row_list_menu_wanted(self, event: RowList.MenuWanted) -> None:
        """Show what can be done with a row, at the pointer."""
        self._show_menu(event.at)

    def on_click(self, event: events.Click) -> None:
        """A right click beside the rows shows what is not about a row: what has no key in the bar can be done by the mouse, too."""
        if event.button == 3:
            self._show_menu(event.screen_offset, of_row=False)

    def on_text_selected(self) -> None:
        """Copy what was selected by dragging."""
        if text := self.screen.get_selected_text():
            from layertui.tui.screens.shared.clipboard import copy_selected

            copy_selected(self, text)

    def action_menu(self) -> None:
        """The same as for a right click on a row, beside the cursor."""
        rows = self.focused
        if isinstance(rows, RowList) and rows.count:
            line = rows.cursor - int(rows.scroll_offset.y) + rows.head_height
            self._show_menu(rows.content_region.offset + Offset(2, line + 1))
        elif isinstance(tile := getattr(rows, "menu_offset", None), Offset) and rows is not None:
            self._show_menu(rows.content_region.offset + tile, of_row=False)
        else:
            self.show_notice(
                tr("The menu is of a row, and there is none under the cursor."), severity="warning", seconds=3
            )

    def _show_menu(self, at: Offset, *, of_row: bool = True) -> None:
        from layertui.tui.screens.actions.row_menu import open_menu
        from layertui.tui.screens.help_screen import MOVES

        if isinstance(screen := self.screen, InspectorScreen):
            run = self.run_action
            open_menu(screen, at, MOVES, lambda action, node: self.call_later(run, action, node), of_row=of_row)

    def on_row_list_moved(self) -> None:
        """The tour notices what is looked at."""
        if self.tour is not None:
            self.tour.look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The steps of the tour have keys only in the tour."""
        if action == "tour_step" and self.tour is None:
            return False
        return super().check_action(action, parameters)

    def action_tour_step(self, by: int) -> None:
        """Go to another step of the tour."""
        if self.tour is not None:
            self.tour.move(by)

    def action_tour(self) -> None:
        """Take the tour, in this terminal and a store of its own; inside the tour, hide or show its panel."""
        if self.tour is not None:
            self.tour.toggle()
            return
        import subprocess

        from layertui.core.errors import LayertuiError
        from layertui.tui.screens.shared.suspend import suspended

        command = [sys.executable, "-m", "layertui", "tour"]
        try:
            suspended(self, lambda: subprocess.run(command, check=False))
        except LayertuiError:
            self.show_notice(tr("The tour needs a terminal: `layertui tour` begins it there."), severity="warning")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colour variables, for themes that do not define them."""
        theme = self.current_theme
        panel = theme.panel or ("#232637" if theme.dark else "#e4e7f0")
        return {
            "row-cursor": panel,
            "row-cursor-blurred": theme.surface or panel,
            "row-own": panel,
            "pane-border": panel,
        }

    def get_default_screen(self) -> Screen[Any]:
        """The home screen, with the image or container from the command line."""
        return HomeScreen(self._image, self._clock)

    def show_notice(self, text: str, *, severity: str = "information", seconds: float = 5) -> None:
        """Show a notice; the text may come from an image, so it is made safe and is never markup."""
        kind = cast("Literal['information', 'warning', 'error']", severity)
        self.notify(one_line(text), severity=kind, timeout=seconds, markup=False)

    def bring_in(self, path: str = "") -> None:
        """Load or import a file; then the home screen shows the new image, whatever screen was above it."""
        from layertui.tui.screens.actions.import_origin import offer_comparison
        from layertui.tui.screens.dialogs.load_dialog import BringInDialog

        home = next((screen for screen in self.screen_stack if isinstance(screen, HomeScreen)), None)
        engine = home.state.target if home is not None else ""

        def brought_in(names: tuple[str, ...] | None) -> None:
            if names and home is not None:
                while self.screen is not home:
                    self.pop_screen()
                home.changes.look_at_image(names[0], engine)
                offer_comparison(home, names[0], engine, unless=lambda: bool(home.marks.names))

        self.push_screen(BringInDialog(path).on_engine(engine), brought_in)

    def action_find_files(self) -> None:
        """Find files in images; then the home screen shows the chosen one, whatever screen was above it."""
        from layertui.tui.screens.find.find_screen import FindScreen

        home = next((screen for screen in self.screen_stack if isinstance(screen, HomeScreen)), None)
        if home is None or isinstance(self.screen, FindScreen):
            return

        def asked(query: TypedQuery) -> None:
            self._searched = query

        def found(row: FoundRow | None) -> None:
            if row is not None:
                while self.screen is not home:
                    self.pop_screen()
                home.show_found(row)

        self.push_screen(FindScreen(home.state.selection, self._searched, asked), found)

    def action_command_log(self) -> None:
        """Show what was done in this session, above whatever screen is shown."""
        from layertui.tui.screens.log.command_log_screen import CommandLogScreen

        if not isinstance(self.screen, CommandLogScreen):
            self.push_screen(CommandLogScreen(self.notices.log))

    def action_undo(self) -> None:
        """Take the last act back, if that is possible and was offered."""
        if not self.undo.run():
            self.show_notice(
                tr(
                    "Nothing to undo: the notice of an act says when `{undo}` puts it back.", undo=key_name("undo", "u")
                ),
                severity="warning",
            )

    def action_jobs(self) -> None:
        """List the running jobs, above whatever screen is shown."""
        from layertui.tui.screens.jobs_screen import JobsScreen

        if not isinstance(self.screen, JobsScreen):
            self.push_screen(JobsScreen())

    def start_container(self, name: str, engine: str = "") -> None:
        """Start a container on its own screen, which shows the namespaces before and after."""
        from layertui.tui.screens.container.container_screen import ContainerScreen

        self.push_screen(ContainerScreen(name, start=True).on_engine(engine))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every available action, by name, with its key."""
        from layertui.tui.screens.actions.palette_actions import palette_actions
        from layertui.tui.screens.help_screen import MOVES

        yield from palette_actions(screen, MOVES, self.run_action)
        if isinstance(screen, HomeScreen):
            yield SystemCommand(tr("Demo images"), tr("Add three demo images to the store"), screen.acting.demo)
            for path in self.memory.state.recent:
                title = escape(tr("Open {path}", path=one_line(path)))
                yield SystemCommand(
                    title, tr("Open it again, in place"), partial(screen.remembering.open_archive, path)
                )
        yield SystemCommand(tr("Theme"), tr("Change theme"), self.action_change_theme)
        yield SystemCommand(tr("Screenshot"), tr("Save the screen as an SVG file"), self._keep_screen)

    def action_command_palette(self) -> None:
        """Show the palette."""
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(id="--command-palette", placeholder=tr("Search for commands…")))

    def search_themes(self) -> None:
        """Show the themes to choose from."""
        from textual.command import CommandPalette
        from textual.theme import ThemeProvider

        self.push_screen(CommandPalette(providers=[ThemeProvider], placeholder=tr("Search for themes…")))

    def _keep_screen(self) -> None:
        self.set_timer(0.1, self.action_screenshot)

    def action_help(self) -> None:
        """Show every key that works here."""
        from layertui.tui.screens.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_help_quit(self) -> None:
        """Ctrl-C, if there is nothing to copy: it does not quit, so show what does."""
        self.show_notice(tr("Press {quit} to quit.", quit=key_name("quit", "q")), seconds=3)

    def _jobs_changed(self) -> None:
        for screen in self.screen_stack:
            for header in screen.query(HeaderLine):
                header.jobs = self.jobs.running

    def on_unmount(self) -> None:
        """Stop everything that could delay the end."""
        self.key_queue.stop()
        self.undo.end()
        self.jobs.stop_all()


def _drawable(size: Size) -> Size:
    return Size(*(max(1, min(length, most)) for length, most in zip(size, LARGEST, strict=True)))
