"""Stack: layers laid over each other, and the views of them: as of a layer, of one alone, of what some did."""

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


class Stack(Timeline):
    """Layers laid over each other: their timeline, kept in a cache file or built anew, and views of it."""

    __slots__ = ()

    @classmethod
    def lay(cls, layers: Sequence[StackLayer]) -> Stack:
        """The stack of ``layers``, lowest first."""
        stack = cls(layers)
        build(stack)
        return stack

    def with_layer(self, laid: StackLayer) -> Stack:
        """This stack with one layer more on top."""
        return Stack.lay([*self.layers, laid])

    def save(self, path: Path, **meta: Any) -> None:
        """Write the timeline, without the tables, to a cache file. Raises StorageError."""
        columns = {name: getattr(self, name) for name in Timeline.__slots__ if name != "layers"}
        write_columns(path, {"format": _FORMAT, "layers": len(self)} | meta, columns)

    @classmethod
    def load(cls, path: Path, layers: Sequence[StackLayer], **meta: Any) -> Stack | None:
        """The stack in a cache file, over these layers, or None where there is none that is whole and of our format."""
        found = read_columns(path)
        expected = {"format": _FORMAT, "layers": len(layers)} | meta
        if found is None or any(found[0].get(name) != value for name, value in expected.items()):
            return None
        stack = cls(layers)
        for name, column in found[1].items():
            setattr(stack, name, column)
        return stack

    def view(self, upto: int | None = None, *, since: int | None = None, removed: bool = False) -> View:
        """What is to be seen as of layer ``upto`` (default: the top).

        Changes are told against layer ``since`` (default: the layer below); with ``removed`` what
        is gone since then has rows too. Raises NotFound for a layer that is not there.
        """
        return views.as_of(self, upto, since=since, removed=removed)

    def alone(self, number: int) -> View:
        """Layer ``number`` by itself, what it removes included. Raises NotFound."""
        return views.alone(self, number)

    def span(self, low: int, high: int) -> View:
        """What layers ``low`` to ``high`` did, what they removed included. Raises NotFound."""
        return views.span(self, low, high)
