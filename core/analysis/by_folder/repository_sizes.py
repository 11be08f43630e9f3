"""Bytes by repository as a size map: folders are the parts of repositories' names, and what takes bytes in them are layers.

Each layer is in the map once. What several repositories have is apart from what one alone has, so that the map adds up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.by_folder.size_map import SizeMap
from layertui.core.analysis.by_folder.size_tree import Groups
from layertui.core.language.texts import tr
from layertui.core.layers.table.path_keys import path_of
from layertui.core.layers.table.tree_order import tree_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.layers.table.columns import Column

SHARED = tr("shared layers")
"""The folder and the group of what several repositories have."""
NO_REPOSITORY = tr("no repository")
"""Those of images without a name, such as archives."""


class SizedLayer(NamedTuple):
    """A layer, and what it takes."""

    diff_id: str
    repositories: Sequence[str]
    """Those that have it: at least one, empty for images without a name."""
    image: str
    """One that has it."""
    bytes: int
    """Of its files."""
    wasted: int
    """Of these, those that no image shows."""
    command: str = ""
    """Of the step that made it in that image."""


class RepositorySizes:
    """The map, and which layer each of its nodes is."""

    def __init__(self, layers: Sequence[SizedLayer], images: int) -> None:
        """`images` is how many images have these layers."""
        self.images, self.layers = images, layers
        self.repositories = sorted({name for one in layers for name in one.repositories})
        taken = sorted((_key(one), number) for number, one in enumerate(layers))
        tree = _NamedTree([key for key, _ in taken])
        self._numbers = {tree.known[key]: number for key, number in taken}
        groups = [*self.repositories, None]
        of_group = {name: number for number, name in enumerate(groups)}
        each = [
            (tree.known[key], count, is_hidden, of_group[_owner(layers[number])])
            for key, number in taken
            for count, is_hidden in (
                (layers[number].bytes - layers[number].wasted, False),
                (layers[number].wasted, True),
            )
        ]
        copies = _Copies(
            np.array([one[0] for one in each], np.int32),
            np.array([one[1] for one in each], np.int64),
            np.array([one[2] for one in each], np.bool_),
        )
        names = [SHARED if name is None else name or NO_REPOSITORY for name in groups]
        self.map = SizeMap(tree, copies, Groups(np.array([one[3] for one in each], np.int32), names))

    def layer_of(self, node: int) -> SizedLayer | None:
        """The layer that a node of the map is; None for a repository, or a part of its name."""
        number = self._numbers.get(int(self.map.tree.path_ids[node]))
        return None if number is None else self.layers[number]


class _Copies(NamedTuple):
    """See `Copies` in `size_tree.py`."""

    path_ids: Column
    bytes: Column
    hidden: Column


class _NamedTree:
    """Keys and the folders above them, as a PathTree."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        every = set(keys)
        for key in keys:
            while key := key.rpartition(b"\0")[0]:
                every.add(key)
        self._keys = sorted(every)
        self.known = {key: number for number, key in enumerate(self._keys)}
        self.depth: Column = np.array([key.count(b"\0") + 1 for key in self._keys], np.int16)
        self.parent, self.end = tree_shape(self.depth)

    def path(self, path_id: int, /) -> str:
        return path_of(self._keys[path_id])

    def names(self, path_ids: Column, /) -> list[bytes]:
        return [self._keys[number].rpartition(b"\0")[2] for number in path_ids.tolist()]

    def child(self, above: int | None, name: bytes, /) -> int | None:
        return self.known.get(name if above is None else self._keys[above] + b"\0" + name)


def _owner(layer: SizedLayer) -> str | None:
    return layer.repositories[0] if len(layer.repositories) == 1 else None


def _key(layer: SizedLayer) -> bytes:
    owner = _owner(layer)
    folder = SHARED if owner is None else owner or NO_REPOSITORY
    # The name of a layer has a sign in it that no part of a repository's name has.
    parts = [*([folder] if not owner else folder.split("/")), f"#{layer.diff_id.partition(':')[2][:12]}"]
    return b"\0".join(part.replace("\0", "").encode("utf-8", "surrogateescape") for part in parts if part)
