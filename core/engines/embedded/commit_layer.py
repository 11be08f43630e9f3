"""A container's writable layer as one more layer of a new image."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO, cast

from layertui.core.containers.model.container import Container
from layertui.core.containers.model.run_config import command_of, config_of
from layertui.core.containers.rootfs.writable_layer import UpperLayer
from layertui.core.errors import as_storage_error
from layertui.core.fs.atomic import make_folder
from layertui.core.images.build_image import with_layer
from layertui.core.images.image import Image
from layertui.core.language.texts import tr
from layertui.core.layers.write.capture import capture
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID
from layertui.core.oci.image_config import HistoryEntry
from layertui.core.oci.timestamps import now
from layertui.core.progress import Progress
from layertui.core.store.store_layout import Store
from layertui.core.streams.tar.tar_contents import BLOCK


def committed(
    store: Store,
    image: Image,
    container: Container,
    own: UpperLayer,
    message: str | None,
    author: str | None,
    changes: Sequence[str],
    progress: Progress,
) -> Image:
    """The new image, its layer in the store's blobs; the step says the command, without the entrypoint."""
    _, command = command_of(image.config.config, container.options)
    entry = HistoryEntry(created=now(), created_by=" ".join(command), comment=message, author=author)
    own_config = replace(image, config=replace(image.config, config=config_of(image.config.config, container)))
    layer, diff_id = _captured(store, own, own_config.config.config.volumes, progress) or (None, None)
    return with_layer(own_config, layer, diff_id, entry, changes).image(store.blobs)


def _captured(
    store: Store, own: UpperLayer, without: Sequence[str], progress: Progress
) -> tuple[Descriptor, DiffID] | None:
    """The writable layer as a blob, without what lies in volumes; None if there is nothing in it."""
    table = own.table(without)
    if not len(table) and not table.root_opaque:
        return None
    spool = store.paths.temporary
    with as_storage_error(spool):
        make_folder(spool, durable=False)
        with tempfile.TemporaryFile(dir=spool) as file:
            progress.begin(tr("reading the container's writable layer"), int(table.size) + BLOCK * len(table))
            capture(table, own, cast("BinaryIO", file), progress)
            progress.begin(tr("writing the new layer"), file.tell())
            file.seek(0)
            return store.blobs.ingest_layer(cast("BinaryIO", file), progress)
