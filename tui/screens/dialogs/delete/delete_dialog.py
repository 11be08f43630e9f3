"""What the dialogs that delete have in common: a question that says what is kept; the answer is whether it was done."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import Dialog
from layertui.tui.widgets.forms.fields import Tick

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

CANNOT_UNDO = tr("This cannot be undone.")


class DeleteDialog(Dialog[bool]):
    """The common part: red, reads what would be deleted before it says what is kept, and Esc means no."""

    YES = tr("Delete")
    DANGER = True
    WHAT: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._what = name

    def heading(self) -> str:
        return tr("Delete {what} {what2}?", what=self.WHAT, what2=safe(self.shown_name))

    @property
    def shown_name(self) -> str:
        """What is deleted, as it is called on the screen."""
        return self._what

    def on_mount(self) -> None:
        super().on_mount()
        self.find_out(tr("looking it up"), self._look, self._found, group="look")

    @abstractmethod
    def _look(self, inspector: Inspector, progress: Progress) -> Any:
        """Read what the effect depends on."""

    @abstractmethod
    def _found(self, answer: Any) -> None:
        """Store it, and update the effect."""

    def renew(self) -> None:
        """Where the user does not want to be asked, do it once it is known that nothing prevents it."""
        super().renew()
        if self.host.confirm == "none" and self._may_go_on() and self.job is None:
            self.confirm()

    @abstractmethod
    def _may_go_on(self) -> bool:
        """Whether what it is about is known, and nothing has to be forced."""


class ForceDialog(DeleteDialog):
    """With a checkbox to delete it anyway, if something prevents that."""

    FORCE: ClassVar[str]

    def fields(self) -> Iterable[Widget]:
        """The checkbox, shown only if needed."""
        tick = Tick(self.FORCE, id="force")
        tick.display = False
        tick.disabled = True  # otherwise it could have the focus even while hidden
        yield tick

    def offer_force(self, *, wanted: bool) -> None:
        """Show the checkbox if needed, and focus it."""
        tick = self.query_one("#force", Tick)
        tick.display = wanted
        tick.disabled = not wanted
        if wanted:
            tick.focus()

    @property
    def force(self) -> bool:
        return self.query_one("#force", Tick).value
