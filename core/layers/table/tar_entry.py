"""Converts an entry of a layer to the header of a tar member, and back."""

from layertui.core.layers.table.entry import NO_XATTRS, Entry, Kind
from layertui.core.layers.table.path_keys import path_of
from layertui.core.streams.tar.tar_contents import BLOCK_DEVICE, CHAR, DIRECTORY, FIFO, REGULAR, SYMLINK, Header

TYPES = {
    Kind.FILE: REGULAR,
    Kind.DIR: DIRECTORY,
    Kind.SYMLINK: SYMLINK,
    Kind.CHAR: CHAR,
    Kind.BLOCK: BLOCK_DEVICE,
    Kind.FIFO: FIFO,
}
KINDS = {flag: kind for kind, flag in TYPES.items()}


def header_of(entry: Entry, name: bytes = b"") -> Header:
    """The tar header of an entry; the caller sets the target of a hard link."""
    major, minor = entry.dev or (0, 0)
    return Header(
        name=name,
        type=TYPES[entry.kind],
        mode=entry.mode,
        uid=entry.uid,
        gid=entry.gid,
        uname=entry.uname,
        gname=entry.gname,
        size=entry.size if entry.kind is Kind.FILE else 0,
        mtime=entry.mtime,
        mtime_ns=entry.mtime_ns,
        link=(entry.link or "").encode("utf-8", "surrogateescape"),
        devmajor=major,
        devminor=minor,
        xattrs=dict(entry.xattrs),
    )


def entry_of(header: Header, key: bytes) -> Entry:
    """The entry of a tar header, without a layer."""
    kind = KINDS.get(header.type, Kind.FILE)
    return Entry(
        path=path_of(key),
        kind=kind,
        mode=header.mode,
        uid=header.uid,
        gid=header.gid,
        size=header.size if kind is Kind.FILE else 0,
        mtime=header.mtime,
        mtime_ns=header.mtime_ns,
        uname=header.uname,
        gname=header.gname,
        link=header.link.decode("utf-8", "surrogateescape") if kind is Kind.SYMLINK else None,
        dev=(header.devmajor, header.devminor) if kind in (Kind.CHAR, Kind.BLOCK) else None,
        xattrs=dict(header.xattrs) or NO_XATTRS,
    )
