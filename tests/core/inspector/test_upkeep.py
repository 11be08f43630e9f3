"""What folders take."""

import os

from layertui.core.fs.descent import bytes_below


def test_bytes_below_a_folder(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"1" * 10)
    (tmp_path / "a" / "b" / "two").write_bytes(b"2" * 100)
    os.link(tmp_path / "a" / "one", tmp_path / "a" / "b" / "again")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "three").write_bytes(b"3" * 1000)
    (tmp_path / "a" / "work").mkdir()
    (tmp_path / "a" / "work" / "four").write_bytes(b"4" * 10_000)
    assert bytes_below(tmp_path) == 11_110
    assert bytes_below(tmp_path / "nowhere") == 0


def test_no_link_is_followed(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "file").write_bytes(b"x" * 10_000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to("../big")
    assert bytes_below(tmp_path / "folder") < 100
