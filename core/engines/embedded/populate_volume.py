"""What a new volume begins with: the image's files at that path, which docker copies too; or what a removed container leaves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.model.mounts import Mount
from layertui.core.errors import LayertuiError
from layertui.core.images.image import Image
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.stack.view import View
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.write.apply import apply_layer
from layertui.core.layers.write.flatten import flatten


def fill(folder: Path, mount: Mount, image: Image, catalog: Catalog) -> None:
    """Put it into a new folder, which gets the mode and owner of the image's; nothing where the image has no folder there."""
    if not mount.copies:
        return
    put_in(folder, catalog.stack(image.layers, None).view(), mount.target)


def put_in(folder: Path, view: View, path: str) -> None:
    """The same with what a view shows at a path."""
    try:
        entry = view.resolve(path, follow=True, chroot=True)
    except LayertuiError:
        return
    if entry.kind is not Kind.DIR:
        return
    with tempfile.TemporaryFile(dir=folder.parent) as spool:
        out = cast("BinaryIO", spool)
        flatten(view, out, prefix=entry.path, name=".")
        spool.seek(0)
        apply_layer(out, folder, owners="mine" if ids().mode == "single" else "keep", whiteouts="merge")
