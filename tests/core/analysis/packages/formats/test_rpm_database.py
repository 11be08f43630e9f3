"""rpm's databases: SQLite with its write-ahead log, ndb; and hostile ones."""

import sqlite3
import struct

import pytest

from layertui.core.analysis.packages.formats.rpm_database import ndb_packages, sqlite_packages, with_log
from layertui.core.errors import Damaged
from package_databases import rpm_header, rpm_ndb, rpm_sqlite


def names(records):
    return [(record.package.name, record.package.version) for record in records]


def test_both_hold_the_same_packages():
    headers = [rpm_header("a", "1", "2", ["/a"]), rpm_header("b", "3", "4", ["/usr/b", "/c"], epoch=1)]
    expected = [("a", "1-2"), ("b", "1:3-4")]
    assert names(sqlite_packages(rpm_sqlite(*headers), "/x")) == expected
    assert names(ndb_packages(rpm_ndb(*headers), "/x")) == expected
    assert list(sqlite_packages(rpm_sqlite(*headers), "/x"))[1].files == b"usr\0b\nc\n"


def test_keys_that_are_trusted_are_no_packages():
    assert names(sqlite_packages(rpm_sqlite(rpm_header("gpg-pubkey", "1", "2", ["/a"])), "/x")) == []


def test_what_only_the_write_ahead_log_has(tmp_path):
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("PRAGMA journal_mode = wal")
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        database.execute("INSERT INTO Packages (blob) VALUES (?)", [rpm_header("a", "1", "2", ["/a"])])
        database.commit()
        content, log = ((tmp_path / name).read_bytes() for name in ("db", "db-wal"))
    database.close()
    assert names(sqlite_packages(with_log(content, log), "/x")) == [("a", "1-2")]
    half = with_log(content, log[: len(log) // 2])
    assert half == content or names(sqlite_packages(half, "/x")) == []


def test_a_view_instead_of_a_table_is_not_asked():
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE VIEW Packages AS WITH RECURSIVE x(hnum, blob) AS (SELECT 1, zeroblob(9) UNION ALL SELECT hnum + 1, blob FROM x)"
        " SELECT * FROM x"
    )
    content = database.serialize()
    database.close()
    with pytest.raises(Damaged, match="no table of packages"):
        list(sqlite_packages(content, "/x"))


def test_a_text_instead_of_a_header():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
    database.execute("INSERT INTO Packages (blob) VALUES ('text')")
    database.commit()
    content = database.serialize()
    database.close()
    with pytest.raises(Damaged, match="no rpm header"):
        list(sqlite_packages(content, "/x"))


def test_pages_in_a_circle_end():
    """An interior page that has itself as a child: SQLite would go on and on."""
    headers = [rpm_header(f"p{number}", "1", "1", [f"/f{number}" * 20]) for number in range(60)]
    content = bytearray(rpm_sqlite(*headers))
    size = struct.unpack_from(">H", content, 16)[0]
    interior = [at for at in range(size, len(content), size) if content[at] == 5]
    assert interior
    at = interior[0]
    first = struct.unpack_from(">H", content, at + 12)[0]
    struct.pack_into(">I", content, at + first, at // size + 1)
    with pytest.raises(Damaged):
        list(sqlite_packages(bytes(content), "/x"))
