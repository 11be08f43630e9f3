"""Lists the bookmarked paths; the answer is the one to go to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import NOTE, Dialog, lines
from layertui.tui.widgets.lists.choice_list import ChoiceList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.tui.common.remembered_state import Bookmark


class BookmarksDialog(Dialog["Bookmark | None"]):
    """The bookmarks, the newest first."""

    TITLE_OF_KEYS = tr("Bookmarks")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "remove", tr("remove"), show=False, tooltip=tr("Remove the bookmark under the cursor")),
    ]

    YES = tr("Go there")

    def __init__(self, bookmarks: Sequence[Bookmark], turn: Callable[[Bookmark], object]) -> None:
        """`turn` takes a bookmark away."""
        super().__init__()
        self._bookmarks = list(bookmarks)
        self._turn = turn

    def heading(self) -> str:
        return tr("Bookmarks")

    def about(self) -> Content | None:
        """What to do while there are none."""
        return (
            None
            if self._bookmarks
            else Content(
                tr(
                    "No bookmarks yet: {bookmark} on a file or folder of home sets one.",
                    bookmark=key_name("bookmark", "b"),
                )
            )
        )

    def fields(self) -> Iterable[Widget]:
        if self._bookmarks:
            yield ChoiceList([f"{one.path}  ·  {one.title}" for one in self._bookmarks], id="choices")

    def effect(self) -> Content | None:
        """Which key removes one."""
        return (
            lines((tr("`{remove}` removes the bookmark under the cursor.", remove=key_name("remove", "d")), NOTE))
            if self._bookmarks
            else None
        )

    def action_remove(self) -> None:
        """Take the bookmark under the cursor away."""
        if self._bookmarks:
            rows = self.query_one(ChoiceList)
            self._turn(self._bookmarks.pop(rows.cursor))
            rows.show_lines([f"{one.path}  ·  {one.title}" for one in self._bookmarks])

    @on(RowList.Chosen)
    def confirm(self) -> None:
        self.dismiss(self._bookmarks[self.query_one(ChoiceList).cursor] if self._bookmarks else None)
