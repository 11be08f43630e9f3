"""Asks where to save the content of a file that is shown: of any version, of an entry of an archive, or laid out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from layertui.core.analysis.file_pages.saved_content import save_content
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, lines
from layertui.tui.screens.dialogs.target_dialog import TargetDialog, Work
from layertui.tui.screens.shared.copy_targets import file_for

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.page_source import PageSource


class SaveFileDialog(TargetDialog):
    """Writes the bytes of one file to the host."""

    YES = tr("Save")
    OUTPUT = True

    def __init__(self, path: str, content: PageSource, command: Sequence[str]) -> None:
        """`command` are the words of the command that writes the same to its output."""
        super().__init__()
        self._command = command
        self._path = path
        self._content = content

    def heading(self) -> str:
        return tr("Save {path}", path=safe(self._path))

    def fields(self) -> Iterable[Widget]:
        """The target: by default the file's own name, in the current folder."""
        name = self._path.rpartition("/")[2].rpartition("» ")[2]
        yield self.target_field(file_for(name, "") or "file")

    def effect(self) -> Content:
        """What is kept and lost."""
        return lines(
            (tr("Kept: the content as it is shown, {size}.", size=size(self._content.size)), KEPT),
            (tr("Lost: mode, owner and times."), NOTE),
            self.overwriting(),
        )

    def what(self) -> str:
        return self._path

    def command_for(self, target: str) -> Sequence[str]:
        """`layertui file --cat …`, whose output goes to the target."""
        return self._command

    def work(self) -> Work:
        content, target = self._content, self.target()
        return lambda _inspector, progress: save_content(content, target, progress)
