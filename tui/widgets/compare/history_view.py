"""Two histories side by side: the shared base as one row, then pairs of steps.

The newest step is at the top and the base at the bottom, as in the layer list and in `docker history`. On a wide screen
each side has its own column. On a narrow one both share a column, and a changed step takes two lines, the left one's
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.widgets.compare.history_lines import TWO_COLUMNS, base_line, head, narrow_line, own_line, wide_line
from layertui.tui.widgets.compare.history_rows import Row, WritableLayerRow, rows_of
from layertui.tui.widgets.compare.hunks import HunkList
from layertui.tui.widgets.text.pieces import Pieces
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import Comparison, StepPair
    from layertui.core.images.history_steps import Step


ROOMY = 15
"""The number of lines from which the base is unfolded if all of it fits: the screen would be mostly empty otherwise."""


class HistoryView(HunkList):
    """Two aligned histories."""

    TITLE_OF_KEYS = tr("Two histories")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space",
            "choose",
            tr("open"),
            show=False,
            tooltip=tr("Show the files that the step's layer changed; fold or unfold the shared base"),
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.comparison: Comparison | None = None
        self.names = ("", "")
        self._totals: Sequence[tuple[int, int]] = ()
        self.rows: list[Row] = []
        self.own: Sequence[WritableLayerRow] = ()
        self.unfolded = self._by_hand = False
        self.wanted: Pattern | None = None
        self.head_height = 2

    def show(self, comparison: Comparison, names: tuple[str, str], own: Sequence[WritableLayerRow] = ()) -> None:
        """Show aligned histories; `names` are the titles of the two sides, `own` the writable layers of containers."""
        self.comparison, self.names, self.own = comparison, names, own
        self._totals = comparison.running
        self.unfolded = self._by_hand = False
        self._unfold_where_it_fits()
        self._rebuild(0)
        self.cursor = next(iter(self.hunks), 0)  # the first difference

    def _unfold_where_it_fits(self) -> None:
        """Called for each new size, since the comparison may be known before the first one; unfolded rows stay unfolded."""
        if self.comparison is not None and not self._by_hand:
            all_shared = self.comparison.base.steps == len(self.comparison.history)
            self.unfolded = self.unfolded or all_shared or self._has_room()

    def _has_room(self) -> bool:
        lines = self.size.height - self.head_height
        return lines >= ROOMY and len(self._rows(unfolded=True)) <= lines

    def filter(self, wanted: Pattern | None) -> None:
        self.wanted = wanted
        self._rebuild(0)

    @property
    def columns(self) -> bool:
        return self.size.width >= TWO_COLUMNS

    def own_at(self, index: int) -> WritableLayerRow | None:
        """The writable layer on a row, if it is one."""
        return self.rows[index].own if 0 <= index < len(self.rows) else None

    def pair_at(self, index: int) -> StepPair | None:
        return self.rows[index].pair if 0 <= index < len(self.rows) else None

    def to_copy(self) -> str | None:
        """The DiffID of the step's layer; the command of a step without a layer."""
        step = self._step
        return (
            (str(step.diff_id) if step.diff_id is not None else step.command) if step is not None else super().to_copy()
        )

    def more_to_copy(self) -> str | None:
        return self._step.command if self._step is not None else None

    @property
    def _step(self) -> Step | None:
        """The step under the cursor; of two, the right side's."""
        pair = self.pair_at(self.cursor)
        return (pair.b or pair.a) if pair is not None else None

    def _rebuild(self, cursor: int | None = None) -> None:
        if self.comparison is None:
            return
        self.rows = self._rows(unfolded=self.unfolded)
        # Each row is a hunk, not only the first of consecutive ones: nearly all rows above the base differ.
        self.hunks = [index for index, row in enumerate(self.rows) if row.differs]
        self.show_count(len(self.rows), cursor=cursor)

    def _rows(self, *, unfolded: bool) -> list[Row]:
        assert self.comparison is not None
        return rows_of(self.comparison, unfolded=unfolded, columns=self.columns, wanted=self.wanted, own=self.own)

    def on_resize(self, event: events.Resize) -> None:
        kept = self.pair_at(self.cursor)
        self._unfold_where_it_fits()
        self._rebuild()
        if kept is not None:
            self.cursor = next((i for i, row in enumerate(self.rows) if row.pair is kept), self.cursor)
        super().on_resize(event)

    def action_choose(self) -> None:
        """Fold or unfold the base; choose any other row."""
        if self.count and self.rows[self.cursor].shared and self.rows[self.cursor].pair is None:
            self.unfolded, self._by_hand = not self.unfolded, True
            self._rebuild()
        else:
            super().action_choose()

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        return head(self.names, line, width)

    def draw_row(self, index: int, width: int) -> Pieces:
        assert self.comparison is not None
        row = self.rows[index]
        if row.own is not None:
            return own_line(row.own, self.names, width)
        if row.pair is None:
            return base_line(self.comparison, width, unfolded=self.unfolded)
        if self.columns:
            return wide_line(self.comparison, row, row.pair, self._totals[row.index], width)
        return narrow_line(self.comparison, row, row.pair, width)
