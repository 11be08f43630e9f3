"""What a store says of its ids. The namespace itself is entered by whole processes: see tests/journeys/test_id_modes.py."""

import shutil

import pytest

from layertui.core.containers.model.id_ranges import IdRange
from layertui.core.containers.storage.user_namespace import _ranges, refused


def test_a_store_that_began_with_one_id_keeps_to_it(tmp_path):
    (tmp_path / "containers").mkdir()
    assert "began with one user id" in refused(tmp_path)
    (tmp_path / "ids").write_text("multi\n")
    assert "began with" not in (refused(tmp_path) or "")


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "package uidmap" in refused(tmp_path)


def test_ranges_of_a_name_or_a_number(tmp_path):
    file = tmp_path / "subuid"
    file.write_text("other:1:2\nme:100000:65536\n# me:5:6\n1000:300000:10\nme:bad:1\nme:7:0\n")
    assert list(_ranges(file, {"me", "1000"})) == [IdRange(100_000, 65_536), IdRange(300_000, 10)]
    assert list(_ranges(tmp_path / "none", {"me"})) == []


@pytest.mark.parametrize("name", ["ids", "inside"])
def test_nothing_is_written_by_asking(tmp_path, name):
    refused(tmp_path)
    assert not (tmp_path / name).exists()
