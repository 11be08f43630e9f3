"""Saves the command log as a shell script that does the same again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.common.shell_text import Expanded, shell_line
from layertui.tui.screens.dialogs.dialog import NOTE, lines
from layertui.tui.screens.dialogs.target_dialog import TargetDialog, Work
from layertui.tui.screens.log.act_list import comment_of, line_of
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.common.command_log import ActCommand, LoggedAct

MODE = 0o700
"""Commands may hold what no other user should read, such as what was written into a file."""


class SaveScriptDialog(TargetDialog):
    """Asks for the target."""

    YES = tr("Save")

    def __init__(self, acts: Sequence[LoggedAct], program: str) -> None:
        super().__init__()
        self._acts, self._program = tuple(acts), program

    def heading(self) -> str:
        return tr("Save the command log as a script of {program} commands", program=self._program)

    def fields(self) -> Iterable[Widget]:
        yield self.target_field(f"{self._program}-session.sh")

    def effect(self) -> Content:
        """What is in the file."""
        without = sum(not line_of(act, self._program) for act in self._acts)
        secrets = sorted({safe(name) for act in self._acts for name in act.command.secrets})
        return lines(
            (
                tr(
                    "{acts} for sh, which ends at the first that fails; only you can read it.",
                    acts=many(len(self._acts), "act"),
                ),
                "",
            ),
            (
                tr(
                    "{without} that no {program} command does: kept as comments.",
                    without=many(without, "act"),
                    program=self._program,
                ),
                NOTE,
            )
            if without
            else None,
            (tr("Secret, so not in it: {secrets}. Export them before you run it.", secrets=", ".join(secrets)), NOTE)
            if secrets
            else None,
            self.overwriting(),
        )

    def what(self) -> str:
        return tr("the command log")

    def command_for(self, target: str) -> Sequence[str]:
        """No command does it."""
        return ()

    def act(self) -> None:
        """It changes nothing but the file that it writes: the log does not list it."""

    def work(self) -> Work:
        acts, program, target = self._acts, self._program, self.target()

        def write(_inspector: Inspector, _progress: Progress) -> None:
            from layertui.core.fs.atomic import write_atomically

            text = "".join(f"{line}\n" for line in script_lines(acts, program))
            write_atomically(target, text.encode("utf-8", "surrogateescape"), MODE)

        return write


def script_lines(acts: Sequence[LoggedAct], program: str) -> Iterator[str]:
    """The script: in the folder of this session, since names of archives may be relative to it."""
    yield "#!/bin/sh"
    yield tr("# What was done in layertui, as {program} commands.", program=program)
    yield "set -e"
    with suppress(OSError):  # the folder may be gone
        yield shell_line(("cd", "--", os.getcwd()))
    known: dict[str, str] = {}
    for number, act in enumerate(acts, 1):
        yield ""
        yield comment_of(act)
        line = line_of(replace(act, command=_with_variables(act.command, known)), program)
        made = act.command.prints
        if line and made and any(_is_of(made, word) for later in acts[number:] for word in later.command.words):
            known[made] = f"image{number}"
            line = f"{known[made]}=$({line})"
        yield line or tr("# no {program} command does this", program=program)


def _with_variables(command: ActCommand, known: Mapping[str, str]) -> ActCommand:
    """A command in which IDs of images that the script itself makes are what it has got: those of the session exist nowhere else."""

    def replaced(word: str) -> str:
        for made, variable in known.items():
            if _is_of(made, word):
                return Expanded(f"${variable}{word[len(made) :]}")
        return word

    return replace(command, words=tuple(map(replaced, command.words)))


def _is_of(image: str, word: str) -> bool:
    """Whether a word names this image by its ID, or a layer of it."""
    return re.fullmatch(f"{re.escape(image)}(@[0-9.]+)?", word) is not None
