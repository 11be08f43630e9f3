"""Reads the JSON of a table of contents, which eStargz and zstd:chunked share, into a layer table and the places of files.

A file's bytes are in the stream that begins at its offset in the blob; `digest` is the sum of all of them.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from layertui.core.bounds import bounds, check, exceeded
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import OPAQUE, WHITED, LayerTable, check_table
from layertui.core.layers.table.path_keys import normalize
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.layers.table.whiteouts import marker
from layertui.core.oci import strict_json
from layertui.core.oci.digest import Digest
from layertui.core.oci.timestamps import utc

TOC_NAME = "stargz.index.json"
"""The member in which eStargz has its table; it lists all but itself."""
_KINDS = {
    "reg": Kind.FILE,
    "dir": Kind.DIR,
    "symlink": Kind.SYMLINK,
    "char": Kind.CHAR,
    "block": Kind.BLOCK,
    "fifo": Kind.FIFO,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FileSpan(NamedTuple):
    """Where the bytes of a file are in the blob."""

    start: int
    """Where the compressed stream begins that has them."""
    end: int
    """Where it ends, or the last of them if there are several; 0: where the next one of another file begins."""
    skipped: int
    """Bytes of the stream before those of the file."""
    size: int
    digest: Digest


class TocEntries:
    """A table of contents that was verified and parsed."""

    def __init__(self, content: bytes, end: int) -> None:
        """`content` is the JSON; `end` where the streams of files end in the blob. Raises Damaged, LimitExceeded, UnsafePath."""
        check("documents", len(content), tr("a layer's table of contents has {content:,} bytes", content=len(content)))
        obj = strict_json.loads_trusted_object(content, what=tr("a layer's table of contents"))
        entries = obj.get("entries")
        if (
            obj.get("version") != 1
            or not isinstance(entries, list)
            or not all(isinstance(one, dict) for one in entries)
        ):
            raise Damaged(tr("a layer's table of contents is none of version 1"))
        self._end = end
        self._offsets = sorted({_whole(one, "offset") for one in entries} - {0})
        self._spans: dict[bytes, FileSpan] = {}
        self._builder = TableBuilder()
        self._names = 0
        self._longest = bounds().path
        self._last: dict[bytes, int] = {}  # where the last stream of a file begins that has several
        for number, one in enumerate(entries):
            if one.get("type") == "chunk":
                self._last[normalize(_text(one, "name").encode("utf-8", "surrogateescape"))] = _whole(one, "offset")
                continue
            self._names += self._take(one)
            check_table(tr("a layer has"), number, self._names)

    def table(self, own_size: int | None = None) -> LayerTable:
        """The table of the layer, in which no file has a place in the tar; `own_size` is that of eStargz's own member."""
        if own_size is not None:
            self._builder.add(TOC_NAME.encode(), Kind.FILE, mode=0, size=own_size)
        return self._builder.build()

    def span(self, key: bytes) -> FileSpan | None:
        """Where the bytes of a file are; None where the table does not say it, or not by which digest. Raises Damaged."""
        found = self._spans.get(key)
        if found is None:
            return None
        end = found.end or self._stream_end(max(self._last.get(key, 0), found.start))
        if not 0 < found.start < end <= self._end:
            raise Damaged(tr("a layer's table of contents leads outside the layer"))
        return found._replace(end=end)

    def _stream_end(self, start: int) -> int:
        """Where the stream ends that begins at an offset."""
        at = bisect_right(self._offsets, start)
        return self._offsets[at] if at < len(self._offsets) else self._end

    def _take(self, one: Mapping[str, Any]) -> int:
        """Add an entry; the bytes of its name."""
        name = _text(one, "name").encode("utf-8", "surrogateescape")
        if len(name) > self._longest:
            raise exceeded("path", tr("a path in a layer has {name:,} bytes", name=len(name)))
        key = normalize(name)
        path = key.replace(b"\0", b"/")
        hidden = marker(key)
        if hidden is not None:
            self._hide(hidden.hides, hidden.key.replace(b"\0", b"/"))
            return len(name)
        seconds, nanoseconds = _time(one.get("modtime"))
        attributes: dict[str, Any] = {
            "mode": _whole(one, "mode") & 0o7777,
            "uid": _whole(one, "uid"),
            "gid": _whole(one, "gid"),
            "uname": _text(one, "userName"),
            "gname": _text(one, "groupName"),
            "mtime": seconds,
            "mtime_ns": nanoseconds,
            "xattrs": _xattrs(one.get("xattrs")),
        }
        link = _text(one, "linkName").encode("utf-8", "surrogateescape")
        if one.get("type") == "hardlink":
            self._builder.hardlink(path, link, **attributes)
            return len(name)
        kind = _KINDS.get(_text(one, "type"))
        if kind is None:
            raise Damaged(tr("a layer's table of contents has an entry of type {one!r}", one=str(one.get("type"))[:20]))
        size = _whole(one, "size") if kind is Kind.FILE else 0
        device = (_whole(one, "devMajor"), _whole(one, "devMinor"))
        self._builder.add(path, kind, size=size, link=link, dev=device, **attributes)
        if size and (digest := one.get("digest")):
            start, end, skipped = (_whole(one, name) for name in ("offset", "endOffset", "innerOffset"))
            self._spans[key] = FileSpan(start, end, skipped, size, Digest(str(digest)))
        else:
            self._spans.pop(key, None)
        return len(name)

    def _hide(self, hides: int, path: bytes) -> None:
        if hides == OPAQUE:
            self._builder.opaque(path)
        elif hides == WHITED:
            self._builder.whiteout(path)


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name) or ""
    if not isinstance(value, str):
        raise Damaged(tr("a layer's table of contents has a {name} that is no text", name=name))
    return value


def _whole(one: Mapping[str, Any], name: str) -> int:
    value = one.get(name) or 0
    if not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise Damaged(tr("a layer's table of contents has an invalid {name}", name=name))
    return value


def _time(value: object) -> tuple[int, int]:
    """Seconds since 1970 and nanoseconds besides; what is no time is zero, as in a tar without one."""
    text = utc(value)
    if text is None:
        return 0, 0
    moment = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC) - _EPOCH
    fraction = text[19:-1].lstrip(".")
    return moment.days * 86400 + moment.seconds, int((fraction + "0" * 9)[:9])


def _xattrs(value: object) -> dict[str, bytes]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise Damaged(tr("a layer's table of contents has attributes that are none"))
    try:
        return {name: base64.b64decode(text, validate=True) for name, text in value.items()}
    except binascii.Error as error:
        raise Damaged(tr("a layer's table of contents has attributes that are not in base64")) from error
