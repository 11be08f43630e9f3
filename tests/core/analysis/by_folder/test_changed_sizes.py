"""The map of what two sides differ by: its sums are those of the comparison."""

import pytest

from layertui.core.analysis.by_folder.changed_sizes import KINDS_OF_CHANGE, changed_size_map
from layertui.core.layers.diff.file_changes import changes
from layertui.core.layers.diff.rollup import Rollup
from layertui.tui.report.comparison.json_comparison import report_object
from laying import lay
from tui_sizes import sized
from tui_values import built
from tui_world import World


def mapped(one, other):
    return changed_size_map(Rollup(changes(lay(one).view(), lay(other).view())))


def parts(found, path="/"):
    return dict(zip(KINDS_OF_CHANGE, found.by_layer(found.node_of(path)), strict=True))


def test_bytes_by_folder_and_kind_of_change():
    found = mapped(
        ["a/old:5", "a/same:7", "a/more:3", "b/less:9", "b/emptied:4"],
        ["a/new:11", "a/same:7", "a/more:8", "b/less:2", "b/emptied:0"],
    )
    assert parts(found) == {"added": 11, "removed": 5, "changed": 8 + 2 + 4}
    assert parts(found, "/a") == {"added": 11, "removed": 5, "changed": 8}
    assert parts(found, "/b/emptied") == {"added": 0, "removed": 0, "changed": 4}
    assert found.path(found.node_of("/b/less")) == "/b/less"
    assert [found.path(node) for node in found.tree.children().tolist()] == ["/a", "/b"]


def test_nothing_differs():
    found = mapped(["a:5"], ["a:5"])
    assert (found.describe_one().size, found.largest_file) == (0, None)


@pytest.mark.slow
@pytest.mark.parametrize("pair", [("demo:1.0", "demo:2.0"), ("demo:2.0", "sized:1"), ("sized:1", "demo:2.0")])
def test_the_sums_are_those_that_compare_json_says(tmp_path, pair):
    inspector = World(tmp_path, *built(), sized()).inspector
    report = inspector.compare(*map(inspector.open, pair))
    assert report.files is not None
    expected = dict.fromkeys(KINDS_OF_CHANGE, 0)
    for change in report_object(report)["files"]["changes"]:
        a, b = (side["size"] if side and side["type"] == "file" else 0 for side in (change["a"], change["b"]))
        if change["kind"] == "modified" and not {"content", "type"} & set(change["fields"]):
            continue
        expected["changed" if change["kind"] == "modified" else change["kind"]] += b or a
    assert sum(expected.values())
    assert parts(changed_size_map(Rollup(report.files))) == expected
