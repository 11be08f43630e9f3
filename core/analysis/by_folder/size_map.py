"""The size map: what takes the bytes of an image or a container, by folder, by layer or by kind of file, node by node."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.by_folder.size_tree import TOP, Copies, GroupedBytes, Groups, SizeTree

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.size_tree import PathTree
    from layertui.core.layers.table.columns import Column


class SizeNode(NamedTuple):
    """What a node of the map stands for."""

    node: int
    name: str
    """The last component of the path, or the name of a group; not made safe for a terminal. Empty for TOP."""
    size: int
    """Bytes at and below it."""
    hidden: int
    """Those of them that the top view does not show."""
    files: int
    """The stored copies at and below it that have bytes."""
    is_folder: bool
    """Whether something is below it."""
    layer: int
    """The layer, by its number in the groups, that most of its bytes came from."""
    layer_size: int
    """Those bytes."""
    colour: int
    """That layer; in a map that is split, the group that it is of, -1 for TOP."""

    @property
    def is_hidden(self) -> bool:
        """Whether nothing of it is visible."""
        return self.hidden == self.size


class SizeMap:
    """A SizeTree whose nodes have names, and a layer that most of their bytes came from."""

    def __init__(self, stack: PathTree, copies: Copies, layers: Groups, split: Groups | None = None) -> None:
        """With `split` there is a tree of folders for each of its groups."""
        self.tree = SizeTree(stack, copies, split)
        self.colours = (split or layers).names
        """The names of the groups that have a colour."""
        self._stack, self._split = stack, split
        self._bytes = GroupedBytes(self.tree, copies, layers)

    def describe(self, nodes: Column) -> list[SizeNode]:
        """What some nodes stand for, in their order; all names are read together."""
        if not len(nodes):
            return []
        tree = self.tree
        by_layer = self._bytes.of(nodes)
        largest = by_layer.argmax(axis=1)
        return [
            SizeNode(*figures)
            for figures in zip(
                nodes.tolist(),
                self._names(nodes),
                tree.sizes[nodes].tolist(),
                tree.hidden[nodes].tolist(),
                (tree.end[nodes] - tree.first[nodes]).tolist(),
                tree.are_folders(nodes).tolist(),
                largest.tolist(),
                by_layer[np.arange(len(nodes)), largest].tolist(),
                (largest if self._split is None else tree.groups[nodes]).tolist(),
                strict=True,
            )
        ]

    def describe_one(self, node: int = TOP) -> SizeNode:
        """What one node stands for."""
        return self.describe(np.array([node]))[0]

    @cached_property
    def largest_file(self) -> int | None:
        """The node of the largest file; None if there is none."""
        files = np.flatnonzero(~self.tree.are_folders(np.arange(len(self.tree))))
        return int(files[self.tree.sizes[files].argmax()]) if self.tree.sizes[TOP] else None

    def by_layer(self, node: int = TOP) -> list[int]:
        """The bytes of one node by layer."""
        found: list[int] = self._bytes.of(np.array([node]))[0].tolist()
        return found

    def by_colour(self, node: int = TOP) -> list[int]:
        """The bytes of one node by what has a colour: see `SizeNode.colour`."""
        if self._split is None:
            return self.by_layer(node)
        found = [0] * len(self.colours)
        for one in [node] if node != TOP else self.tree.children().tolist():
            found[self.tree.groups[one]] = int(self.tree.sizes[one])
        return found

    def path(self, node: int) -> str:
        """The absolute path of a node; `/` for everything, and for a whole group."""
        path_id = int(self.tree.path_ids[node])
        return "/" if path_id < 0 else self._stack.path(path_id)

    def group_of(self, node: int) -> int | None:
        """The group whose bytes alone a node has, in a map that is split by groups."""
        group = int(self.tree.groups[node])
        return group if group >= 0 else None

    def node_of(self, path: str) -> int:
        """The node of a path, or of the nearest folder above it that takes bytes; in a map that is not split."""
        from layertui.core.layers.table.path_keys import key_of

        node = TOP
        path_id: int | None = None
        for name in filter(None, key_of(path).split(b"\0")):
            path_id = self._stack.child(path_id, name)
            at = int(np.searchsorted(self.tree.path_ids, path_id)) if path_id is not None else len(self.tree)
            if at == len(self.tree) or self.tree.path_ids[at] != path_id:
                break
            node = at
        return node

    def _names(self, nodes: Column) -> list[str]:
        path_ids, groups = self.tree.path_ids[nodes], self.tree.groups[nodes]
        inside = path_ids >= 0
        names = [self._split.names[group] if self._split and group >= 0 else "" for group in groups.tolist()]
        for index, name in zip(np.flatnonzero(inside).tolist(), self._stack.names(path_ids[inside]), strict=True):
            names[index] = name.decode("utf-8", "surrogateescape")
        return names
