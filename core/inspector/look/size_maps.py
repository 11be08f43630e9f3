"""What takes the bytes of a Subject: its size maps, by folder, layer, kind or package, and the steps that its layers came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from layertui.core.analysis.by_folder.size_map import SizeMap
from layertui.core.analysis.by_folder.size_tree import Groups
from layertui.core.analysis.largest import largest_files
from layertui.core.analysis.stored_files import Why, stored_files
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertui.core.analysis.packages.find_packages import PackagesFound
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack

Split = Literal["folder", "layer", "kind", "package"]
"""How a size map is divided first: not at all, by the layers, by the kinds of files, or by the packages that own them."""

NO_PACKAGE = tr("no package")
"""The group of files that no package owns."""


class MapLayer(NamedTuple):
    """What a size map says of a layer."""

    number: int
    command: str
    """Of the step that made it; empty if none is recorded."""
    writable: bool

    @property
    def name(self) -> str:
        """As panes show it."""
        return tr("writable layer") if self.writable else tr("layer {number}", number=self.number)


class SizeMaps:
    """The size maps of one Subject, each made when it is first asked for."""

    def __init__(
        self, subject: Subject, stack: Stack, steps: Iterable[Step], packages: Callable[[], PackagesFound]
    ) -> None:
        """`packages` finds the packages of what the Subject shows, and is called when they are first asked for."""
        self.subject = subject
        low, high = subject.span or (1, subject.upto or len(stack))
        by_number = {step.number: step for step in steps if step.number is not None}
        own = len(subject.image.layers) + 1 if subject.container is not None else None
        self.layers = tuple(
            MapLayer(number, (step.command or "") if (step := by_number.get(number)) else "", number == own)
            for number in range(low, high + 1)
        )
        """Lowest first; the layers of the maps' nodes are indexes into these."""
        self._stack, self._packages = stack, packages
        self._files = stored_files(stack, low=low, high=high) if len(stack) else stored_files(stack)
        self.largest = next(iter(largest_files(self._files, 1)), None)
        """The largest visible file; not the path with most bytes, which several copies may have together."""
        self._layers = Groups(self._files.layer - low, [layer.name for layer in self.layers])
        self._made: dict[Split, SizeMap] = {}
        self.not_read: tuple[str, ...] = ()
        """Why package databases could not be read, a line each; known once the map by package is made."""

    @property
    def writable(self) -> int | None:
        """The index of a container's writable layer in `layers`."""
        return next((index for index, layer in enumerate(self.layers) if layer.writable), None)

    def by(self, split: Split = "folder") -> SizeMap:
        """The map of all files, or with a tree for each layer, kind or package. Takes a moment for many files: call it in a job."""
        if split not in self._made:
            groups = {
                "folder": lambda: None,
                "layer": lambda: self._layers,
                "kind": self._kinds,
                "package": self._by_package,
            }[split]()
            self._made[split] = SizeMap(self._stack, self._files, self._layers, groups)
        return self._made[split]

    def _kinds(self) -> Groups:
        from layertui.core.analysis.kinds import KINDS, kind_numbers

        return Groups(kind_numbers(self._files), KINDS)

    def _by_package(self) -> Groups:
        """A hidden copy belongs to the package that owns its path now; to none if the path is gone."""
        import numpy as np

        found = self._packages()
        self.not_read = tuple(found.problems)
        of_path = np.full(len(self._stack.depth), -1, np.int32)
        of_path[found.view.path_ids] = found.owner
        numbers = of_path[self._files.path_ids] + 1
        return Groups(numbers, [NO_PACKAGE, *(one.package.title for one in found.packages)])

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
