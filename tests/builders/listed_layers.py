"""A layer that carries a table of contents, as eStargz or zstd:chunked have it, made of any layer tar.

Written after the specifications (stargz-snapshotter's estargz.md; containers/storage, pkg/chunked), by the standard library.
"""

import base64
import gzip
import io
import json
import struct
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from builders.images import digest_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_TYPES = {
    tarfile.REGTYPE: "reg",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}


class ListedLayer(NamedTuple):
    """The blob, the tar in it, and the annotations of its descriptor."""

    blob: bytes
    tar: bytes
    annotations: dict[str, str]


def estargz(tar: bytes, *, chunk: int = 1 << 22, change: Callable[[dict[str, Any]], None] | None = None) -> ListedLayer:
    """The layer as eStargz; `change` is done to its table of contents before that is written."""
    blob, plain, entries = _streams(tar, _gzip, chunk)
    toc: dict[str, Any] = {"version": 1, "entries": entries}
    if change is not None:
        change(toc)
    content = json.dumps(toc).encode()
    at = len(blob)
    index = _member("stargz.index.json", content)
    blob += _gzip(index)
    plain += index
    extra = b"SG" + struct.pack("<H", 22) + f"{at:016x}STARGZ".encode()
    footer = b"\x1f\x8b\x08\x04" + b"\0" * 4 + b"\0\xff" + struct.pack("<H", len(extra)) + extra
    footer += b"\x01\0\0\xff\xff" + b"\0" * 8
    assert len(footer) == 51
    return ListedLayer(blob + footer, plain, {"containerd.io/snapshot/stargz/toc.digest": digest_of(content)})


def zstd_chunked(
    tar: bytes, *, chunk: int = 1 << 22, change: Callable[[dict[str, Any]], None] | None = None
) -> ListedLayer:
    """The layer as zstd:chunked."""
    blob, plain, entries = _streams(tar, zstd.compress, chunk)
    blob += zstd.compress(b"\0" * 1024)
    plain += b"\0" * 1024
    toc: dict[str, Any] = {"version": 1, "entries": entries}
    if change is not None:
        change(toc)
    manifest = zstd.compress(json.dumps(toc).encode())
    annotations = {
        "io.github.containers.zstd-chunked.manifest-checksum": digest_of(manifest),
        "io.github.containers.zstd-chunked.manifest-position": f"{len(blob) + 8}:{len(manifest)}:{len(json.dumps(toc))}:1",
    }
    blob += b"\x50\x2a\x4d\x18" + struct.pack("<I", len(manifest)) + manifest  # a frame that is passed over
    return ListedLayer(blob, plain, annotations)


def _streams(tar: bytes, compress: Callable[[bytes], bytes], chunk: int) -> tuple[bytes, bytes, list[dict[str, Any]]]:
    """The members in streams of their own: headers in one, each chunk of a content in one."""
    blob = plain = waiting = b""
    entries: list[dict[str, Any]] = []
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        members = opened.getmembers()
    ends = [one.offset for one in members[1:]] + [len(tar)]
    for one, end in zip(members, ends, strict=True):
        size = one.size if one.isreg() else 0
        waiting += tar[one.offset : one.offset_data]
        entry: dict[str, Any] = {
            "name": one.name + ("/" if one.isdir() else ""),
            "type": _TYPES[one.type],
            "size": size,
            "mode": one.mode,
            "uid": one.uid,
            "gid": one.gid,
            "userName": one.uname,
            "groupName": one.gname,
            "modtime": datetime.fromtimestamp(int(one.mtime), UTC).isoformat().replace("+00:00", "Z"),
            "linkName": one.linkname,
            "devMajor": one.devmajor,
            "devMinor": one.devminor,
        }
        xattrs = {
            key.removeprefix("SCHILY.xattr."): base64.b64encode(value.encode("utf-8", "surrogateescape")).decode()
            for key, value in one.pax_headers.items()
            if key.startswith("SCHILY.xattr.")
        }
        entries.append(entry | ({"xattrs": xattrs} if xattrs else {}))
        body = tar[one.offset_data : one.offset_data + size]
        if body:
            blob += compress(waiting)
            plain += waiting
            entries[-1] |= {"digest": digest_of(body), "offset": len(blob)}
            for start in range(0, size, chunk):
                piece = body[start : start + chunk]
                told = {"chunkOffset": start, "chunkSize": len(piece), "chunkDigest": digest_of(piece)}
                if start:
                    entries.append({"name": one.name, "type": "chunk", "offset": len(blob)} | told)
                else:
                    entries[-1] |= told
                blob += compress(piece)
            plain += body
            waiting = tar[one.offset_data + size : end]
        else:
            waiting += tar[one.offset_data : end]
    # What ends a tar comes after what is added.
    waiting = waiting.rstrip(b"\0")
    waiting += b"\0" * (-(len(plain) + len(waiting)) % 512)
    return blob + (compress(waiting) if waiting else b""), plain + waiting, entries


def _member(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        header = tarfile.TarInfo(name)
        header.size, header.mode = len(content), 0
        tar.addfile(header, io.BytesIO(content))
    return out.getvalue()


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
