"""What takes the bytes of a Subject: its size maps, by folder, by layer or by kind, and the steps that its layers came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from layertui.core.analysis.by_folder.size_map import SizeMap
from layertui.core.analysis.by_folder.size_tree import Groups
from layertui.core.analysis.stored_files import Why, stored_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack

Split = Literal["folder", "layer", "kind"]
"""How a size map is divided first: not at all, by the layers, or by the kinds of files."""


class MapLayer(NamedTuple):
    """A layer of a size map."""

    number: int
    command: str
    """Of the step that made it; empty if none is recorded."""
    writable: bool

    @property
    def name(self) -> str:
        """As panes show it."""
        return "writable layer" if self.writable else f"layer {self.number}"


class SizeMaps:
    """The size maps of one Subject, each made when it is first asked for."""

    def __init__(self, subject: Subject, stack: Stack, steps: Iterable[Step]) -> None:
        self.subject = subject
        low, high = subject.span or (1, subject.upto or len(stack))
        by_number = {step.number: step for step in steps if step.number is not None}
        own = len(subject.image.layers) + 1 if subject.container is not None else None
        self.layers = tuple(
            MapLayer(number, (step.command or "") if (step := by_number.get(number)) else "", number == own)
            for number in range(low, high + 1)
        )
        """Lowest first; the layers of the maps' nodes are indexes into these."""
        self._stack = stack
        self._files = stored_files(stack, low=low, high=high) if len(stack) else stored_files(stack)
        self._layers = Groups(self._files.layer - low, [layer.name for layer in self.layers])
        self._made: dict[Split, SizeMap] = {}

    @property
    def writable(self) -> int | None:
        """The index of a container's writable layer in `layers`."""
        return next((index for index, layer in enumerate(self.layers) if layer.writable), None)

    def by(self, split: Split = "folder") -> SizeMap:
        """The map of all files, or with a tree for each layer or kind. Takes a moment for many files: call it in a job."""
        if split not in self._made:
            groups = {"folder": lambda: None, "layer": lambda: self._layers, "kind": self._kinds}[split]()
            self._made[split] = SizeMap(self._stack, self._files, self._layers, groups)
        return self._made[split]

    def _kinds(self) -> Groups:
        from layertui.core.analysis.kinds import KINDS, kind_numbers

        return Groups(kind_numbers(self._files), KINDS)

    def hidden_by(self, found: SizeMap, node: int) -> tuple[Why, int] | None:
        """Why the largest stored copy of a hidden file is hidden, and the number of the layer that hides it; None if it is visible."""
        copies = found.tree.copies[found.tree.first[node] : found.tree.end[node]]
        hidden = copies[self._files.hidden[copies]]
        if not len(hidden):
            return None
        copy = hidden[self._files.bytes[hidden].argmax()]
        return Why(int(self._files.why[copy])), int(self._files.hidden_by[copy])

    def visible_as_of(self, found: SizeMap, node: int) -> int | None:
        """The layer as of which a folder or file is visible, if it is not visible at the top; None if it is."""
        tree = found.tree
        if tree.hidden[node] < tree.sizes[node]:
            return None
        copies = tree.copies[tree.first[node] : tree.end[node]]
        return int(self._files.layer[copies[self._files.bytes[copies].argmax()]]) if len(copies) else None
