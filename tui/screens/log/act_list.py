"""The list of what was done in this session, newest last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.docker_command import docker_line
from layertui.tui.common.format import one_line
from layertui.tui.common.shell_text import layertui_line
from layertui.tui.widgets.lists.empty_hint import Advising
from layertui.tui.widgets.text.pieces import Pieces, fit

if TYPE_CHECKING:
    from layertui.tui.common.command_log import LoggedAct

EMPTY = tr(
    "Nothing was done yet in this session. Whatever you create, write, load, tag or delete is listed here, with the "
    "command that does the same."
)

LAYERTUI, DOCKER = "layertui", "docker"


def line_of(act: LoggedAct, program: str) -> str:
    """The shell command that does the same with one of the two programs; empty if it has none."""
    return docker_line(act.command) if program == DOCKER else layertui_line(act.command)


def comment_of(act: LoggedAct) -> str:
    """What was done, as a comment of a shell script: one line, whatever the sentence contains."""
    return f"# {act.time:%H:%M:%S} {one_line(act.text)}"


class ActList(Advising):
    """Time and command of each act; of an act that has no command, what it was."""

    TITLE_OF_KEYS = tr("Command log")
    OPENS = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "screen.program('docker')", tr("docker"), tooltip=tr("Show the docker commands that do the same")),
        Binding("b", "screen.program('layertui')", "layertui", tooltip=tr("Show the layertui commands")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.acts: tuple[LoggedAct, ...] = ()
        self.program = LAYERTUI

    def show_acts(self, acts: Sequence[LoggedAct], program: str) -> None:
        """Show these acts with the commands of one program; the cursor stays where it is."""
        self.acts, self.program = tuple(acts), program
        self.advise()
        self.show_count(len(self.acts) or len(self.advice))

    def advice_text(self) -> str:
        return "" if self.acts else EMPTY

    def has_cursor(self) -> bool:
        return bool(self.acts)

    @property
    def current(self) -> LoggedAct | None:
        """The act under the cursor."""
        return self.acts[self.cursor] if 0 <= self.cursor < len(self.acts) else None

    def to_copy(self) -> str | None:
        """The command under the cursor, or nothing where there is none."""
        return None if self.current is None else line_of(self.current, self.program) or None

    def more_to_copy(self) -> str | None:
        """The commands of all acts, a line each."""
        return "\n".join(filter(None, (line_of(act, self.program) for act in self.acts))) or None

    def draw_row(self, index: int, width: int) -> Pieces:
        if not self.acts:
            return self.draw_advice(index)
        act = self.acts[index]
        line = one_line(line_of(act, self.program))
        text = line or tr("# {text}: no {program} command does this", text=one_line(act.text), program=self.program)
        return [(f" {act.time:%H:%M:%S}  ", "dim"), (fit(text, max(1, width - 11)), "" if line else "dim")]
