"""Which folders are unfolded, by path number in the stack, so that every View of it shows the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.stack.view import View

MANY = 2000
"""The number of open folders above which "unfold all" is assumed, and carried over as such, not folder by folder."""


class Folds:
    """One bit per path of the stack. Mutable: it is the tree's own state, never shared."""

    def __init__(self, stack: Timeline, is_open: np.ndarray[Any, Any] | None = None) -> None:
        self.stack = stack
        self.is_open: np.ndarray[Any, Any] = np.zeros(len(stack.depth), bool) if is_open is None else is_open

    def unfold(self, path: str) -> None:
        """Unfold a folder and those above it; nothing for a path that the stack does not have."""
        from layertui.core.layers.table.path_keys import key_of

        found = self.stack.find(key_of(path))
        while found is not None and found >= 0:
            self.is_open[found] = True
            found = int(self.stack.parent[found])

    def unfolded(self, view: View, most: int) -> tuple[str, ...]:
        """The unfolded folders of a view; none if there are more than `most`."""
        found = np.flatnonzero(self.is_open[view.path_ids])
        return tuple(view.path(index) for index in found.tolist()) if len(found) <= most else ()

    def on(self, stack: Timeline) -> Folds:
        """The same folders, by path, in another Stack."""
        if stack is self.stack:
            return self
        carried = Folds(stack)
        path_ids = np.flatnonzero(self.is_open)
        if len(path_ids) > MANY:
            carried.is_open[:] = True
            return carried
        for path_id in path_ids.tolist():
            found = stack.find(self.stack.key(path_id))
            if found is not None:
                carried.is_open[found] = True
        return carried
