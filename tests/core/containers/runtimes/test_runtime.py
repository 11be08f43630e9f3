import os

import pytest

from containing import require_runtime
from layertui.core.containers.runtimes import runtime
from layertui.core.containers.runtimes.runtime import choose
from layertui.core.errors import RuntimeUnavailable, UsageError

ROOT = os.geteuid() == 0


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Put shell scripts in the place of all runtimes there are."""
    monkeypatch.setattr(runtime, "_bundled", lambda: None)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(
        runtime.shutil, "which", lambda name: str(path) if (path := tmp_path / "bin" / name).exists() else None
    )

    def put(name, script):
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return put


def test_none_at_all(programs, tmp_path):
    with pytest.raises(RuntimeUnavailable, match="bwrap: not found") as told:
        choose(tmp_path)
    assert told.value.exit_code == 125
    assert "\n" not in str(told.value)


def test_every_reason_is_reported(programs, tmp_path):
    programs("runc", "echo 'runc is broken' >&2; exit 1")
    programs("bwrap", "echo 'bwrap 0.8'")
    with pytest.raises(RuntimeUnavailable) as told:
        choose(tmp_path)
    assert ("runc is broken" if ROOT else "runc: for root only") in str(told.value)
    assert "older than 0.11" in str(told.value)


def test_a_runtime_that_only_pretends(programs, tmp_path):
    programs("bwrap", 'case "$*" in --help) echo --overlay-src;; *) exit 42;; esac')
    with pytest.raises(RuntimeUnavailable, match="first program"):
        choose(tmp_path)


def test_the_one_asked_for_and_no_other(programs, tmp_path):
    with pytest.raises(RuntimeUnavailable, match="runc: not found"):
        choose(tmp_path, "runc")
    with pytest.raises(UsageError, match="podman"):
        choose(tmp_path, "podman")


def test_what_passed_is_remembered_until_the_program_changes(programs, tmp_path, monkeypatch):
    programs("bwrap", "echo --overlay-src")
    probes = []
    monkeypatch.setattr(runtime, "_probe", lambda one, *_: probes.append(one.program))
    choose(tmp_path)
    choose(tmp_path)
    assert len(probes) == 1
    programs("bwrap", "echo --overlay-src; : another")
    choose(tmp_path)
    assert len(probes) == 2
    (tmp_path / "cache/runtimes.json").write_text("{broken")
    choose(tmp_path)
    assert len(probes) == 3


def test_a_probe_leaves_nothing(tmp_path):
    require_runtime("bwrap", tmp_path)
    choose(tmp_path, "bwrap")
    assert os.listdir(tmp_path) == ["cache"]
