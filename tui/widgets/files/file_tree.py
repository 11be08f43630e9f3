"""The file tree: a View drawn line by line, for any number of files.

There is no object for each entry: the visible rows are computed from indices (`tree_rows.py`), and an entry is created
when its row becomes visible. Unfolded folders are stored by the path's number in the stack, so that another layer of
the stack shows the same folders unfolded and keeps the cursor on the same path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from layertui.core.language.texts import tr
from layertui.tui.widgets.files.tree_line import ORDERS, columns, entry_line, head_line, name_start, order_at
from layertui.tui.widgets.lists.empty_hint import Advising
from layertui.tui.widgets.text.pieces import Pieces

if TYPE_CHECKING:  # the first frame does not wait for numpy and the core
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry
    from layertui.tui.widgets.files.folds import Folds
    from layertui.tui.widgets.files.tree_rows import Column, TreeRows

KEPT = 4000
"""The largest number of entries kept for drawing."""


class Prepared(NamedTuple):
    """The rows of a View, computed in a job's thread."""

    shape: TreeRows
    folds: Folds
    turn: int
    mask: Column | None
    found: bool


class FileTree(Advising):
    """The files of a view, as a tree that can be folded, filtered and sorted."""

    TITLE_OF_KEYS = tr("Files")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("open"), tooltip=tr("Fold or unfold the folder, or show the file")),
        Binding("space", "fold", tr("fold"), show=False, tooltip=tr("Fold or unfold the folder")),
        Binding("right,l", "unfold", tr("unfold, go inside"), show=False),
        Binding("left,h", "go_out", tr("fold, go out"), show=False),
        Binding("asterisk", "unfold_all", tr("unfold all"), show=False),
        Binding("minus", "fold_all", tr("fold all"), show=False),
        Binding("o", "order", tr("order"), show=False, tooltip=tr("Sort by name, size, time, change or layer")),
    ]

    FIRST_KEYS: ClassVar[tuple[str, ...]] = (
        "choose",
        "find",
        "write",
        "take_out",
        "lookup",
        "delete",
        "alone",
        "merged",
        "everything",
        "only_changes",
    )
    """Actions of the screen that come first in the key bar."""

    class Ordered(Message):
        """Another order is requested, for the next View."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head_height = 1
        self.view: View | None = None
        self.shape: TreeRows | None = None
        self.own_number: int | None = None
        """The number of a container's writable layer, shown as a sign."""
        self.order = "name"
        """The order of entries in each folder, from the next View on."""
        self.waiting = ""
        self._mask: Column | None = None
        self._marks: Column | None = None
        self.folds: Folds | None = None
        self._drawn: dict[int, Entry] = {}
        self._turn = 0
        """Counts changes of folds, so that rows computed before one are not shown after it."""
        self._wanted: str | None = None
        """A path to go to as soon as a View has it."""
        self._reordered = False
        """Whether the order was changed: then the cursor goes to the first row of the next View, the largest or newest."""
        self.to_unfold: tuple[str, ...] = ()
        """Folders to unfold as soon as a Stack has them."""
        self._left: str | None = None
        """The cursor's path in the previous image or container."""

    # -- called by the screen

    def show_waiting(self, text: str) -> None:
        """Show why there is no View yet."""
        self._left = self.path or self._left
        self.view, self.shape, self._mask, self.waiting = None, None, None, text
        self._drawn.clear()
        self.advise()
        self.show_count(len(self.advice), cursor=0)

    def advice_text(self) -> str:
        if self.shape is None:
            return self.waiting
        if len(self.shape):
            return ""
        if self._marks is not None:
            return tr("No match.")
        return tr("Nothing.") if self._mask is None else tr("No changes in this layer.")

    def on_resize(self, event: events.Resize) -> None:
        self.head_height = 1 if self.size.height > 2 else 0  # in a low pane a row is more useful than a head
        super().on_resize(event)

    def has_cursor(self) -> bool:
        return self.index >= 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("choose", "fold", "unfold", "go_out", "unfold_all", "fold_all", "order") and self.index < 0:
            return False
        return super().check_action(action, parameters)

    def prepared(self, view: View, mask: Column | None = None, *, found: bool = False) -> Prepared:
        """Compute the rows of a View: independent of drawing, so it may run in another thread.

        `found`: the mask is the result of a filter, whose matches are marked.
        """
        from layertui.tui.widgets.files.folds import Folds
        from layertui.tui.widgets.files.tree_rows import TreeRows

        turn = self._turn
        folds = self.folds.on(view.stack) if self.folds is not None else Folds(view.stack)
        for path in self.to_unfold:
            folds.unfold(path)
        shape = TreeRows(view, folds.is_open[view.path_ids], mask=mask, order=self.order)
        _ = view.total_size, view.kind  # columns for drawing are computed here, not at a key press
        return Prepared(shape, folds, turn, mask, found)

    def show_view(self, view: View, prepared: Prepared, *, own_number: int | None = None) -> None:
        """Show another View. Of the same Stack: folds and cursor stay; of another: by path, as far as it exists."""
        path, path_id = self.path, self._path_id()
        same = self.view is not None and self.view.stack is view.stack
        if prepared.turn != self._turn:  # folds have changed meanwhile
            prepared = self.prepared(view, prepared.mask, found=prepared.found)
        self.folds, self._mask, self.own_number = prepared.folds, prepared.mask, own_number
        self.to_unfold = ()
        self.view, self.shape = view, prepared.shape
        self._marks = prepared.mask if prepared.found else None
        self._drawn.clear()
        wanted, self._wanted = self._wanted, None
        if wanted is not None and self.go_to(wanted):
            return
        path, self._left = path or self._left, None
        reordered, self._reordered = self._reordered, False
        at = self._index_of_path_id(path_id) if same and path_id is not None else index_of_path(view, path or "")
        row = 0 if reordered else self.shape.nearest(at)
        if self._marks is not None and len(self.shape) and not self._marks[self.shape.at(row)]:
            first = self.shape.next_match(-1, 1)
            row = row if first is None else first
        self.advise()
        self.show_count(len(self.shape) or len(self.advice), cursor=row if len(self.shape) else 0)

    def go_to(self, path: str) -> bool:
        """Unfold the folders above a path, and put the cursor on it; returns whether it exists."""
        if self.view is None or self.shape is None:
            return False
        index = self.view.find(path)
        if index is None or index < 0:
            return False
        self.shape.open_around(index)
        self._remember()
        self.show_count(len(self.shape), cursor=self.shape.nearest(index))
        return True

    def want(self, path: str) -> None:
        """Go to this path as soon as a View has it."""
        if not self.go_to(path):
            self._wanted = path

    def keep_in_sight(self) -> None:
        """After the filter is cleared, the match under the cursor stays visible, with its folders unfolded."""
        if self._marks is not None and self.index >= 0 and self._marks[self.index]:
            self._wanted = self.path

    @property
    def found(self) -> int | None:
        """The number of entries that match; None without a filter."""
        return None if self._mask is None else int(self._mask.sum())

    def next_match(self, by: int) -> None:
        """Go to the next match, or the previous one."""
        if self.shape is not None and (row := self.shape.next_match(self.cursor, by)) is not None:
            self.show_count(len(self.shape), cursor=row)

    def next_file(self, by: int) -> str | None:
        """Put the cursor on the next or previous regular file among the rows that match; its path, or None if there is none."""
        import numpy as np

        from layertui.core.layers.table.entry import Change, Kind

        view, shape = self.view, self.shape
        if view is None or shape is None:
            return None
        rows = np.asarray(shape.rows)
        indices = rows[self.cursor + 1 :] if by > 0 else rows[: self.cursor]
        fits = (view.kind[indices] == Kind.FILE) & (view.change[indices] != Change.REMOVED)
        if self._marks is not None:
            fits &= self._marks[indices]
        found = np.flatnonzero(fits)
        if not len(found):
            return None
        self.cursor = self.cursor + 1 + int(found[0]) if by > 0 else int(found[-1])
        return self.path

    @property
    def index(self) -> int:
        """The index in the View of the row under the cursor, -1 for none."""
        if self.shape is None or not 0 <= self.cursor < len(self.shape):
            return -1
        return self.shape.at(self.cursor)

    @property
    def path(self) -> str | None:
        """The path under the cursor."""
        return self.view.path(self.index) if self.view is not None and self.index >= 0 else None

    def to_copy(self) -> str | None:
        return self.path

    @property
    def entry(self) -> Entry | None:
        """The entry under the cursor."""
        return self.view.entry(self.index) if self.view is not None and self.index >= 0 else None

    # -- folds

    def action_choose(self) -> None:
        if self.shape is not None and self.index >= 0 and self.shape.is_folder(self.index):
            self.action_fold()
        else:
            super().action_choose()

    def action_fold(self) -> None:
        if self.shape is not None and self.index >= 0 and self.shape.is_folder(self.index):
            self._set_open(self.index, is_open=not self.shape.unfolded[self.index])

    def action_unfold(self) -> None:
        shape, index = self.shape, self.index
        if shape is None or index < 0 or not shape.has_inside(index):
            return
        if shape.is_open(index):
            self.cursor += 1
        else:
            self._set_open(index, is_open=True)

    def action_go_out(self) -> None:
        shape, index = self.shape, self.index
        if shape is None or index < 0:
            return
        if shape.is_open(index):
            self._set_open(index, is_open=False)
        elif (parent := shape.view.parent_of(index)) >= 0:
            self.cursor = shape.nearest(parent)

    def action_unfold_all(self) -> None:
        self._set_all(is_open=True)

    def action_fold_all(self) -> None:
        self._set_all(is_open=False)

    def action_order(self) -> None:
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self._reordered = True
        self.post_message(self.Ordered())

    def _set_open(self, index: int, *, is_open: bool) -> None:
        assert self.shape is not None
        self.shape.set_open(index, is_open=is_open)
        self._remember()
        self.show_count(len(self.shape))

    def _set_all(self, *, is_open: bool) -> None:
        if self.shape is not None:
            index = self.index
            self.shape.set_all(is_open=is_open)
            self._remember()
            self.show_count(len(self.shape), cursor=self.shape.nearest(index))

    def _remember(self) -> None:
        """Store the folds in the stack's order, unless a filter has unfolded folders automatically."""
        self._turn += 1
        if self.shape is not None and self.view is not None and self.folds is not None and self._mask is None:
            self.folds.is_open[self.view.path_ids] = self.shape.unfolded

    # -- change of Views

    def _path_id(self) -> int | None:
        index = self.index
        return int(self.view.path_ids[index]) if self.view is not None and index >= 0 else None

    def _index_of_path_id(self, path_id: int) -> int:
        """The index of a path, or of the nearest folder above it that this View has."""
        import numpy as np

        assert self.view is not None
        path_ids, above = self.view.path_ids, self.view.stack.parent
        while path_id >= 0:
            at = int(np.searchsorted(path_ids, path_id))
            if at < len(path_ids) and path_ids[at] == path_id:
                return at
            path_id = int(above[path_id])
        return 0

    # -- drawing

    def _columns(self, width: int) -> dict[str, int]:
        return columns(width - 1, self.shape.order if self.shape is not None else self.order)

    def draw_head(self, line: int, width: int) -> Pieces:
        return [] if self.shape is None else head_line(self._columns(width), self.shape.order)

    def draw_row(self, index: int, width: int) -> Pieces:
        view, shape = self.view, self.shape
        if view is None or shape is None or not len(shape):
            return self.draw_advice(index)
        at = shape.at(index)
        entry = self._drawn.get(at)
        if entry is None:
            if len(self._drawn) > KEPT:
                self._drawn.clear()
            entry = self._drawn[at] = view.entry(at)
        return entry_line(
            entry,
            self._columns(width),
            deep=int(shape.depth[at]) - 1,
            sign=shape.sign(at),
            # Another name of an inode adds nothing to its folder, but its row shows the file's size.
            size=view.total_of(at) if shape.is_folder(at) else entry.size,
            is_base=view.upto == 1,
            is_own=entry.layer is not None and entry.layer == self.own_number,
            is_found=self._marks is not None and bool(self._marks[at]),
        )

    def on_click(self, event: events.Click) -> None:
        """A click on a folder's sign folds it, without a second click."""
        offset = event.get_content_offset(self)
        if offset is None or self.shape is None or event.button != 1:
            return
        if offset.y < self.head_height:
            name = order_at(self.draw_head(0, self.scrollable_content_region.width), offset.x)
            if name and self.index >= 0:  # a click on the column that is sorted by returns to names
                self.order = "name" if name == self.order else name
                self._reordered = True
                self.post_message(self.Ordered())
            return
        row = self.scroll_offset.y + offset.y - self.head_height
        if row >= len(self.shape):
            return
        start = name_start(self._columns(self.scrollable_content_region.width))
        at = self.shape.at(row)
        sign = start + 2 * (int(self.shape.depth[at]) - 1)
        if sign <= offset.x < sign + 2 and self.shape.has_inside(at):
            event.stop()
            event.prevent_default()
            self.cursor = row
            self.action_fold()


def index_of_path(view: View, path: str) -> int:
    """The index of a path, or of the nearest folder above it that the View has."""
    while path and path != "/":
        index = view.find(path)
        if index is not None:
            return index
        path = path.rpartition("/")[0]
    return 0
