"""config: every setting with its value and where that comes from."""

import pytest

from command_line import layertui
from layertui.core.config.setting_list import SETTINGS


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "layertui").mkdir()
    return tmp_path / "layertui/config.toml"


def test_every_setting_says_where_it_comes_from(path, monkeypatch, tmp_path):
    path.write_text('engine = "podman"\nmouse = false\n[limits]\njson = "1k"\n[keys]\nwrite = "W"\n')
    monkeypatch.setenv("LAYERTUI_RUNTIME", "crun")
    found = layertui("config", "--json", store=tmp_path / "store").ok().json
    assert found["path"] == str(path)
    assert (found["found"], found["problem"]) == (True, None)
    rows = {row.pop("name"): row for row in found["settings"]}
    assert list(rows) == [*(setting.name for setting in SETTINGS), "keys.write"]
    assert rows["store"] == {"value": str(tmp_path / "store"), "source": "option", "where": "--store"}
    assert rows["runtime"] == {"value": "crun", "source": "environment", "where": "LAYERTUI_RUNTIME"}
    assert rows["mouse"] == {"value": False, "source": "file", "where": f"{path}:2"}
    assert rows["limits.json"] == {"value": 1024, "source": "file", "where": f"{path}:4"}
    assert rows["limits.layers"] == {"value": 1000, "source": "default", "where": None}
    assert rows["keys.write"] == {"value": "W", "source": "file", "where": f"{path}:6"}
    lines = [line.split() for line in layertui("config").ok().lines]
    assert lines[0] == ["SETTING", "VALUE", "FROM"]
    assert ["mouse", "false", f"{path}:2"] in lines
    assert ["log_size", "-", "default"] in lines


def test_the_path_is_printed_whether_the_file_exists_or_not(path):
    assert layertui("config", "--path").ok().text == f"{path}\n"
    assert layertui("config", "--path", "--json").ok().json == {"path": str(path)}


def test_a_bad_file_is_wrong_usage_for_every_verb(path):
    path.write_text("engin = 'x'")
    for words, code in ((["config"], 2), (["images"], 2), (["run", "demo"], 125)):  # docker's code of a failed `run`
        done = layertui(*words).failed(code)
        assert done.err == f"error: {path}:1: unknown setting 'engin'; did you mean 'engine'?\n"


def test_a_file_that_others_can_change_is_reported(path):
    path.write_text("engine = '\x1b'")
    path.chmod(0o666)
    done = layertui("config", "--json").ok()
    assert done.json["problem"] == f"{path} can be changed by other users; it is not obeyed"
    assert done.err == f"warning: {done.json['problem']}\n"


def test_control_characters_of_a_value_are_escaped(path, monkeypatch):
    monkeypatch.setenv("LAYERTUI_ENGINE", "\x1b[31m")
    assert b"\x1b" not in layertui("config").ok().out


@pytest.mark.slow
def test_what_is_wrong_with_the_keys_is_reported(path):
    path.write_text("[keys]\nwrite = 'W'\nlokup = 'f'\n")
    done = layertui("config").ok()
    assert done.err == f"warning: {path}:3: unknown action 'lokup' in [keys]; did you mean 'lookup'?\n"
