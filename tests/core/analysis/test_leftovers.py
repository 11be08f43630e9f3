import pytest

from layertui.core.analysis.leftovers import leftovers_of
from layertui.core.analysis.stored_files import stored_files
from laying import lay

KIND_OF = {
    "var/lib/apt/lists/deb_Packages": "apt lists",
    "var/cache/apt/archives/a.deb": "apt cache",
    "var/cache/apk/APKINDEX.gz": "apk cache",
    "var/cache/dnf/x": "dnf and yum cache",
    "root/.cache/pip/http/x": "pip cache",
    "root/.npm/_cacache/x": "npm cache",
    "home/u/.cache/yarn/v6/x": "yarn cache",
    "root/.cache/go-build/00/x": "go build cache",
    "go/pkg/mod/x@v1/a.go": "go modules",
    "srv/app/.git/objects/x": "version control",
    "tmp/build.log": "temporary files",
    "srv/core": "core dumps",
    "core.1234": "core dumps",
    "srv/a/__pycache__/m.cpython-311.pyc": "python bytecode without source",
}
NOTHING = ["usr/lib/python3/core", "core.d/x", "srv/core.txt", "srv/encore", "srv/a.git", "etc/apt/lists/x"]


@pytest.mark.parametrize("path", KIND_OF)
def test_the_kind_of_what_is_left(path):
    (leftover,) = leftovers_of(stored_files(lay([f"{path}:3"])))
    assert (leftover.kind, leftover.bytes, leftover.hidden, leftover.paths) == (KIND_OF[path], 3, 0, (f"/{path}",))
    assert leftover.hint


@pytest.mark.parametrize("path", NOTHING)
def test_what_only_looks_like_it_is_none(path):
    assert leftovers_of(stored_files(lay([f"{path}:3"]))) == []


def test_empty_files_are_none():
    assert leftovers_of(stored_files(lay(["var/lib/apt/lists/lock:0"]))) == []


def test_bytecode_both_ways():
    stack = lay(
        ["a/m.py:1", "a/m.pyc:2", "a/__pycache__/m.cpython-311.pyc:3", "a/__pycache__/n.cpython-311.opt-1.pyc:4"],
        ["b/n.py:1"],
    )
    found = {leftover.kind: leftover.paths for leftover in leftovers_of(stored_files(stack))}
    assert found == {
        "python bytecode": ("/a/__pycache__/m.cpython-311.pyc", "/a/m.pyc"),
        "python bytecode without source": ("/a/__pycache__/n.cpython-311.opt-1.pyc",),
    }


def test_what_a_higher_layer_removed_is_still_stored():
    stack = lay(["var/lib/apt/lists/a:5", "var/lib/apt/lists/b:2"], ["-var/lib/apt/lists/a", "tmp/x:9"])
    temporary, lists = leftovers_of(stored_files(stack))
    assert (temporary.kind, temporary.bytes) == ("temporary files", 9)
    assert (lists.bytes, lists.hidden, lists.paths) == (7, 5, ("/var/lib/apt/lists/a", "/var/lib/apt/lists/b"))
