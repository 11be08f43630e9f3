"""Where a path comes from: the layers searched from the top down, one line a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import layer_name, mode_text, one_line, safe, size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.stack.path_fall import fall_signs
from layertui.tui.widgets.stack.stack_drawing import ANY_LAYER, FALLS, SIGNS, slab_line
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, many, right

if TYPE_CHECKING:
    from layertui.core.layers.stack.trace import PathVersion, Trace
    from layertui.core.layers.table.entry import Entry

OWN = "✎"
BEFORE_SLAB = 6
"""Columns of the cursor's sign, the mark and the layer's number."""

GAPS, SIZE, MODE = 3, 8, 12
"""Cells of the gaps around a step, of a version's size, and of its mode, with the gaps before them."""

MODE_FROM = 90
"""The width from which there is room for a version's mode; on a narrower screen the steps need it."""

FOLDS_FROM = 20
"""The number of layers from which those without the path are folded."""

# The result for each layer, in the words of the screen, and the word for its colour.
ANSWERS = {
    "absent": (tr("not here"), "dim"),
    "whiteout": (tr("removed here (whiteout)"), "removed"),
    "parent-removed": (tr("its folder is removed here (whiteout)"), "removed"),
    "opaque": (tr("folder emptied here (opaque)"), "removed"),
    "not-a-directory": (tr("replaced by a file"), "removed"),
}
HERE = (tr("here: the visible version"), "good")
NOT_SEARCHED = (tr("not searched"), "dim")
HIDDEN = (tr("hidden below"), "changed")
RESULT = max(cell_len(HERE[0]), cell_len(HIDDEN[0]))
"""Cells of the results after which a version's size follows."""


def answer(finding: PathVersion) -> tuple[str, str]:
    """The result for a layer, and the word for its colour."""
    if finding.found == "present":
        return HERE if finding.visible else HIDDEN
    return ANSWERS.get(finding.found, (finding.found, "dim"))


def verdict(trace: Trace, own: int | None = None) -> str:
    """The result as one sentence about the whole stack; `own` is the number of a container's writable layer."""
    if not trace.steps:
        return tr("no layers")
    if trace.visible:
        hidden = sum(1 for step in trace.steps if step.found == "present" and not step.visible)
        below = tr("; {versions} hidden below", versions=_versions(hidden)) if hidden else ""
        return tr("found in {layer}{below}", layer=layer_name(trace.layer, own), below=below)
    hidden = sum(1 for step in trace.steps if step.found == "present")
    ended = next((step for step in trace.steps if step.found not in ("absent", "present")), None)
    if ended is None:
        return tr("not found in any layer")
    how = tr("replaced by a file") if ended.found == "not-a-directory" else tr("deleted")
    return tr(
        "{how} in {layer}; {versions} hidden below",
        how=how,
        layer=layer_name(ended.layer, own),
        versions=_versions(hidden),
    )


def _versions(count: int) -> str:
    return tr("1 older version") if count == 1 else tr("{count} older versions", count=count or "no")


