"""Layers unpacked as the lower folders of an overlay, each once, in a folder named for its ChainID.

Not by its DiffID: if a layer's tar does not list a folder, its metadata comes from the layers below, so the same layer
on other layers can be a different folder.

    FOLDER/<32 hex>       one layer: the first half of its ChainID, because paths must be short
    FOLDER/<32 hex>-all   a layer merged with all layers below
    FOLDER/mounts         mount points that an image may lack

Folders are created under a temporary name and renamed, so they are complete. All paths of an overlay and its options
must fit in one page of memory, with symlinks resolved as bwrap does. If an image has more layers than fit, its lowest
ones are merged to one folder.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from layertui.core.containers.model.id_ranges import Ids
from layertui.core.containers.model.mount_table import MountedLayer
from layertui.core.containers.runtimes.bundle import mount_points
from layertui.core.errors import LimitExceeded, as_storage_error
from layertui.core.fs.atomic import Lock, make_folder, sync_all
from layertui.core.fs.dir_fd import remove_tree
from layertui.core.images.image import Layer
from layertui.core.language.texts import tr
from layertui.core.oci.digest import ChainID
from layertui.core.progress import Progress
from layertui.core.store_paths import MOUNT_POINTS, UNPACKED_LOCK, UPPER, StorePaths
from layertui.core.streams.compress import decompressed
from layertui.core.streams.seekable_blob import ReopeningReader

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View

Below = Callable[[int], "View"]

PAGE = 4096
OPTIONS = 160  # bytes of an overlay's options besides its paths
_NAME = 32
_NEW, _ALL = ".new-", "-all"
_AS_BWRAP_SEES_IT = len("/oldroot:")


class UnpackedLayers:
    """The layers that containers of one store have as lower folders, each unpacked once for all of them."""

    def __init__(self, folder: Path, ids: Ids, most: int | None = None) -> None:
        """`most` is the number of layers that an overlay may have; by default as many as the paths allow."""
        self.folder = Path(os.path.realpath(folder))
        self.ids = ids
        self._most = most

    @property
    def is_there(self) -> bool:
        """Whether any layer was ever unpacked."""
        return self.folder.is_dir()

    def lowers(self, layers: Sequence[Layer], below: Below, progress: Progress) -> tuple[Path, ...]:
        """The folders of these layers, top first, and last the one with the mount points.

        Missing ones are unpacked; `below` returns a View of the layers below the one with a number. Raises Damaged, UnsafePath,
        LimitExceeded, NotOurs, StorageError, Cancelled.
        """
        room = self._room()
        merged = len(layers) - room + 1 if len(layers) > room else 0
        with as_storage_error(self.folder):
            # Other users must not enter: layers are untrusted, and may have setuid programs.
            make_folder(self.folder)
            points = mount_points(self.folder / MOUNT_POINTS)
            if merged:
                self._all(layers[:merged], progress)
            self._each(layers[merged:], below, progress)
        return (*self.folders(layers)[:-1], points)

    def folders(self, layers: Sequence[Layer]) -> tuple[Path, ...]:
        """The folders of these layers once a container with them was started, as returned by `lowers`; nothing is unpacked."""
        room = self._room()
        merged = len(layers) - room + 1 if len(layers) > room else 0
        names = [_name_of(layer.chain_id) for layer in layers[merged:]]
        if merged:
            names.insert(0, _name_of(layers[merged - 1].chain_id) + _ALL)
        return tuple(self.folder / name for name in (*reversed(names), MOUNT_POINTS))

    def folders_of(self, layer: Layer) -> tuple[Path, ...]:
        """The folders that a layer may be unpacked to: alone, and merged with those below it."""
        name = _name_of(layer.chain_id)
        return self.folder / name, self.folder / (name + _ALL)

    def _room(self) -> int:
        """How many layers fit, besides the mount points and the writable layer."""
        if self._most is not None:
            return self._most
        fixed = len(os.fsencode(self.folder)) + 1 + _AS_BWRAP_SEES_IT
        writable = 2 * (
            len(os.fsencode(StorePaths(self.folder.parent).containers)) + 64 + len(f"//{UPPER}") + _AS_BWRAP_SEES_IT
        )
        room = (PAGE - OPTIONS - writable - fixed - len(MOUNT_POINTS)) // (fixed + _NAME + len(_ALL))
        if room < 1:
            raise LimitExceeded(
                tr(
                    "{folder}: the path is too long for an overlay; choose another folder with --store",
                    folder=self.folder,
                )
            )
        return room

    def _each(self, layers: Sequence[Layer], below: Below, progress: Progress) -> None:
        missing = [layer for layer in layers if not (self.folder / _name_of(layer.chain_id)).is_dir()]
        if not missing:
            return
        from layertui.core.streams.parallel import parallel_map  # late: only a first start needs it

        asking = threading.Lock()

        def unpack(layer: Layer, shared: Progress) -> None:
            with asking:
                beneath = below(layer.number) if layer.number > 1 else None

            def into(new: Path) -> None:
                with decompressed(layer.open()) as tar:
                    self._apply(tar, new, "native", beneath, shared)

            self._made(_name_of(layer.chain_id), into)

        progress.begin(tr("unpacking layers"), sum(layer.size for layer in missing))
        parallel_map(unpack, sorted(missing, key=lambda layer: -layer.size), progress, "unpack")

    def _all(self, layers: Sequence[Layer], progress: Progress) -> None:
        def unpack(new: Path) -> None:
            progress.begin(tr("unpacking layers"), sum(layer.size for layer in layers))
            for layer in layers:
                with ReopeningReader(lambda layer=layer: decompressed(layer.open())) as tar:  # type: ignore[misc]
                    self._apply(cast("BinaryIO", tar), new, "merge", None, progress)

        self._made(_name_of(layers[-1].chain_id) + _ALL, unpack)

    def _apply(
        self,
        tar: BinaryIO,
        folder: Path,
        whiteouts: Literal["native", "merge"],
        below: View | None,
        progress: Progress,
    ) -> None:
        from layertui.core.layers.write.apply import apply_layer  # late: only a first start needs it

        owners: Literal["keep", "mine"] = "mine" if self.ids.mode == "single" else "keep"
        apply_layer(tar, folder, owners=owners, whiteouts=whiteouts, below=below, progress=progress)

    def _made(self, name: str, unpack: Callable[[Path], None]) -> Path:
        """The folder with this name, unpacked if missing."""
        path = self.folder / name
        if path.is_dir():
            return path
        # The common lock is shared, so that no sweep deletes the new folder; the layer's own is exclusive.
        with Lock(self.folder / UNPACKED_LOCK, shared=True), Lock(self.folder / f"{UNPACKED_LOCK}-{name[:2]}"):
            if path.is_dir():
                return path
            new = self.folder / f"{_NEW}{os.urandom(8).hex()}"
            new.mkdir()
            try:
                new.chmod(0o755)
                unpack(new)
                sync_all(new)  # otherwise a power cut could leave its name with empty files
                new.rename(path)
            except BaseException:
                with suppress(OSError):
                    self._remove(new.name)
                raise
        return path

    def sweep(self, keep: Iterable[ChainID]) -> list[str]:
        """Delete every layer that is not in `keep`, and remains of interrupted unpacking. Returns their names.

        Raises Conflict while a layer is being unpacked.
        """
        if not self.folder.is_dir():
            return []
        with Lock(self.folder / UNPACKED_LOCK, timeout=0):
            gone = self.unneeded(keep)
            for name in gone:
                self._remove(name)
        return gone

    def unneeded(self, keep: Iterable[ChainID]) -> list[str]:
        """The names of what `sweep` would delete."""
        kept = {_name_of(chain_id) for chain_id in keep}
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        return [name for name in names if name.startswith(_NEW) or not self._is_kept(name, kept)]

    def _is_kept(self, name: str, kept: Container[str]) -> bool:
        """Whether it is a lock, the mount points, or a needed layer."""
        layer = name.removesuffix(_ALL)
        return len(layer) != _NAME or layer in kept

    def _remove(self, name: str) -> None:
        remove_tree(self.folder / name)


def _name_of(chain_id: ChainID) -> str:
    return chain_id.encoded[:_NAME]


def mounted_layers(upper: Path, lowers: Sequence[Path], chain_ids: Sequence[ChainID]) -> tuple[MountedLayer, ...]:
    """The folders of an overlay, top first, with the layers in each: the folders are named by ChainIDs."""
    numbers = {str(chain_id).rpartition(":")[2][:32]: number for number, chain_id in enumerate(chain_ids, 1)}
    found = [MountedLayer(len(chain_ids) + 1, len(chain_ids) + 1, upper, writable=True)]
    for folder in lowers:
        name, _, several = folder.name.partition("-")
        number = numbers.get(name, 0)
        found.append(MountedLayer(1 if several and number else number, number, folder))
    return tuple(found)
