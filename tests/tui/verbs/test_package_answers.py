"""Packages in the answers of `which` and `compare`."""

import pytest

from builders import docker_archive, file, folder, image, layer
from command_line import layertui
from package_databases import apk_installed, dpkg_status, pom, zip_of

STATUS, INFO = "var/lib/dpkg/status", "var/lib/dpkg/info"
OLD = layer(
    [
        file(STATUS, dpkg_status(("bash", "5.1"), ("vim", "9"), ("sed", "4"))),
        file(f"{INFO}/bash.list", "/.\n/bin\n/bin/bash\n"),
        file("bin/bash", b"old"),
        file("srv/own", b"1"),
        file("app/node_modules/a/package.json", '{"name": "a", "version": "1"}'),
    ]
)
NEW = layer(
    [
        file(STATUS, dpkg_status(("bash", "5.2"), ("sed", "4"), ("e\x1bvil", "<1>"))),
        file("bin/bash", b"new"),
        file("b.jar", zip_of(pom("g", "b", "2"))),
    ]
)


@pytest.fixture
def old(tmp_path):
    return docker_archive(image([OLD], tags=["demo:1"]), tmp_path / "old.tar")


@pytest.fixture
def new(tmp_path):
    return docker_archive(image([OLD, NEW], tags=["demo:2"]), tmp_path / "new.tar")


def last_line(*words):
    return layertui("which", *words).ok().text.splitlines()[-1]


@pytest.mark.parametrize("_", ["first", "again"])
def test_which_says_the_package(new, _):
    assert last_line(new, "/bin/bash") == "package: dpkg bash 5.2, from layer 2"
    assert last_line(f"{new}@1", "/bin/bash") == "package: dpkg bash 5.1, from layer 1"
    assert last_line(new, "/b.jar") == "package: java g:b 2, from layer 2"
    assert last_line(new, "/srv/own") == "package: none"
    assert not last_line(new, "/srv").startswith("package")


def test_which_says_nothing_of_packages_where_there_are_none(tmp_path):
    plain = docker_archive(image([layer([folder("a"), file("a/b", b"1")])], tags=["x:1"]), tmp_path / "x.tar")
    assert not last_line(plain, "/a/b").startswith("package")


def test_which_as_json_is_as_the_contract_says(new):
    assert list(layertui("which", "--json", new, "/bin/bash").ok().json) == ["path", "visible", "layer", "steps"]


def test_compare_says_which_packages_differ(old, new):
    text = layertui("compare", old, new).ok().text
    section = text.partition("\nPackages: ")[2].splitlines()[:5]
    assert section == [
        "2 added, 1 removed, 1 in another version",
        "  M  dpkg bash      5.1 → 5.2",
        "  A  dpkg e\\x1bvil  <1>",
        "  D  dpkg vim       9",
        "  A  java g:b       2",
    ]


def test_compare_as_json_has_packages_only_if_they_are_asked_for(old, new):
    assert "packages" not in layertui("compare", "--json", old, new).ok().json
    found = layertui("compare", "--json", "--packages", old, new).ok().json
    assert [found["history"], found["config"]] == [None, None]
    assert found["packages"] == [
        {"type": "dpkg", "name": "bash", "kind": "modified", "a": ["5.1"], "b": ["5.2"]},
        {"type": "dpkg", "name": "e\x1bvil", "kind": "added", "a": [], "b": ["<1>"]},
        {"type": "dpkg", "name": "vim", "kind": "removed", "a": ["9"], "b": []},
        {"type": "java", "name": "g:b", "kind": "added", "a": [], "b": ["2"]},
    ]


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_reports_of_a_comparison_have_packages(form, old, new):
    text = layertui("compare", "--format", form, old, new).ok().text
    assert "Packages: 2 added, 1 removed, 1 in another version" in text
    assert "dpkg bash" in text
    assert "<1>" not in text


def test_what_could_not_be_read_is_said(tmp_path, old):
    damaged = layer([file("var/lib/rpm/Packages", b"x"), file("lib/apk/db/installed", apk_installed({("m", "1"): {}}))])
    other = docker_archive(image([OLD, damaged], tags=["demo:3"]), tmp_path / "other.tar")
    text = layertui("compare", old, other).ok().text
    assert "apk m  1" in text
    assert "/var/lib/rpm/Packages in layer 2: rpm database of a kind that is not read" in text


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_analyze_says_what_could_not_be_read(tmp_path, form):
    """Otherwise the packages that were read would look like all."""
    read, cut = apk_installed({("m", "1"): {}}), '{"name": "x", "version":'
    damaged = layer([file("lib/apk/db/installed", read), file("app/node_modules/x/package.json", cut)])
    path = docker_archive(image([damaged], tags=["demo:4"]), tmp_path / "damaged.tar")
    text = layertui("analyze", "--format", form, path).ok().text
    assert "Packages that could not be read" in text
    assert "modules/x/package.json in layer 1: it cannot be parsed" in text
    found = layertui("analyze", "--json", path).ok().json
    assert [one["name"] for one in found["packages"]] == ["m"]
    (problem,) = found["packages_not_read"]
    assert problem.startswith("/app/node_modules/x/package.json in layer 1: it cannot be parsed")


def test_analyze_has_no_such_table_where_all_was_read(old):
    assert "could not be read" not in layertui("analyze", old).ok().text
    assert layertui("analyze", "--json", old).ok().json["packages_not_read"] == []


def test_the_same_packages_are_not_spoken_of(old, tmp_path):
    other = docker_archive(image([OLD, layer([file("x", b"1")])], tags=["demo:3"]), tmp_path / "other.tar")
    assert "Packages" not in layertui("compare", old, other).ok().text
