"""Which engines there are, what each is and has; which of them are shown is chosen here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, fit, many, right

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import EngineReport

MOST_LINES = 12
"""Of more the list scrolls."""


class EngineChoice(NamedTuple):
    """What is chosen of the engines."""

    hidden: frozenset[str] = frozenset()
    """Those whose rows are not shown."""
    target: str = ""
    """The one that `L` loads into; empty: the default one."""
    opened: str = ""
    """The name of an image in a registry that is to be looked at; empty for none."""


class EngineList(RowList):
    """One line an engine; the shown ones are ticked."""

    TITLE_OF_KEYS = tr("Engines")
    OPENS = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "turn",
            tr("show or hide"),
            tooltip=tr(
                "Show the engine's images and containers, or hide them; start Podman's service where it does not run"
            ),
        ),
        Binding("l,L", "load_here", tr("load here"), tooltip=tr("Load and import into this engine from now on")),
        Binding("b,B", "screen.browse", tr("registry"), tooltip=tr("Browse a registry: its repositories and tags")),
    ]

    class Changed(Message):
        """Something else is chosen."""

    class Start(Message):
        """An engine whose service does not run is chosen."""

        def __init__(self, engine: str) -> None:
            super().__init__()
            self.engine = engine

    def __init__(self, choice: EngineChoice, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.choice = choice
        self.reports: tuple[EngineReport, ...] = ()
        self.starting = ""
        """The engine whose service is being started."""
        self.styles.height = 3

    def show_reports(self, reports: Sequence[EngineReport]) -> None:
        """What each engine has answered."""
        self.reports = tuple(reports)
        self.styles.height = min(max(3, len(reports)), MOST_LINES)
        self.show_count(len(reports))

    @property
    def current(self) -> EngineReport | None:
        """The one under the cursor."""
        return self.reports[self.cursor] if self.cursor < len(self.reports) else None

    def action_turn(self) -> None:
        if (current := self.current) is None:
            return
        if current.reachable:
            self._choose(self.choice._replace(hidden=self.choice.hidden ^ {current.name}))
        elif current.can_be_started and not self.starting:
            self.mark_starting(current.name)
            self.post_message(self.Start(current.name))

    def mark_starting(self, engine: str = "") -> None:
        """Show which engine is being started; empty: none."""
        self.starting = engine
        self.refresh()

    def action_load_here(self) -> None:
        if (current := self.current) is not None and current.reachable and current.takes_images:
            self._choose(self.choice._replace(target="" if current.default else current.name))

    def loads_into(self, report: EngineReport) -> bool:
        """Whether `L` loads into this engine."""
        return report.default if not self.choice.target else report.name == self.choice.target

    def _choose(self, choice: EngineChoice) -> None:
        self.choice = choice
        self.refresh()
        self.post_message(self.Changed())

    def draw_row(self, index: int, width: int) -> Pieces:
        one = self.reports[index]
        name = max(8, *(len(report.name) for report in self.reports))
        if not one.reachable:
            why = (
                tr("not running; {turn} starts it", turn=key_name("turn", "Space"))
                if one.can_be_started
                else tr("does not answer")
            )
            text = fit(tr("starting …") if one.name == self.starting else why, width - name - 5)
            return [(f" · {fit(safe(one.name), min(name, 20))} ", "dim"), (text, "dim")]
        version = fit(safe(one.version), 16)
        containers = f", {many(one.containers, 'container')}" if one.containers is not None else ""
        has = right(f"{many(one.images or 0, 'image')}{containers}", 24)
        tick = (" ✓ ", "changed strong") if one.name not in self.choice.hidden else ("   ", "")
        load = "  L" if self.loads_into(one) else ""
        return [tick, (fit(safe(one.name), min(name, 20)) + " ", ""), (version, "dim"), (has, "dim"), (load, "changed")]


class EnginesDialog(Dialog["EngineChoice | None"]):
    """The list, and below it where the engine under the cursor is."""

    YES = tr("Done")

    def __init__(self, choice: EngineChoice) -> None:
        super().__init__()
        self._choice = choice
        self.has_started_one = False
        """Whether a service was started here."""

    def heading(self) -> str:
        return tr("Engines")

    def fields(self) -> Iterable[Widget]:
        yield EngineList(self._choice, id="engines")

    def on_mount(self) -> None:
        """Ask them all; one that is silent is waited for as long as `engines` waits."""
        super().on_mount()
        self.query_one(EngineList).focus()
        self._ask_all()

    def _ask_all(self) -> None:
        self.ask(
            tr("asking the engines"),
            lambda inspector, _progress: inspector.engines(probe=False),
            self._answered,
            group="reports",
        )

    def _answered(self, reports: list[EngineReport]) -> None:
        engines = self.query_one(EngineList)
        engines.mark_starting()
        engines.show_reports(reports)
        self.renew()

    @on(EngineList.Start)
    def _start(self, message: EngineList.Start) -> None:
        self.ask(
            tr("starting {engine}", engine=message.engine),
            lambda inspector, _progress: _start(inspector, message.engine),
            lambda _: self._started(),
            group="start",
            failed=self._not_started,
        )

    def _started(self) -> None:
        self.has_started_one = True
        self._ask_all()

    def _not_started(self, error: Exception) -> None:
        self.query_one(EngineList).mark_starting()
        self.show_error_text(one_line(str(error)))

    @on(EngineList.Moved)
    @on(EngineList.Changed)
    def _show_effect(self) -> None:
        self.renew()

    def effect(self) -> Content:
        """Where the engine is, and why it cannot be reached."""
        engines = self.query_one(EngineList)
        if (one := engines.current) is None:
            return lines((tr("Asking each engine for its version …"), NOTE))
        default = tr(" Names without a prefix are looked up here.") if one.default else ""
        default += (
            tr(" {bring_in} loads into it.", bring_in=key_name("bring_in", "L")) if engines.loads_into(one) else ""
        )
        default += "" if one.takes_images else tr(" It is only read.")
        of_kind = f" ({one.kind})" if one.kind != one.name else ""
        return lines(
            (safe(f"{one.name}{of_kind}: {one.address or tr('no address')}.{default}"), ""),
            (safe(one.why), LOST) if one.why else None,
            (
                tr(
                    "{turn} shows or hides it, {load_here} lets {bring_in} load into it, {browse} browses a registry.",
                    turn=key_name("turn", "Space"),
                    load_here=key_name("load_here", "l"),
                    bring_in=key_name("bring_in", "L"),
                    browse=key_name("screen.browse", "b"),
                ),
                NOTE,
            ),
        )

    def action_browse(self) -> None:
        """Browse a registry, and open what is chosen there."""
        from layertui.tui.screens.home.engines.registry_dialog import RegistryDialog

        def chosen(name: str | None) -> None:
            if name:
                self.dismiss(self._choice._replace(opened=name))

        self.app.push_screen(RegistryDialog(), chosen)

    def command(self) -> Sequence[str]:
        return ("layertui", "engines")

    def confirm(self) -> None:
        engines = self.query_one(EngineList)
        names = {one.name for one in engines.reports}
        if engines.reports and names <= engines.choice.hidden:
            self.show_error_text(tr("one engine has to be shown"))
            return
        hidden = ", ".join(sorted(engines.choice.hidden & names))
        notice = ActNotice(
            tr("Not shown: {hidden}", hidden=hidden) if hidden else tr("All engines that answer are shown")
        )
        self.announce(notice, None)
        self.dismiss(engines.choice)


def _start(inspector: Inspector, engine: str) -> None:
    from layertui.core.inspector.engine_survey import start_engine

    start_engine(inspector.of(engine).engine)
