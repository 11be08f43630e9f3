"""What was given counts before the environment, and that before the defaults."""

from pathlib import Path

import pytest

from layertui.core.errors import UsageError
from layertui.core.settings import Settings


def test_the_defaults_lie_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = Settings.load(environ={})
    assert settings == Settings(tmp_path / "layertui", "embedded", None)


def test_the_environment_is_read():
    environ = {"LAYERTUI_STORE": "/s", "LAYERTUI_ENGINE": "podman", "LAYERTUI_RUNTIME": "crun"}
    assert Settings.load(environ=environ) == Settings(Path("/s"), "podman", "crun")


def test_what_is_given_wins_over_the_environment():
    environ = {"LAYERTUI_STORE": "/s", "LAYERTUI_ENGINE": "podman"}
    assert Settings.load("/given", "docker", environ) == Settings(Path("/given"), "docker")


def test_an_empty_value_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    empty = {"LAYERTUI_STORE": "", "LAYERTUI_ENGINE": "", "LAYERTUI_RUNTIME": ""}
    assert Settings.load("", "", empty) == Settings.load(environ={})


def test_a_relative_folder_and_a_tilde_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Settings.load("here", environ={}).store == tmp_path / "here"
    assert Settings.load("~/store", environ={}).store == Path("/home/somebody/store")


def test_the_editor_is_the_users_own(tmp_path):
    for environ, wanted in (
        ({"VISUAL": "code -w", "EDITOR": "nano"}, "code -w"),
        ({"VISUAL": "", "EDITOR": "nano"}, "nano"),
        ({}, "vi"),
    ):
        assert Settings.load(tmp_path, environ=environ).editor == wanted


def test_the_pager_is_the_users_own(tmp_path):
    for environ, wanted in (({"PAGER": "most -w"}, "most -w"), ({"PAGER": ""}, "less"), ({}, "less")):
        assert Settings.load(tmp_path, environ=environ).pager == wanted


def test_processes_are_a_number(tmp_path):
    for spelled, wanted in (("", None), (" ", None), ("0", 0), ("500", 500)):
        assert Settings.load(tmp_path, environ={"LAYERTUI_PIDS_LIMIT": spelled}).pids_limit == wanted
    for spelled in ("x", "-1", "1.5", "9" * 10):
        with pytest.raises(UsageError, match="invalid LAYERTUI_PIDS_LIMIT"):
            Settings.load(tmp_path, environ={"LAYERTUI_PIDS_LIMIT": spelled})


def test_who_is_trusted(tmp_path):
    for spelled, wanted in (("", False), ("0", False), ("1", True)):
        assert Settings.load(tmp_path, environ={"LAYERTUI_TRUST_STORE": spelled}).trust_store is wanted
    assert Settings.load(tmp_path, environ={}, trust_store=True).trust_store


def test_options_that_were_given_are_kept_for_commands_that_do_the_same(tmp_path):
    settings = Settings.load(tmp_path / "s", "podman", {"LAYERTUI_STORE": "/elsewhere"}, trust_store=True)
    assert settings.given == ("--store", str(tmp_path / "s"), "--engine", "podman", "--trust-store")
    assert Settings.load(environ={"LAYERTUI_STORE": str(tmp_path), "LAYERTUI_ENGINE": "podman"}).given == ()
