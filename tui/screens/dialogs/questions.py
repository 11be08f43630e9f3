"""Simple dialogs: a question, a text to read, unsaved text, and a choice of several images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import NOTE, Dialog, lines
from layertui.tui.widgets.lists.choice_list import ChoiceList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.errors import ImageChoice


class Confirm(Dialog[bool]):
    """A yes-or-no question."""

    def __init__(
        self, question: str, *, title: str = "", yes: str = tr("Yes"), command: Sequence[str] = (), danger: bool = False
    ) -> None:
        self.YES = yes  # type: ignore[misc]
        self.DANGER = danger  # type: ignore[misc]
        super().__init__()
        self._question = question
        self._title = title
        self._command = command

    def heading(self) -> str:
        return safe(self._title)

    def about(self) -> Content:
        """The question, which may be several lines."""
        return Content("\n").join([Content(safe(line)) for line in self._question.split("\n")])

    def command(self) -> Sequence[str]:
        return self._command

    def confirm(self) -> None:
        self.dismiss(True)


class Notice(Dialog[None]):
    """A text to read, such as an error of several lines."""

    YES = tr("Close")

    def __init__(self, text: str, *, title: str = "") -> None:
        super().__init__()
        self._text = text
        self._title = title

    def heading(self) -> str:
        return safe(self._title)

    def about(self) -> Content:
        return Content("\n").join([Content(safe(line)) for line in self._text.split("\n")])

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#no").display = False


class LeaveDialog(Dialog["str | None"]):
    """Asks about unsaved text: `save`, `discard`, or None to go on editing, which Enter and Esc mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s,ctrl+s", "save", tr("save"), show=False),
        Binding("d", "discard", tr("discard"), show=False),
        Binding("left", "app.focus_previous", tr("previous button"), show=False),
        Binding("right", "app.focus_next", tr("next button"), show=False),
    ]

    YES = tr("Keep editing")

    def __init__(self, what: str) -> None:
        super().__init__()
        self._unsaved = what

    def heading(self) -> str:
        return tr("Leave without saving?")

    def about(self) -> Content:
        """What would be lost."""
        return Content(safe(self._unsaved))

    def buttons(self) -> Iterable[Button]:
        """The harmless one first: it has the focus."""
        yield Button(f"{self.YES}  {self.yes_key()}", id="yes")
        yield Button(tr("Save  {save}", save=key_name("save", "s")), id="save")
        yield Button(tr("Discard  {discard}", discard=key_name("discard", "d")), id="discard")

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        self.dismiss("save")

    @on(Button.Pressed, "#discard")
    def action_discard(self) -> None:
        """Leave without saving."""
        self.dismiss("discard")


class ChooseImageDialog(Dialog["str | None"]):
    """Asks which image of an archive, or which platform of an image; the answer is a name that opens it."""

    YES = tr("Open")

    def __init__(self, archive: str, choices: Sequence[ImageChoice]) -> None:
        super().__init__()
        self._archive = archive
        self._choices = choices

    def heading(self) -> str:
        return tr("{choices} images in {archive}", choices=len(self._choices), archive=safe(self._archive))

    def fields(self) -> Iterable[Widget]:
        yield ChoiceList([choice.title for choice in self._choices], id="choices")

    def effect(self) -> Content:
        return lines((tr("The image is opened in place; nothing is loaded into the store."), NOTE))

    def command(self) -> Sequence[str]:
        return ("layertui", self._chosen)

    @property
    def _chosen(self) -> str:
        return self._choices[self.query_one(ChoiceList).cursor].name

    @on(RowList.Moved)
    def _moved(self) -> None:
        self.renew()

    @on(RowList.Chosen)
    def confirm(self) -> None:
        self.dismiss(self._chosen)
