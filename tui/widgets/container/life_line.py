"""The life cycle of a container as a line: its current step, and what each step created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from layertui.core.containers.model.ports import shown
from layertui.core.language.texts import tr
from layertui.tui.common.format import duration, moment, safe, short_age, since, size
from layertui.tui.widgets.container.namespaces_view import in_order
from layertui.tui.widgets.text.pieces import fit

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.observe.namespaces import Namespaces

PASSED, HERE, AHEAD = "●", "◉", "○"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the life cycle: its name, its time, what it created."""

    word: str
    when: str
    made: tuple[str, str]
    mark: str
    """PASSED, HERE or AHEAD."""


_STAGES = {
    "created": tr("created"),
    "running": tr("running"),
    "paused": tr("paused"),
    "ran": tr("ran"),
    "exited": tr("exited"),
    "dead": tr("dead"),
}
"""The words for the stages."""


def stages_of(container: Container, namespaces: Namespaces | None, size_rw: int | None) -> list[Stage]:
    """The steps from `create` on."""
    state = str(container.state)
    own = " ".join(in_order(namespaces.own)) if namespaces is not None else ""
    layer = tr("writable layer") + (f", {size(size_rw)}" if size_rw is not None else "")
    created = Stage(
        "created",
        _ago(container.created),
        (layer, tr("no process yet")),
        HERE if state == "created" else PASSED,
    )
    if container.started is None:
        running = Stage("running", "", (tr("start makes namespaces"), tr("and a process in them")), AHEAD)
    elif container.state.alive:
        word = "paused" if state == "paused" else "running"
        running = Stage(
            word,
            tr("up {duration}", duration=since(container.started))
            if word == "paused"
            else tr("for {duration}", duration=since(container.started)),
            (tr("process {pid}", pid=container.pid or "-"), _where(container, own)),
            HERE,
        )
    else:
        running = Stage("ran", _span(container), (tr("namespaces gone"), tr("with the last process")), PASSED)
    if state in ("exited", "dead"):
        code = tr("exit code {exit_code}", exit_code=container.exit_code)
        ended = Stage(state, _ago(container.finished), (code, tr("writable layer kept")), HERE)
    else:
        ended = Stage("exited", "", (tr("writable layer kept"), tr("and the exit code")), AHEAD)
    return [created, running, ended]


def _where(container: Container, own: str) -> str:
    """The namespaces of the process, and its network address."""
    ports = shown(container.published)
    return tr("at {ports}, in {own}", ports=ports, own=own) if ports else tr("in {own}", own=own or tr("namespaces"))


def _ago(text: str | None) -> str:
    age = short_age(text)
    return tr("{age} ago", age=age) if age else ""


def _span(container: Container) -> str:
    begun, ended = moment(container.started), moment(container.finished)
    return (
        tr("for {duration}", duration=duration((ended - begun).total_seconds()).lower())
        if begun is not None and ended is not None
        else ""
    )


class LifeLine(Widget):
    """Three steps, with the current one highlighted."""

    DEFAULT_CSS = """
    LifeLine { height: 3; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.stages: Sequence[Stage] = ()
        self.note = ""
        self._of: tuple[Container, Namespaces | None, int | None] | None = None

    def show(self, container: Container, namespaces: Namespaces | None, size_rw: int | None, note: str = "") -> None:
        """Show the container's state; `note` says why it cannot be started, or did not start."""
        self._of, self.note = (container, namespaces, size_rw), safe(note)
        self.refresh()
        self.tick()

    def tick(self) -> None:
        """Update the duration."""
        if self._of is not None and (stages := stages_of(*self._of)) != self.stages:
            self.stages = stages
            self.refresh()

    def render(self) -> Content:
        """The line, and below it what each step created."""
        if not self.stages:
            return Content("")
        width = max(20, self.size.width // len(self.stages))
        heads, below = [], [[], []]  # type: ignore[var-annotated]
        for number, stage in enumerate(self.stages):
            last = number == len(self.stages) - 1
            colour = {PASSED: "$text-muted", HERE: "bold $text-success", AHEAD: "$text-disabled"}[stage.mark]
            if stage.mark == HERE and stage.word in ("exited", "dead", "paused"):
                colour = "bold $text-warning"
            if stage.mark == HERE and stage.word == "created":
                colour = "bold $text-primary"
            text = f"{stage.mark} {_STAGES[stage.word]}"
            when = f" {stage.when}" if stage.when else ""
            line = "" if last else " " + "─" * (width - cell_len(text) - cell_len(when) - 3) + "▶ "
            heads += [(text, colour), (when, "$text-muted"), (line, "$pane-border")]
            for row, made in enumerate(stage.made):
                below[row].append((fit(f"  {made}", width), "" if stage.mark == HERE else "$text-disabled"))
        if self.note:
            below[1] = [(fit(f"  {self.note}", self.size.width), "$text-error")]
        return Content("\n").join([Content.assemble(*heads), Content.assemble(*below[0]), Content.assemble(*below[1])])
