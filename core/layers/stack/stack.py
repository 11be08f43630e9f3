"""Stack: merged layers, and the views of them: as of a layer, of one layer alone, of some layers' changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.layers.stack import view as views
from layertui.core.layers.stack.build_timeline import build
from layertui.core.layers.stack.timeline import Timeline
from layertui.core.layers.table.columns import read_columns, write_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.layers.stack.timeline import StackLayer
    from layertui.core.layers.stack.view import View


_FORMAT = 1
_COLUMNS = frozenset(Timeline.__slots__) - {"layers"}


class Stack(Timeline):
    """Merged layers: their timeline, loaded from a cache file or built, and views of it."""

    __slots__ = ()

    @classmethod
    def from_layers(cls, layers: Sequence[StackLayer]) -> Stack:
        """The stack of ``layers``, lowest first."""
        stack = cls(layers)
        build(stack)
        return stack

    def with_layer(self, layer: StackLayer) -> Stack:
        """This stack with one more layer on top."""
        return Stack.from_layers([*self.layers, layer])

    def save(self, path: Path, **meta: Any) -> None:
        """Write the timeline, without the tables, to a cache file. Raises StorageError."""
        columns = {name: getattr(self, name) for name in sorted(_COLUMNS)}
        write_columns(path, {"format": _FORMAT, "layers": len(self)} | meta, columns)

    @classmethod
    def load(cls, path: Path, layers: Sequence[StackLayer], **meta: Any) -> Stack | None:
        """The stack in a cache file, over these layers; None if the file is missing, damaged or of another format."""
        found = read_columns(path)
        expected = {"format": _FORMAT, "layers": len(layers)} | meta
        if found is None or any(found[0].get(name) != value for name, value in expected.items()):
            return None
        if found[1].keys() != _COLUMNS:  # written by a version that had other columns, or other names for them
            return None
        stack = cls(layers)
        for name, column in found[1].items():
            setattr(stack, name, column)
        return stack

    def view(self, upto: int | None = None, *, since: int | None = None, removed: bool = False) -> View:
        """The files as of layer ``upto`` (default: the top).

        Changes are relative to layer ``since`` (default: the layer below); with ``removed``, what was
        removed since then has rows too. Raises NotFound for a layer that does not exist.
        """
        return views.as_of(self, upto, since=since, removed=removed)

    def alone(self, number: int) -> View:
        """Layer ``number`` by itself, with what it removes. Raises NotFound."""
        return views.alone(self, number)

    def span(self, low: int, high: int) -> View:
        """The changes of layers ``low`` to ``high``, with what they removed. Raises NotFound."""
        return views.span(self, low, high)