class LookupView(RowList):
    """The result for each layer; the cursor selects the version for the preview."""

    TITLE_OF_KEYS = tr("Lookup view")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            tr("open"),
            tooltip=tr("Show the content of this layer's version, or unfold layers without one"),
        ),
        Binding("n", "version(1)", tr("next version"), tooltip=tr("Go to the next version below")),
        Binding("N", "version(-1)", tr("previous version"), show=False, tooltip=tr("Go to the previous version above")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.trace: Trace | None = None
        self.commands: Mapping[int, str] = {}
        self.own: int | None = None
        self.marked: Entry | None = None
        self.nearest = ""
        self.package = ""
        """Which package owns the file, in words, where that is known."""
        self._rows: list[range] = []
        """The steps of each line: one, or several without the path that are folded."""
        self._signs: Sequence[str] = ()
        """What the path meets in each layer; no sign below the one at which the search ended, unless it has a version."""
        self.head_height = 1

    def show(self, trace: Trace, commands: Mapping[int, str], own: int | None = None, *, nearest: str = "") -> None:
        """Show a trace; `commands` are the layers' commands by number, `own` is the number of a container's writable layer.

        `nearest` is the path that Enter looks up instead, if no layer has this one.
        """
        self.trace, self.commands, self.own, self.marked, self.nearest = trace, commands, own, None, nearest
        found = [index for index, step in enumerate(trace.steps) if step.found != "absent"]
        self.package = ""
        self._signs = fall_signs(trace)
        self._rows = _folded(trace.steps, self._signs)
        self.show_count(len(self._rows), cursor=self._row_of(found[0] if found else 0))

    def clear(self) -> None:
        self.trace = None
        self.package = ""
        self._rows = []
        self.show_count(0)

    def _row_of(self, index: int) -> int:
        """The line of a step."""
        return next((row for row, of in enumerate(self._rows) if index in of), 0)

    def _fold_at(self, row: int) -> range | None:
        """The steps that are folded on a line; None for a line of one step."""
        of = self._rows[row] if 0 <= row < len(self._rows) else range(1)
        return of if len(of) > 1 else None

    def action_choose(self) -> None:
        fold = self._fold_at(self.cursor)
        if fold is None:
            super().action_choose()
            return
        self._rows[self.cursor : self.cursor + 1] = [range(index, index + 1) for index in fold]
        self.show_count(len(self._rows))

    def action_version(self, by: int) -> None:
        """Go to the next layer that has the path or removes it, cyclically."""
        rows = [row for row, of in enumerate(self._rows) if any(self._steps[index].found != "absent" for index in of)]
        beyond = [row for row in rows if (row > self.cursor if by > 0 else row < self.cursor)] or rows
        if beyond:
            self.cursor = beyond[0 if by > 0 else -1]

    def show_package(self, package: str) -> None:
        """Show which package owns the file, after the result."""
        self.package = package
        self.refresh()

    def finding_at(self, index: int) -> PathVersion | None:
        """The result on one line; None for a line of several folded layers."""
        if not 0 <= index < len(self._rows) or self._fold_at(index) is not None:
            return None
        return self._steps[self._rows[index].start]

    @property
    def _steps(self) -> Sequence[PathVersion]:
        return self.trace.steps if self.trace is not None else ()

    def _command(self, layer: int) -> str:
        return tr("writable layer") if layer == self.own else one_line(self.commands.get(layer, ""))

    def entry_at(self, index: int) -> Entry | None:
        """The version on one line, if that layer has one."""
        finding = self.finding_at(index)
        return finding.entry if finding is not None else None

    def version_below(self, index: int) -> Entry | None:
        """The next version below one line."""
        below = self._steps[self._rows[index].stop :] if 0 <= index < len(self._rows) else ()
        return next((step.entry for step in below if step.entry is not None), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and self.entry_at(self.cursor) is None and self._fold_at(self.cursor) is None:
            return False
        if action == "version" and self.trace is None:
            return False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        return tr("this layer has no version of the path") if action == "choose" else super().why_not(action)

    def to_copy(self) -> str | None:
        """The path that is looked up."""
        return self.trace.path if self.trace is not None else None

    def mark(self, entry: Entry | None) -> None:
        """Mark a version, to compare it with another."""
        self.marked = entry
        self.refresh()

    def draw_head(self, line: int, width: int) -> Pieces:
        if self.trace is None:
            return [(tr("no path yet"), "dim")]
        word = "good" if self.trace.visible else "bad"
        offer = ""
        if self.nearest:
            submit = key_name("submit", "Enter")
            offer = tr(" (nearest: {nearest}, {submit} looks it up)", nearest=safe(self.nearest), submit=submit)
        package = f"  {self.package}" if self.package else ""
        result = verdict(self.trace, self.own) + offer
        fall = " " * (BEFORE_SLAB + _slab_width(width) // 2) + f"{FALLS} "
        return [(fall + safe(self.trace.path), "strong"), ("  ", ""), (result, word), (package, "dim")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """Number, the layer as a slab that the path falls through, command, result, and the version's size and mode."""
        fold = self._fold_at(index)
        if fold is not None:
            return self._draw_fold(fold, width)
        finding = self.finding_at(index)
        assert finding is not None
        sign = self._signs[self._rows[index].start]
        text, word = answer(finding) if sign else NOT_SEARCHED
        own = finding.layer == self.own
        marked = finding.entry is not None and finding.entry is self.marked
        mark: Piece = (" ●" if marked else "  ", "base strong")
        layer: Piece = (right(OWN if own else str(finding.layer), 3) + " ", "own" if own else "dim")
        longest = max((cell_len(self._command(step.layer)) for step in self._steps), default=0)
        slab = _slab_width(width)
        beside = BEFORE_SLAB + slab + GAPS + RESULT + SIZE + (MODE if width >= MODE_FROM else 0)
        room = max(9, min(longest, 44, width - beside))
        command = self._command(finding.layer)
        pieces: list[Piece] = [
            mark,
            layer,
            *slab_line(sign, slab, writable=own),
            (" " + fit(command, room) + "  ", "own" if own else ""),
            (fit(text, RESULT) if cell_len(text) < RESULT else text, word),
        ]
        if finding.entry is not None:
            pieces += _figures(finding.entry, width)
        return pieces

    def _draw_fold(self, fold: range, width: int) -> Pieces:
        """Several layers without the path: whether it falls through them, how many they are, and the key that shows them."""
        sign, slab = self._signs[fold.start], _slab_width(width)
        glyph, word = SIGNS[sign]
        answers, _ = ANSWERS["absent"] if sign else NOT_SEARCHED
        through = fit(" " * (slab // 2) + glyph, slab)
        what = f"{many(len(fold), 'layer')}: {answers}"
        return [
            ("   " + right(ANY_LAYER, 2) + " ", "dim"),
            (through, word),
            (f" {what}  ", "dim"),
            (tr("{choose} unfolds", choose=key_name("choose", "Enter")), "dim"),
        ]


def _folded(steps: Sequence[PathVersion], signs: Sequence[str]) -> list[range]:
    """The steps of each line: where there are many, layers without the path are folded, but for those beside a version."""
    each = [range(index, index + 1) for index in range(len(steps))]
    if len(steps) < FOLDS_FROM:
        return each
    known = {index for index, step in enumerate(steps) if step.found != "absent"}
    kept = known | {index + by for index in known for by in (-1, 1)} | {0, len(steps) - 1}
    found: list[range] = []
    for index, sign in enumerate(signs):
        last = found[-1] if found else range(0)
        if index not in kept and last and last.start not in kept and signs[last.start] == sign:
            found[-1] = range(last.start, index + 1)
        else:
            found.append(each[index])
    return found


def _slab_width(width: int) -> int:
    return 7 if width >= 70 else 3


def _figures(entry: Entry, width: int) -> list[Piece]:
    figures = f" {size(entry.size):>7}"
    if width >= MODE_FROM:
        figures += f"  {mode_text(entry.kind, entry.mode)}"
    if width >= 100:
        figures += f"  {entry.uid}:{entry.gid}"
    if entry.link is not None:
        figures += f"  → {safe(entry.link)}"
    return [(figures, "dim")]
