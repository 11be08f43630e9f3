"""Which image of an archive, or which platform of an image, where several fit; the answer is a name that opens it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget

from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import NOTE, Dialog, lines
from layertui.tui.widgets.lists.choice_list import ChoiceList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.errors import ImageChoice


class ChooseImageDialog(Dialog["str | None"]):
    """The images to choose from, as the archive lists them."""

    YES = "Open"

    def __init__(self, archive: str, choices: Sequence[ImageChoice]) -> None:
        super().__init__()
        self._archive = archive
        self._choices = choices

    def heading(self) -> str:
        """The title."""
        return f"{len(self._choices)} images in {safe(self._archive)}"

    def fields(self) -> Iterable[Widget]:
        """One line each."""
        yield ChoiceList([choice.title for choice in self._choices], id="choices")

    def effect(self) -> Content:
        """Opened where it lies."""
        return lines(("The image is opened in place; nothing is loaded into the store.", NOTE))

    def command(self) -> Sequence[str]:
        """`layertui NAME`."""
        return ("layertui", self._chosen)

    @property
    def _chosen(self) -> str:
        return self._choices[self.query_one(ChoiceList).cursor].name

    @on(RowList.Moved)
    def _moved(self) -> None:
        self.renew()

    @on(RowList.Chosen)
    def confirm(self) -> None:
        """Open it."""
        self.dismiss(self._chosen)
