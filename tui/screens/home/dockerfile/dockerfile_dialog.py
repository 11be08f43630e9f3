"""Saves an image's Dockerfile to a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, lines
from layertui.tui.screens.dialogs.target_dialog import TargetDialog, Work
from layertui.tui.screens.shared.copy_targets import file_for

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress


class SaveDockerfileDialog(TargetDialog):
    """Asks for the target."""

    YES = tr("Save")
    OUTPUT = True

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._image = name
        self._text = text

    def heading(self) -> str:
        return tr("Save the Dockerfile")

    def fields(self) -> Iterable[Widget]:
        yield self.target_field(file_for(self._image.rpartition("/")[2], ".Dockerfile"))

    def effect(self) -> Content:
        return lines(
            (tr("The steps as instructions, with comments on what is not recorded."), KEPT),
            (tr("Files that COPY and ADD name are not saved with it."), NOTE),
            self.overwriting(),
        )

    def what(self) -> str:
        """The Dockerfile, named by its image."""
        return tr("the Dockerfile of {image}", image=self._image)

    def command_for(self, target: str) -> Sequence[str]:
        return ("layertui", "history", "--dockerfile", self._image)

    def work(self) -> Work:
        text, target = self._text, self.target()

        def write(_inspector: Inspector, _progress: Progress) -> None:
            from layertui.core.errors import as_storage_error

            with as_storage_error(target), open(target, "wb") as stream:
                stream.write(text.encode("utf-8", "backslashreplace"))

        return write
