"""Writes a container's writable layer as a layer tar, with whiteouts (image-spec layer.md).

Only the folder's own content is written, nothing of the lower layers. The same folder gives the same bytes: tree order,
the whiteouts of a folder before its entries, one whiteout for each removed name, and an opaque whiteout for an opaque
folder.
"""

from typing import BinaryIO

import numpy as np

from layertui.core.layers.stack.timeline import LayerContent
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, OPAQUE, WHITED, LayerTable, check_content
from layertui.core.layers.table.tar_entry import header_of
from layertui.core.layers.table.whiteouts import OPAQUE_NAME, PREFIX
from layertui.core.progress import Progress
from layertui.core.streams.tar.tar_contents import HARDLINK as LINK
from layertui.core.streams.tar.tar_contents import Header, TarWriter


def capture(table: LayerTable, content: LayerContent, out: BinaryIO, progress: Progress | None = None) -> None:
    """Write a layer's table and content as a layer tar. Raises LimitExceeded for more bytes of files than a tar may have."""
    check_content(table.size_of.sum(dtype=np.float64))
    writer = TarWriter(out, progress)
    markers = _markers(table)
    names = _LinkKeys(table)
    _write_markers(writer, b"", markers.get(-1, ()))
    lower_links = np.flatnonzero(((table.flags & HARDLINK) != 0) & (table.target < 0)).tolist()
    # Links to lower layers first: this layer may replace their targets.
    for row in [*lower_links, *sorted(set(range(len(table))).difference(lower_links))]:
        path = table.key(row).replace(b"\0", b"/")
        if table.kind[row] < Kind.WHITEOUT and not table.flags[row] & IMPLIED:
            entry = table.entry(row)
            header = header_of(entry, path)
            link = names.link_of(row, path)
            if link is not None:
                header.type, header.link, header.size = LINK, link, 0
                writer.add(header)
            elif entry.kind is Kind.FILE:
                with content.open(entry) as body:
                    writer.add(header, body)
            else:
                writer.add(header)
        _write_markers(writer, path + b"/", markers.get(row, ()))
    writer.close()


def _markers(table: LayerTable) -> dict[int, list[bytes]]:
    """The names of the markers in each folder, by the folder's row; -1 is the root."""
    found: dict[int, list[bytes]] = {-1: [OPAQUE_NAME]} if table.root_opaque else {}
    hidden = ((table.flags & WHITED) != 0) | (table.kind == Kind.WHITEOUT)
    for row in np.flatnonzero((table.flags & OPAQUE) != 0).tolist():
        found[row] = [OPAQUE_NAME]
    for row in np.flatnonzero(hidden).tolist():
        found.setdefault(int(table.parent[row]), []).append(PREFIX + table.name(row))
    return found


def _write_markers(writer: TarWriter, folder: bytes, names: list[bytes] | tuple[()]) -> None:
    for name in names:
        writer.add(Header(folder + name, mode=0))


class _LinkKeys:
    """The first name written of each inode that has several."""

    def __init__(self, table: LayerTable) -> None:
        self._table = table
        self._first: dict[int | bytes, bytes] = {}
        linked = np.flatnonzero((table.flags & HARDLINK) != 0)
        self._inodes = {int(target) for target in table.target[linked].tolist()}

    def link_of(self, row: int, path: bytes) -> bytes | None:
        """The target if the name at `row` is a hard link; None for the first name of an inode."""
        table = self._table
        if table.flags[row] & HARDLINK:
            inode = int(table.target[row])
            if inode < 0:  # the inode is in a lower layer
                return (table.links.get(row) or b"").replace(b"\0", b"/")
        elif row in self._inodes:
            inode = row
        else:
            return None
        first = self._first.setdefault(inode, path)
        return None if first == path else first
