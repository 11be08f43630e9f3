"""Writes a View as one flat tar, as `docker export` does.

Tree order, no "./" before names, folders with a slash at the end, no whiteouts. The first visible name of an inode has
the content, whatever layer and name it was stored under; the other names are hard links to that one.
"""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np

from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.stack.timeline import Timeline
from layertui.core.layers.stack.view import ROOT, View
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Change, Kind
from layertui.core.layers.table.layer_table import HARDLINK, check_content, unpack_device
from layertui.core.layers.table.tar_entry import TYPES
from layertui.core.progress import Progress
from layertui.core.streams.tar.tar_contents import BLOCK, Header, TarWriter
from layertui.core.streams.tar.tar_contents import HARDLINK as LINK

BATCH = 4096


def flatten(
    view: View, out: BinaryIO, progress: Progress | None = None, prefix: str = "/", name: str | None = None
) -> None:
    """Write the visible files of a view as one uncompressed tar.

    With a `prefix` only what is at and below it, under its last component or another `name`. Raises NotFound if there is no
    such path, and for content that no layer has; LimitExceeded for more bytes of files than a tar may have.
    """
    at = view.find(prefix)
    if at is None:
        raise NotFound(tr("{prefix}: no such file or directory in the image", prefix=prefix))
    first, end = (0, len(view)) if at == ROOT else (at, int(view.end[at]))
    cut = 0 if at == ROOT else len(_key(view, at))
    top = b"" if at == ROOT else (name or view.name(at)).encode("utf-8", "surrogateescape")
    rows = np.arange(first, end)[view.change[first:end] != Change.REMOVED]
    check_content(
        view.stack.size[view.shown[rows]].sum(dtype=np.float64)
    )  # floats, as the sum of integers could overflow
    if progress is not None:
        what = progress.what or tr("writing the tar")
        inodes = np.unique(view.stack.inode[view.shown[rows]])
        files = inodes[view.stack.kind[inodes] == Kind.FILE]
        view.stack.bring_contents(files, progress)
        # One block per name, and each inode's content once.
        progress.begin(what, BLOCK * len(rows) + int(view.stack.size[files].sum()))
    with Bodies(view.stack, view.stack.inode[view.shown[rows]]) as bodies:
        writer = TarWriter(out, progress)
        names = _LinkPaths(view.stack)
        for header, inode in _headers(view, rows, cut, top):
            link = names.link_of(inode, header)
            if link is not None:
                header.type, header.link, header.size = LINK, link, 0
                writer.add(header)
            elif header.size:
                writer.add(header, bodies.open(inode))
            else:
                writer.add(header)
        if at == ROOT:
            bodies.prove()  # while the tar is still incomplete
        writer.close()


def _key(view: View, at: int) -> bytes:
    return view.stack.key(int(view.path_ids[at]))


def _headers(view: View, rows: Column, cut: int, top: bytes) -> Iterator[tuple[Header, int]]:
    """A header for each row, and the row of the stack that has its inode."""
    stack = view.stack
    keys = view.keys() if len(rows) == len(view) else (_key(view, at) for at in rows.tolist())
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        inodes = stack.inode[view.shown[batch]]
        _need_inodes(view, batch, inodes)
        columns = [stack.column(name, inodes).tolist() for name in ("mode", "uid", "gid", "mtime", "mtime_ns", "owner")]
        sizes = np.where(stack.kind[inodes] == Kind.FILE, stack.size[inodes], 0).tolist()
        facts = zip(
            islice(keys, len(batch)), inodes.tolist(), stack.layer[inodes].tolist(), stack.row[inodes].tolist(),
            stack.kind[inodes].tolist(), sizes, *columns, strict=True,
        )  # fmt: skip
        for key, inode, layer, row, kind, size, mode, uid, gid, mtime, mtime_ns, owner in facts:
            table = stack.layers[layer - 1].table
            name = top + key[cut:].replace(b"\0", b"/")
            uname, gname = table.owners[owner]
            header = Header(name, TYPES[Kind(kind)], mode, uid, gid, uname, gname, size, mtime, mtime_ns)
            if kind == Kind.SYMLINK:
                header.link = table.links.get(row) or b""
            elif kind in (Kind.CHAR, Kind.BLOCK):
                header.devmajor, header.devminor = unpack_device(table.devices.get(row))
            if len(table.xattrs):
                header.xattrs = dict(table.attributes(row))
            yield header, inode


def _need_inodes(view: View, rows: Column, inodes: Column) -> None:
    """Raise NotFound for a hard link to a file that no layer has: its row is its own inode."""
    shown = view.shown[rows]
    for at in rows[((view.stack.flags[shown] & HARDLINK) != 0) & (inodes == shown)].tolist():
        entry = view.entry(at)
        raise NotFound(
            tr(
                "{path} is a hard link to {hardlink_to}, which no layer has",
                path=entry.path,
                hardlink_to=entry.hardlink_to,
            )
        )


class _LinkPaths:
    """The first written path of each inode that has several names."""

    def __init__(self, stack: Timeline) -> None:
        linked = np.flatnonzero((stack.flags & HARDLINK) != 0)
        self._several = set(stack.inode[linked].tolist())
        self._first: dict[int, bytes] = {}

    def link_of(self, inode: int, header: Header) -> bytes | None:
        """The target if this name is a link; None for the first name."""
        if inode not in self._several:
            return None
        first = self._first.setdefault(inode, header.name)
        return None if first is header.name else first
