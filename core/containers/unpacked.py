"""Layers unpacked for an overlay: each once, in a folder named for its ChainID, with the whiteouts that the kernel knows.

Not for its DiffID: a folder that a layer's tar does not name is in the overlay what it is in the layers below, so the same
layer over others can be another folder.

FOLDER/<64 hex>/      one layer; made beside and renamed, so what is there is whole
FOLDER/l/<8 hex>      a short symlink to it: all paths of an overlay must fit in one page of memory
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from layertui.core.containers.bundle import mount_points
from layertui.core.containers.ids import Ids
from layertui.core.errors import LimitExceeded, as_storage_error
from layertui.core.images.image import Layer
from layertui.core.layers.at import remove_at
from layertui.core.oci.digest import ChainID
from layertui.core.streams.atomic import Lock
from layertui.core.streams.compress import decompressed
from layertui.core.streams.progress import Progress

if TYPE_CHECKING:
    from layertui.core.layers.view import View

Below = Callable[[int], "View"]

_NEW = ".new-"
_SHORT = 8
ROOM = 3600  # of the 4096 bytes that mount(2) takes; the rest is for the writable layer and the options


class Unpacked:
    """The unpacked layers of a store."""

    def __init__(self, folder: Path, ids: Ids) -> None:
        self.folder = folder
        self.ids = ids

    def lowers(self, layers: Sequence[Layer], below: Below, progress: Progress) -> tuple[Path, ...]:
        """The folders of these layers, the top one first, and below all the one with mount points.

        What is not there is unpacked; `below` gives for that what the layers below the one of a number show.
        """
        with as_storage_error(self.folder):
            (self.folder / "l").mkdir(mode=0o711, parents=True, exist_ok=True)
            points = mount_points(self.folder / "mounts")
            folders = [self._short(self._unpacked(layer, below, progress)) for layer in layers][::-1]
        needed = sum(len("/oldroot:") + len(os.fsencode(path)) for path in (*folders, points))
        if needed > ROOM:
            raise LimitExceeded(
                f"the image has {len(folders)} layers, too many for one overlay in {self.folder}; "
                "a store with a shorter path takes more"
            )
        return (*folders, points)

    def _unpacked(self, layer: Layer, below: Below, progress: Progress) -> Path:
        path = self.folder / layer.chain_id.encoded
        if path.is_dir():
            return path
        with Lock(self.folder / f".lock-{path.name[:2]}"):  # two starts at once unpack it once
            if not path.is_dir():
                self._unpack(layer, path, below(layer.number) if layer.number > 1 else None, progress)
        return path

    def _unpack(self, layer: Layer, path: Path, below: View | None, progress: Progress) -> None:
        from layertui.core.layers.apply import apply_layer  # only a first start needs it

        new = self.folder / f"{_NEW}{secrets.token_hex(8)}"
        new.mkdir(mode=0o755)
        try:
            new.chmod(0o755)
            progress.begin(f"unpacking layer {layer.number}", layer.size)
            with decompressed(layer.open()) as tar:
                kept: Literal["keep", "mine"] = "keep" if self.ids.mode == "root" else "mine"
                apply_layer(tar, new, owners=kept, whiteouts="native", below=below, progress=progress)
            new.rename(path)
        except BaseException:
            with suppress(OSError):
                self._remove(new.name)
            raise

    def _short(self, path: Path) -> Path:
        """The short symlink to a layer."""
        link = self.folder / "l" / path.name[:_SHORT]
        if not link.is_symlink():
            with suppress(FileExistsError):
                link.symlink_to(f"../{path.name}")
        # Two ChainIDs that begin alike: the second does without.
        return link if os.readlink(link).endswith(path.name) else path

    def sweep(self, keep: set[ChainID]) -> list[Path]:
        """Remove every layer that is not to be kept, and what an unpacking that was cut short has left."""
        kept, gone = {chain_id.encoded for chain_id in keep}, []
        if not self.folder.is_dir():
            return []
        for name in os.listdir(self.folder):
            if name.startswith(_NEW) or (len(name) == 64 and name not in kept):
                with suppress(OSError):
                    (self.folder / "l" / name[:_SHORT]).unlink()
                self._remove(name)
                gone.append(self.folder / name)
        return gone

    def _remove(self, name: str) -> None:
        fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove_at(fd, name)
        finally:
            os.close(fd)
