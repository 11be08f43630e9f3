"""Where a path comes from: the layers searched from the top down, one line a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import layer_name, mode_text, one_line, safe, size
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.stack.path_fall import fall_signs
from layertui.tui.widgets.stack.stack_drawing import FALLS, slab_line
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.layers.stack.trace import PathVersion, Trace
    from layertui.core.layers.table.entry import Entry

OWN = "✎"
BEFORE_SLAB = 6
"""Columns of the cursor's sign, the mark and the layer's number."""

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
        Binding("enter", "choose", tr("open"), show=False, tooltip=tr("Show the content of this layer's version")),
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
        self.show_count(len(trace.steps), cursor=found[0] if found else 0)

    def clear(self) -> None:
        self.trace = None
        self.package = ""
        self.show_count(0)

    def show_package(self, package: str) -> None:
        """Show which package owns the file, after the result."""
        self.package = package
        self.refresh()

    def finding_at(self, index: int) -> PathVersion | None:
        """The result on one line."""
        return self._steps[index] if 0 <= index < len(self._steps) else None

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
        return next((step.entry for step in self._steps[index + 1 :] if step.entry is not None), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and self.entry_at(self.cursor) is None:
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
        del line
        if self.trace is None:
            return [(tr("no path yet"), "dim")]
        word = "good" if self.trace.visible else "bad"
        offer = tr(" (nearest: {nearest}, Enter looks it up)", nearest=safe(self.nearest)) if self.nearest else ""
        package = f"  {self.package}" if self.package else ""
        result = verdict(self.trace, self.own) + offer
        fall = " " * (BEFORE_SLAB + _slab_width(width) // 2) + f"{FALLS} "
        return [(fall + safe(self.trace.path), "strong"), ("  ", ""), (result, word), (package, "dim")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """Number, the layer as a slab that the path falls through, command, result, and the version's size and mode."""
        finding = self.finding_at(index)
        assert finding is not None
        text, word = answer(finding) if self._signs[index] else NOT_SEARCHED
        own = finding.layer == self.own
        marked = finding.entry is not None and finding.entry is self.marked
        mark: Piece = (" ●" if marked else "  ", "base strong")
        layer: Piece = (right(OWN if own else str(finding.layer), 3) + " ", "own" if own else "dim")
        longest = max((cell_len(self._command(step.layer)) for step in self._steps), default=0)
        slab = _slab_width(width)
        room = max(9, min(longest, 44, width - 54 - slab if width >= 74 else width // 6))
        command = self._command(finding.layer)
        pieces: list[Piece] = [
            mark,
            layer,
            *slab_line(self._signs[index], slab, writable=own),
            (" " + fit(command, room) + "  ", "own" if own else ""),
            (fit(text, 24) if cell_len(text) < 24 else text, word),
        ]
        if finding.entry is not None:
            pieces += _figures(finding.entry, width)
        return pieces


def _slab_width(width: int) -> int:
    return 7 if width >= 70 else 3


def _figures(entry: Entry, width: int) -> list[Piece]:
    figures = f" {size(entry.size):>7}  {mode_text(entry.kind, entry.mode)}"
    if width >= 100:
        figures += f"  {entry.uid}:{entry.gid}"
    if entry.link is not None:
        figures += f"  → {safe(entry.link)}"
    return [(figures, "dim")]
