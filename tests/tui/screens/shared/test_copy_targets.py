from pathlib import Path

import pytest

from layertui.tui.screens.shared.copy_targets import as_path, file_for, what_is_there


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("shop:2.1", "shop_2.1.tar"),
        ("registry.example:5000/a/b:1", "registry.example_5000_a_b_1.tar"),
        ("../../etc", "etc.tar"),
        ("container:box", "container_box.tar"),
    ],
)
def test_a_file_name_for_an_image_stays_in_the_folder(name, file):
    assert file_for(name) == file


def test_what_lies_at_a_target(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "f").write_text("")
    (tmp_path / "broken").symlink_to("nowhere")
    assert as_path(" ~/f ") == Path(tmp_path / "f")
    assert what_is_there(tmp_path) == "folder"
    assert what_is_there(tmp_path / "f") == "file"
    assert what_is_there(tmp_path / "broken") == "file"  # writing would follow it
    assert what_is_there(tmp_path / "none") is None
