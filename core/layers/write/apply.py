"""Applies a layer to a folder, as umoci's `unpack` and overlayfs would show it.

The result is that of applying the markers first, then the members in the order of the tar. Folders get their owner,
mode and time at the end, deepest first.
"""

from pathlib import Path
from typing import BinaryIO, Literal

from layertui.core.errors import as_storage_error
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd_cache import DirFdCache
from layertui.core.layers.stack.view import View
from layertui.core.layers.write.apply_whiteouts import OverlayMarkers, merge_markers
from layertui.core.layers.write.layer_writer import LayerWriter
from layertui.core.layers.write.metadata_writer import ApplyResult
from layertui.core.progress import Progress
from layertui.core.streams.tar.tar_contents import Header, contents


def apply_layer(
    raw: BinaryIO,
    target: Path,
    *,
    owners: Literal["keep", "mine"] = "keep",
    whiteouts: Literal["native", "merge"] = "native",
    below: View | None = None,
    progress: Progress | None = None,
) -> ApplyResult:
    """Unpack an uncompressed layer tar onto the folder `target`.

    `native`: onto an empty folder, which can then be a layer of an overlay mounted with `userxattr`: markers are written in
    overlay's form. `below` is the merged lower layers; with it a folder that no member lists gets the attributes from there,
    and markers that remove nothing are left out. `merge`: onto a folder with the lower layers' content: what the markers
    name is removed; `raw` has to be seekable.

    `owners`: "mine" does not change owners. Raises UnsafePath, Damaged, Truncated, StorageError.
    """
    with as_storage_error(target), Beneath(target, symlinks=False) as root, DirFdCache(root.fd) as dir_fds:
        writer = LayerWriter(root.fd, dir_fds, below, keeps_owners=owners == "keep", merges=whiteouts == "merge")
        if writer.merges:
            start = raw.tell()
            merge_markers(writer, raw)
            raw.seek(start)
        with writer.sources:
            for member, content in contents(raw, progress):
                writer.take(Header.of(member), content)
            if not writer.merges:
                OverlayMarkers(writer).finish()
            writer.finish()
    return writer.applied
