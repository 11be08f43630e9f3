from hypothesis import given
from hypothesis import strategies as st

from layertui.core.layers.changes import FileChange
from layertui.core.layers.entry import Kind
from layertui.tui.widgets.change_runs import ChangeRuns, matching, only_time
from tui_values import changes, entry

names = st.text(st.sampled_from("ab-.\x01z"), min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


def walk(runs):
    waiting, found = runs.children(), []
    while waiting:
        node = waiting.pop()
        found.append(node)
        if node.foldable:
            waiting += runs.children(node)
    return found


@given(st.dictionaries(paths, st.sampled_from(["added", "removed", "modified"])))
def test_the_tree_has_every_change_once_and_counts_what_is_below(kinds):
    runs = ChangeRuns(FileChange(path, kind, None, None) for path, kind in kinds.items())
    nodes = walk(runs)
    assert sorted(node.change.path for node in nodes if node.change is not None) == sorted(kinds)
    for node in nodes:
        inside = [kind for path, kind in kinds.items() if path == node.path or path.startswith(node.path + "/")]
        assert runs.counts(node) == tuple(inside.count(kind) for kind in ("added", "modified", "removed"))


@given(st.lists(paths, unique=True))
def test_a_folder_without_a_change_of_its_own_holds_two_things_at_least(found):
    runs = ChangeRuns(FileChange(path, "added", None, None) for path in found)
    for node in walk(runs):
        if node.change is None:
            assert len(runs.children(node)) > 1


def test_a_chain_of_folders_shares_a_row():
    runs = ChangeRuns(changes())
    assert [node.name for node in runs.children()] == ["etc", "srv/app", "usr/lib"]


def test_names_with_a_dash_do_not_part_a_folder():
    # "a-b" sorts between "a" and "a/c" as text, not as a tree
    runs = ChangeRuns(FileChange(path, "added", None, None) for path in ("/a/c", "/a-b", "/a/d"))
    assert [(node.name, node.foldable) for node in runs.children()] == [("a", True), ("a-b", False)]


def test_time_alone_is_told_apart():
    assert [change.path for change in changes() if only_time(change)] == ["/srv/app"]


def test_the_filter_minds_no_case():
    assert [change.path for change in matching(changes(), "MOTD")] == ["/etc/motd"]


def test_bytes_count_files_only():
    folder = FileChange("/d", "added", None, entry("/d", 4096, kind=Kind.DIR))
    runs = ChangeRuns([folder, FileChange("/d/f", "added", None, entry("/d/f", 10))])
    assert runs.difference(runs.children()[0]) == 10
