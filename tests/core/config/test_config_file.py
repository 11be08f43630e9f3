"""config.toml: what it says, with lines; a bad file ends with one line that names the file and the line."""

import os
import stat

import pytest

from layertui.core.bounds import Bounds
from layertui.core.config import config_file
from layertui.core.config.config_file import read_config
from layertui.core.errors import UsageError
from layertui.core.settings import Settings

WHOLE = """\
# what I like
store = "/s"
engine = "podman"
theme = "layertui-light"
mouse = false
pids_limit = 500
log_size = "10m"

[limits]
json = "8m"
layers = 0

[keys]
write = "W"
"next_match(1)" = ["n", "ctrl+n"]
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config.toml"


def _load(path, **environ):
    return Settings.load(environ={"LAYERTUI_CONFIG": str(path), **environ})


def test_a_file_sets_what_the_environment_does_not(path):
    path.write_text(WHOLE)
    settings = _load(path, LAYERTUI_ENGINE="docker", LAYERTUI_STORE="")
    assert (str(settings.store), settings.engine, settings.theme) == ("/s", "docker", "layertui-light")
    assert (settings.mouse, settings.pids_limit, settings.log_size) == (False, 500, "10m")
    assert settings.bounds == Bounds(json=8 << 20, layers=1 << 62)
    found = {name: (one.source, one.where) for name, one in settings.choices.items()}
    assert found["store"] == ("file", f"{path}:2")
    assert found["engine"] == ("environment", "LAYERTUI_ENGINE")
    assert found["limits.layers"] == ("file", f"{path}:11")
    assert found["runtime"] == ("default", "")
    assert settings.config.keys == {"write": ("W", 14), "next_match(1)": ("n,ctrl+n", 15)}


def test_an_option_overrides_the_file(path):
    path.write_text(WHOLE)
    settings = Settings.load("/given", environ={"LAYERTUI_CONFIG": str(path)})
    assert str(settings.store) == "/given"
    assert settings.choices["store"] == ("/given", "option", "--store")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\ntheme = layertui", ":3: Invalid value"),
        ('engine = "docker"\nx = [1,', ":2: "),
        ("mouse = true\n\nthema = 'x'", ":3: unknown setting 'thema'; did you mean 'theme'?"),
        ("[limits]\njsn = 3", ":2: unknown setting 'limits.jsn'; did you mean 'limits.json'?"),
        ("zzz = 3", ":1: unknown setting 'zzz'; `layertui config` lists all"),
        ("[zzz]", ":1: unknown setting 'zzz'"),
        ("limits = 3", ":1: unknown setting 'limits'"),
        ("mouse = 'no'", ":1: invalid value of mouse: write true or false"),
        ("store = 'here'", ":1: invalid value of store: write an absolute path"),
        ("pids_limit = -1", ":1: invalid value of pids_limit: write a number"),
        ("pids_limit = true", ":1: invalid value of pids_limit: write a number"),
        ("[limits]\nentries = 'many'", ":2: invalid value of limits.entries: write a number"),
        ("[keys]\n\nwrite = 3", ":3: invalid keys of write"),
        ("[keys]\nwrite = ''", ":2: invalid keys of write"),
        ("x = " + "[" * 5000, ":1: "),
        (b"mouse = true\n# \xff", ":2: is not UTF-8"),
        ("#" * (config_file.LARGEST + 1), ": is larger than 256 KiB"),
    ],
)
def test_a_bad_file_is_reported_with_its_line(path, text, said):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as error:
        _load(path)
    assert str(error.value).startswith(f"{path}{said}")


def test_the_file_is_in_the_users_config_folder(tmp_path):
    home = {"HOME": str(tmp_path)}
    path = tmp_path / ".config/layertui/config.toml"
    settings = Settings.load(environ={**home, "XDG_CONFIG_HOME": str(tmp_path / "other")})
    assert settings.config == (tmp_path / "other/layertui/config.toml", False, {}, {}, "")
    path.parent.mkdir(parents=True)
    path.write_text('engine = "x"')
    assert Settings.load(environ={**home, "XDG_CONFIG_HOME": str(path.parent.parent)}).engine == "x"


def test_a_file_that_is_named_is_there(path):
    with pytest.raises(UsageError, match="no such file; LAYERTUI_CONFIG names it"):
        _load(path)
    assert _load(os.devnull).engine == "embedded"
    os.mkfifo(path)
    with pytest.raises(UsageError, match="is not a regular file"):
        _load(path)


@pytest.mark.parametrize("rights", [stat.S_IWOTH, stat.S_IWGRP])
def test_a_file_that_others_can_change_is_not_obeyed(path, rights, monkeypatch):
    path.write_text("this is not even TOML")
    path.chmod(0o600 | rights)
    monkeypatch.setattr(os, "getegid", lambda: 12345)
    if rights == stat.S_IWGRP and os.geteuid() == 0:
        os.chown(path, -1, 4321)  # the group root is ours
    elif rights == stat.S_IWGRP and path.stat().st_gid == 0:
        pytest.skip("a file of the group root")
    settings = _load(path)
    assert settings.config.refusal == f"{path} can be changed by other users; it is not obeyed"
    assert settings.engine == "embedded"


def test_a_file_of_another_user_is_not_obeyed(path, monkeypatch):
    path.write_text('engine = "x"')
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    if path.stat().st_uid == 0:
        path.chmod(0o600)
        assert _load(path).engine == "x", "a file of root is trusted"
        os.chown(path, 54321, -1)
    assert _load(path).config.refusal.startswith(f"{path} belongs to ")
    assert _load(path).engine == "embedded"


def test_no_parser_is_imported_without_a_file():
    import subprocess
    import sys

    code = "import sys, layertui.core.settings as s; s.Settings.load(); print('tomllib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"


def test_lines_of_names_that_are_written_otherwise(path):
    path.write_text('limits.json = "1m"\nkeys = { write = "W" }\n"theme" = "x"\n')
    config = read_config(path)
    assert config.values == {"limits.json": ("1m", 1), "theme": ("x", 3)}
    assert config.keys == {"write": ("W", 2)}
