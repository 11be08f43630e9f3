"""AppAppearance: how one app is drawn: in which theme, with how many colours and which characters, as its terminal can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.core.terminal_look import TerminalLook
from layertui.tui.common.themes import MANY_COLOURS, THEMES, automatic_theme

if TYPE_CHECKING:
    from textual.app import App
    from textual.filter import LineFilter

    from layertui.core.settings import Settings


class AppAppearance:
    """The theme of the settings, or else the one that goes with the terminal."""

    def __init__(self, app: App[Any], settings: Settings | None) -> None:
        """Nothing is asked of the app yet."""
        self._app = app
        self._settings = settings
        self._look = settings.look if settings is not None else TerminalLook()
        self._automatic_theme = ""
        self.colours = MANY_COLOURS
        """How many the terminal has: 16, 256 or very many."""
        self.filters: tuple[LineFilter, ...] = ()
        """What drawn lines pass through after Textual's own filters."""

    def use_themes(self) -> None:
        """Register our themes and use the one of the settings, else the first. Raises UsageError if there is none of that name."""
        for theme in THEMES:
            self._app.register_theme(theme)
        self._app.theme = self._chosen_theme() or THEMES[0].name

    def _chosen_theme(self) -> str:
        if self._settings is None:
            return ""
        name, every = self._settings.theme, self._app.available_themes
        if name and name not in every:
            from layertui.core.errors import UsageError
            from layertui.core.nearest_name import did_you_mean

            raise UsageError(
                tr(
                    "{where}: unknown theme {name!r}; {did_you_mean}",
                    where=self._settings.choices["theme"].where,
                    name=name,
                    did_you_mean=did_you_mean(name, every, ", ".join(every)),
                )
            )
        return name

    def fit_terminal(self) -> None:
        """Draw as the terminal can: its number of colours, its background, its characters."""
        self.colours = {"truecolor": MANY_COLOURS, "256": 256}.get(self._app.console.color_system or "", 16)
        if self._look.only_ascii:
            from layertui.tui.common.ascii_glyphs import AsciiGlyphs

            self.filters = (AsciiGlyphs(),)
        if not getattr(self._settings, "theme", ""):
            self._use_automatic(is_light=bool(self._look.is_light))

    @property
    def wants_background(self) -> bool:
        """Whether the theme goes with the terminal, which can say what its background is."""
        return bool(self._automatic_theme) and self._look.can_answer

    def use_background(self, *, is_light: bool) -> None:
        """Follow the terminal's background, unless a theme was chosen meanwhile."""
        if self._app.theme == self._automatic_theme:
            self._use_automatic(is_light=is_light)

    def _use_automatic(self, *, is_light: bool) -> None:
        self._automatic_theme = automatic_theme(self.colours, is_light=is_light)
        self._app.theme = self._automatic_theme
