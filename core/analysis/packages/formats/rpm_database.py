"""The databases of rpm: SQLite (since 4.16), ndb (openSUSE), Berkeley DB (before, not read). Each holds one header for each package."""

from __future__ import annotations

import struct
from contextlib import closing
from typing import TYPE_CHECKING

from layertui.core.analysis.packages.formats.rpm_header import rpm_package
from layertui.core.bounds import bounds
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.packages.package import RecordedPackage

FOLDERS = (b"var/lib/rpm", b"usr/lib/sysimage/rpm")
SQLITE, LOG, NDB, BERKELEY = b"rpmdb.sqlite", b"rpmdb.sqlite-wal", b"Packages.db", b"Packages"

_STEPS = 10_000  # of SQLite's machine, between two looks at how many there were
_MOST_STEPS = 20_000  # times that many: an honest query of 100,000 packages has a hundredth
_NDB_PAGE, _NDB_SLOT, _NDB_BLOCK = 4096, 16, 16  # bytes
_MOST_SLOT_PAGES = 4096


def sqlite_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The packages in rpm's SQLite database. Raises Damaged where it breaks off."""
    import sqlite3

    if len(content) < 100 or content[:16] != b"SQLite format 3\0":
        raise Damaged(tr("it is no SQLite database"))
    steps = 0

    def step() -> bool:
        nonlocal steps
        steps += 1
        return steps > _MOST_STEPS

    with closing(sqlite3.connect(":memory:")) as database:
        try:
            if not hasattr(database, "deserialize"):
                raise Damaged(tr("the SQLite of this Python reads no database in memory"))
            # A database in memory can have no write-ahead log beside it, and does not open in that mode (bytes 18 and 19).
            database.deserialize(content[:18] + b"\1\1" + content[20:])
            database.set_progress_handler(step, _STEPS)
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(bounds().package_database, (1 << 31) - 1))
            database.execute("PRAGMA query_only = 1")
            database.execute("PRAGMA trusted_schema = 0")
            database.execute("PRAGMA cell_size_check = 1")
            if database.execute("SELECT type FROM sqlite_schema WHERE name = 'Packages'").fetchone() != ("table",):
                raise Damaged(tr("it has no table of packages"))
            left = 2 * len(content)  # pages may form a circle
            for (header,) in database.execute("SELECT blob FROM Packages"):
                if not isinstance(header, bytes):
                    raise Damaged(tr("a package in it is no rpm header"))
                left -= len(header)
                if left < 0:
                    raise Damaged(tr("it claims more bytes of packages than it has"))
                yield from rpm_package(header, path)
        except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
            raise Damaged(tr("SQLite cannot read it: {error}", error=error)) from None


def with_log(content: bytes, log: bytes) -> bytes:
    """An SQLite database with what its write-ahead log commits (sqlite.org/fileformat2.html, section 4)."""
    if len(log) < 32 or log[:4] not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"):
        return content
    _, _, page, _, *salts = struct.unpack_from(">6I", log)
    if not 512 <= page <= 65536:
        return content
    pages: dict[int, int] = {}
    waiting: dict[int, int] = {}
    size = 0
    for at in range(32, len(log) - 24 - page + 1, 24 + page):
        number, commit, *frame_salts = struct.unpack_from(">4I", log, at)
        if frame_salts != salts or not number:
            break
        waiting[number] = at + 24
        if commit:
            pages |= waiting
            waiting, size = {}, commit
    if not pages or size * page > bounds().package_database:
        return content
    merged = bytearray(content[: size * page].ljust(size * page, b"\0"))
    for number, at in pages.items():
        if number <= size:
            merged[(number - 1) * page : number * page] = log[at : at + page]
    return bytes(merged)


def ndb_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The packages in rpm's own database (lib/backend/ndb/rpmpkg.c): pages of slots, then blobs. Raises Damaged."""
    if len(content) < 32 or content[:4] != b"RpmP":
        raise Damaged(tr("it is no ndb database of rpm"))
    version, _, pages = struct.unpack_from("<III", content, 4)
    if version or not 0 < pages <= _MOST_SLOT_PAGES:
        raise Damaged(
            tr(
                "an ndb database of version {version} with {pages:,} pages of slots is not read",
                version=version,
                pages=pages,
            )
        )
    for at in range(32, min(pages * _NDB_PAGE, len(content) - _NDB_SLOT + 1), _NDB_SLOT):
        magic, number, block, blocks = struct.unpack_from("<4sIII", content, at)
        if magic != b"Slot":
            raise Damaged(tr("a slot of it is damaged"))
        if not number or not block:
            continue
        start = block * _NDB_BLOCK
        head = content[start : start + 16]
        if len(head) < 16 or head[:4] != b"BlbS":
            raise Damaged(tr("a package of it is cut off"))
        (size,) = struct.unpack_from("<I", head, 12)
        if size > blocks * _NDB_BLOCK or start + 16 + size > len(content):
            raise Damaged(tr("a package of it is cut off"))
        yield from rpm_package(content[start + 16 : start + 16 + size], path)


def berkeley_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """Raises Damaged: the Berkeley DB that rpm had before 4.16 is not read."""
    raise Damaged(
        tr(
            "rpm database of a kind that is not read: {path} of {content:,} bytes (Berkeley DB)",
            path=path.rpartition("/")[2],
            content=len(content),
        )
    )
