"""Which language is used, and what it does not change."""

import json
import os
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len

from layertui.core.language.choice import chosen_language, config_path
from layertui.core.language.texts import counted, locale_language, tr, trn

AGE = re.compile(r"(?:Less than a|About a|\d+) (?:second|minute)s? ago")
WIDE = re.compile(r"[\u4e00-\u9fff]")


def no_config(path):
    raise AssertionError(f"{path} is not there")


# ---------------------------------------------------------------- the locale


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_SG.UTF-8"}, "zh_CN"),
        ({"LANG": "zh-Hans"}, "zh_CN"),
        ({"LANG": "zh_TW.UTF-8"}, "en"),  # who reads traditional characters may read English rather
        ({"LANG": "zh_Hant_HK.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8@euro"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh_CN"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "fr:de"}, "zh_CN"),
        ({"LANG": "C", "LANGUAGE": "zh_CN"}, "en"),  # as gettext has it
        ({"LANG": "\x1b[31m"}, "en"),
    ],
)
def test_the_locale_says_which(environ, language):
    assert locale_language(environ) == language


def test_a_variable_overrides_config_toml_and_that_the_locale(tmp_path):
    config = tmp_path / "config.toml"
    environ = {"LANG": "zh_CN.UTF-8", "LAYERTUI_CONFIG": str(config), "HOME": str(tmp_path)}
    assert chosen_language(no_config, environ) == "zh_CN"
    config.write_text("")
    assert chosen_language(lambda _: "en", environ) == "en"
    assert chosen_language(lambda _: "auto", environ) == "zh_CN"
    assert chosen_language(no_config, {**environ, "LAYERTUI_LANGUAGE": "en"}) == "en"
    assert chosen_language(no_config, {"LAYERTUI_LANGUAGE": "auto", "LANG": "zh_CN.UTF-8"}) == "zh_CN"


def test_config_toml_is_where_the_settings_read_it(tmp_path):
    assert config_path({"HOME": "/h"}) in (
        "/h/.config/layertui/config.toml",
        "/h/Library/Application Support/layertui/config.toml",
    )
    assert config_path({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}) == "/x/layertui/config.toml"
    assert config_path({"LAYERTUI_CONFIG": "/some/file"}) == "/some/file"


# ---------------------------------------------------------------- English


def test_english_is_the_text_itself():
    assert tr("no {x} here") == "no {x} here"
    assert tr("{name!r} is {size:,}", name="a{b}", size=1000) == "'a{b}' is 1,000"
    assert [trn("{count} step", "{count} steps", n) for n in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
    assert [counted(n, "layer") for n in (1, 1000)] == ["1 layer", "1,000 layers"]


def test_english_imports_no_gettext(tmp_path):
    code = (
        "import sys; from layertui.core.language.choice import choose_language; from layertui.core.language.texts import tr\n"
        "choose_language(['images'], print, {'LANG': 'en_US.UTF-8'}); tr('x {a}', a=1)\n"
        "assert 'gettext' not in sys.modules and 'layertui.core.config.config_file' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- the command line


@pytest.fixture
def chinese(tmp_path):
    def run(*words, **env):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LAYERTUI_"))}
        env = {**kept, "HOME": str(tmp_path), "LANG": "zh_CN.UTF-8", "LAYERTUI_STORE": str(tmp_path / "store"), **env}
        argv = [sys.executable, "-m", "layertui", *words]
        return subprocess.run(argv, check=False, capture_output=True, text=True, env=env, timeout=60)

    return run


@pytest.mark.slow
def test_errors_and_help_are_chinese_and_exit_codes_as_ever(chinese):
    chinese("demo", "--no-ui")
    done = chinese("history", "nowhere:1")
    assert (done.returncode, done.stderr) == (1, "错误：存储里没有镜像 nowhere:1；`layertui images` 列出镜像\n")
    assert chinese("images", "--wrong").returncode == 2
    for words in ((), ("create",), ("copy",), ("find",), ("serve",)):
        text = chinese(*words, "--help").stdout
        assert text.startswith("用法: layertui")
        assert "显示此帮助并退出。" in text
        below = text.split("示例:")[0].splitlines()  # commands of examples are not broken
        assert max(map(cell_len, below)) <= 80


@pytest.mark.slow
def test_what_programs_read_is_the_same_in_every_language(chinese):
    chinese("demo", "--no-ui")
    chinese("create", "--name", "box", "demo:2.0")
    for words in (
        ("images",),
        ("ps", "-a"),
        ("history", "demo:2.0"),
        ("images", "--json"),
        ("inspect", "demo:2.0"),
        ("compare", "demo:1.0", "demo:2.0", "--json"),
        ("analyze", "demo:2.0", "--json"),
        ("analyze", "demo:2.0", "--format", "sarif"),
        ("which", "demo:2.0", "/etc/motd", "--json"),
        ("config", "--json"),
    ):
        ours, english = chinese(*words), chinese(*words, LANG="C.UTF-8")
        assert ours.stdout.isascii() or not WIDE.search(ours.stdout), words
        assert AGE.sub("ago", ours.stdout) == AGE.sub("ago", english.stdout), words
        if "--json" in words:
            json.loads(ours.stdout)
    error = chinese("history", "nowhere:1", "--json")
    assert error.stderr == "error: no image nowhere:1 in the store; `layertui images` lists the images\n"


@pytest.mark.slow
def test_the_setting_says_which_language(chinese, tmp_path):
    folder = tmp_path / ".config/layertui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('language = "zh_CN"\n')
    xdg = str(tmp_path / ".config")
    assert chinese("history", "x:1", LANG="C.UTF-8", XDG_CONFIG_HOME=xdg).stderr.startswith("错误：")
    assert chinese("history", "x:1", XDG_CONFIG_HOME=xdg, LAYERTUI_LANGUAGE="en").stderr.startswith("error: ")
    (folder / "config.toml").write_text('language = "zh_TW"\n')
    wrong = chinese("images", XDG_CONFIG_HOME=xdg)
    assert wrong.returncode == 2
    assert "auto, en" in wrong.stderr
    wrong = chinese("images", LAYERTUI_LANGUAGE="fr")
    assert (wrong.returncode, "LAYERTUI_LANGUAGE='fr'" in wrong.stderr) == (2, True)


@pytest.mark.slow
def test_what_is_written_into_an_image_is_not_translated(chinese, tmp_path):
    import tarfile

    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    chinese("import", str(tmp_path / "empty.tar"), "empty:1")
    (step,) = json.loads(chinese("history", "empty:1", "--json").stdout)
    assert step["comment"] == "Imported from -"
