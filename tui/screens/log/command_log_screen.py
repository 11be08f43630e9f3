"""Shows the command log: each act of this session with the command that does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from layertui.core.language.texts import tr
from layertui.tui.common.docker_command import docker_line
from layertui.tui.common.format import one_line
from layertui.tui.common.shell_text import layertui_line
from layertui.tui.screens.log.act_list import DOCKER, LAYERTUI, ActList
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.clipboard import CopyActions
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.tui.common.command_log import CommandLog


class CommandLogScreen(InspectorScreen[None]):
    """The acts, and below them what the one under the cursor was and its commands in full."""

    DEFAULT_CSS = """
    CommandLogScreen ActList {
        height: 1fr; border: round $primary; border-title-color: $primary; border-subtitle-color: $text-muted;
    }
    CommandLogScreen #about { height: auto; min-height: 3; max-height: 50%; padding: 0 2; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", tr("copy"), tooltip=tr("Copy the command under the cursor")),
        Binding("Y", "copy_more", tr("copy all"), tooltip=tr("Copy all commands, a line each")),
        Binding("x", "save_script", tr("save script"), tooltip=tr("Save the commands as a shell script")),
    ]

    def __init__(self, log: CommandLog) -> None:
        super().__init__()
        self._log = log
        self._program = LAYERTUI
        self.offer(CopyActions(self).actions())
        self.offer(
            {
                "program": Action(self._show),
                "save_script": Action(self._save_script, lambda: "" if log.acts else tr("save: nothing was done yet")),
            }
        )

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield ActList(id="acts")
        yield Static(id="about", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(HeaderLine).subject = tr("command log")
        acts = self.query_one(ActList)
        acts.focus()
        self._show(LAYERTUI)
        acts.action_move_to(-1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`b` leads to the program that is not shown."""
        if action == "program":
            return parameters != (self._program,)
        return super().check_action(action, parameters)

    def _show(self, program: str) -> None:
        """Show the commands of layertui or of docker."""
        self._program = program
        acts = self.query_one(ActList)
        acts.show_acts(self._log.acts, program)
        acts.border_title = Content(tr("Command log: {acts} of this session", acts=many(len(self._log.acts), "act")))
        acts.border_subtitle = Content(tr("as {program} commands", program=program))
        self._explain()
        self.refresh_bindings()

    @on(RowList.Moved)
    def _explain(self) -> None:
        """Below the list: what the act was, and both commands in full."""
        act = self.query_one(ActList).current
        about = self.query_one("#about", Static)
        about.display = act is not None
        if act is None:
            return
        command = act.command
        lines = [Content.styled(one_line(act.text), "bold")]
        for program, line in ((LAYERTUI, layertui_line(command)), (DOCKER, docker_line(command))):
            shown = f"$ {one_line(line)}" if line else tr("no {program} command does this", program=program)
            lines.append(Content.styled(shown, "" if program == self._program else "$text-muted"))
        about.update(Content("\n").join(lines))

    def _save_script(self) -> None:
        from layertui.tui.screens.log.save_script_dialog import SaveScriptDialog

        self.app.push_screen(SaveScriptDialog(tuple(self._log.acts), self._program))
