import os

import pytest

from layertui.core.bounds import bounds
from layertui.core.engines.client_files import read_client_file


def test_an_object_is_read(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"currentContext": "far"}')
    assert read_client_file(path) == {"currentContext": "far"}


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b'"x"'])
def test_what_is_no_object_has_no_entries(tmp_path, content):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    assert read_client_file(path) == {}


def test_a_pipe_a_folder_and_a_file_without_end_have_no_entries(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "long").open("wb") as file:
        file.truncate(bounds().json + 1)
    assert [read_client_file(path) for path in (tmp_path / "pipe", tmp_path, tmp_path / "long", tmp_path / "no")] == [
        {}
    ] * 4
