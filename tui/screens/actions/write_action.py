"""Writes a file into an image: offers to create a container of it first."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.dialog import Dialog, lines
from layertui.tui.screens.dialogs.write_dialog import WriteDialog


class OfferContainer(Dialog["tuple[str, str] | None"]):
    """Offers a container of an image, which itself cannot be written to.

    The answer is that container's name, and the path of the file that was written into it; empty if none was.
    """

    YES = tr("Create a container")

    def __init__(self, image: str, path: str) -> None:
        super().__init__()
        self._image = image
        self._path = path

    def heading(self) -> str:
        return tr("An image cannot be written to")

    def about(self) -> Content:
        """Why not, and what can be done."""
        return lines(
            (tr("{image} is an image: its layers are read-only.", image=safe(self._image)), ""),
            (tr("Create a container of it, and write into its writable layer?"), ""),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "create", self._image)

    def confirm(self) -> None:
        """First the container, then the file."""

        def created(name: str | None) -> None:
            if name is not None:
                dialog = WriteDialog(name, self._path).on_engine(self.engine)
                self.app.push_screen(dialog, lambda path: self._done(name, path or ""))

        self.app.push_screen(CreateDialog(self._image).on_engine(self.engine), created)

    def _done(self, container: str, path: str) -> None:
        self.dismiss((container, path))
