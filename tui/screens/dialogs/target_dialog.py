"""Base of dialogs that write to the host: asks for the target, with completion, and confirms before overwriting."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog
from layertui.tui.screens.dialogs.questions import Confirm
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.copy_targets import as_path, what_is_there
from layertui.tui.screens.shared.notices import ActNotice, NextKey, written_file
from layertui.tui.screens.shared.path_completion import on_host
from layertui.tui.widgets.forms.fields import Field
from layertui.tui.widgets.forms.path_line import PathLine, completes

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

Work = Callable[["Inspector", "Progress"], "tuple[str, ...] | None"]
"""Does the work, and may return the paths that were left out."""


SAID = 5
"""The number of left-out paths that are listed."""


class TargetDialog(Dialog["str | None"]):
    """The target, and what is lost."""

    INTO_FOLDERS: ClassVar[bool] = False
    """Whether the target may be a folder, in which the file gets its own name."""
    OUTPUT: ClassVar[bool] = False
    """Whether the command writes to its standard output, which is then redirected to the target."""
    DONE: ClassVar[str] = tr("Saved {what} to {place}")
    """What was done, for the notice."""
    KEEPS: ClassVar[str] = ""
    """What the file has and what it lacks, said once more when it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._there: str | None = None

    def target(self) -> Path:
        """What is typed in the field for the target, with `~` expanded."""
        return as_path(self.query_one("#target", Input).value)

    def target_field(self, default: str) -> Field:
        return Field(
            tr("To"),
            PathLine(default, id="target"),
            hint=completes(),
            id="target-field",
        )

    @on(PathLine.Wanted, "#target")
    def _wanted(self, event: PathLine.Wanted) -> None:
        text = event.text
        self.ask(
            tr("looking at the folder"),
            lambda _inspector, _progress: (on_host(text), what_is_there(as_path(text)) if text.strip() else None),
            lambda answer: self._offered(event.line, text, answer),
            group="target",
            quiet=True,
        )

    def _offered(self, line: PathLine, text: str, answer: tuple[list[str], str | None]) -> None:
        candidates, self._there = answer
        line.offer(text, candidates)
        self.renew()

    def overwriting(self) -> tuple[str, str] | None:
        """A warning if the target exists already."""
        if self._there is None:
            return None
        if self._there == "folder" and self.INTO_FOLDERS:
            return (tr("Saved in this folder under its own name."), NOTE)
        if self._there == "folder":
            return (tr("This is a folder: add a file name."), LOST)
        return (tr("This file exists: you are asked before it is overwritten."), LOST)

    @abstractmethod
    def work(self) -> Work:
        """The work, for the current values of the fields."""

    @abstractmethod
    def command_for(self, target: str) -> Sequence[str]:
        """The words of the command that writes this target."""

    def command(self) -> Sequence[str]:
        """For the target as it was typed."""
        return self.command_for(str(self.target()))

    def act(self) -> ActCommand | None:
        """For the target as it is named in any folder."""
        if self.OUTPUT:
            return ActCommand(command_in(self.engine, self.command()), output=self.target().absolute())
        return ActCommand(command_in(self.engine, self.command_for(str(self.target().absolute()))))

    @abstractmethod
    def what(self) -> str:
        """The name of what is written."""

    def name_in_folder(self) -> str:
        """The name that it gets in a folder."""
        return self.what()

    def next_keys(self, written: Path) -> tuple[NextKey, ...]:
        """The keys that continue with what was written."""
        return ()

    def wrong_field(self, error: Exception) -> str:
        """The only field that can be wrong."""
        return "#target"

    def confirm(self) -> None:
        """Check the target again, since the disk may have changed, and ask before anything is overwritten."""
        target = self.target()
        if not str(target).strip(". "):
            self.show_error_text(tr("a file name is needed"), at="#target")
            return
        self.ask(
            tr("looking at the target"),
            lambda _inspector, _progress: what_is_there(target),
            lambda there: self._ask_or_go(target, there),
            group="check",
            quiet=True,
        )

    def _ask_or_go(self, target: Path, there: str | None) -> None:
        if there is None or (there == "folder" and self.INTO_FOLDERS):
            self._go()
            return
        if there == "folder":
            self.show_error_text(tr("{target} is a folder: give a file name in it", target=target), at="#target")
            return
        question = Confirm(
            tr("{target}\nexists. Overwrite it?", target=target),
            title=tr("Overwrite?"),
            yes=tr("Overwrite"),
            danger=True,
        )
        self.app.push_screen(question, lambda yes: self._go() if yes else None)

    def _go(self) -> None:
        target, work, what = self.target(), self.work(), self.what()

        def write(inspector: Inspector, progress: Progress) -> tuple[tuple[str, ...], Path, str]:
            into = self.INTO_FOLDERS and target.is_dir()
            left_out = work(inspector, progress) or ()
            written = (target / self.name_in_folder() if into else target).absolute()
            return left_out, written, written_file(self.DONE, what, written, self.KEEPS)

        def done(answer: tuple[tuple[str, ...], Path, str]) -> None:
            left_out, written, sentence = answer
            if left_out:
                self.show_notice(tr("{left_out}: left out", left_out=", ".join(left_out[:SAID])), severity="warning")
            copy = copy_key(self, tr("path"), str(written))
            self.finish(str(target), ActNotice(sentence, (copy, *self.next_keys(written))))

        self.do(tr("writing {target}", target=target), write, done)
