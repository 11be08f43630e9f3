"""A file that goes to the disk while it is written."""

import os

from layertui.core import portable
from layertui.core.fs import early_writeback as module
from layertui.core.fs.early_writeback import EarlyWriteback


def test_every_byte_arrives_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_STRETCH", 1000)
    asked = []
    monkeypatch.setattr(portable.os, "posix_fadvise", lambda fd, start, count, advice: asked.append((start, count)))
    pieces = [bytes([number]) * (number * 7) for number in range(100)]
    with (tmp_path / "file").open("wb") as out:
        out.write(b"before")
        steady = EarlyWriteback(out)
        assert sum(map(steady.write, pieces)) == sum(map(len, pieces))
    assert (tmp_path / "file").read_bytes() == b"before" + b"".join(pieces)
    assert [start for start, _ in asked] == [6 + sum(count for _, count in asked[:at]) for at in range(len(asked))]
    assert all(count >= 1000 for _, count in asked)


def test_what_is_no_file_is_written_to_as_well(monkeypatch):
    monkeypatch.setattr(module, "_STRETCH", 10)
    receive, send = os.pipe()
    with open(send, "wb") as out:
        EarlyWriteback(out).write(b"twenty bytes at least")
    with open(receive, "rb") as got:
        assert got.read() == b"twenty bytes at least"
