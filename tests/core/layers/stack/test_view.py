"""Looking at a stack: as of a layer, one layer alone, what some layers did."""

import pytest

from layertui.core.errors import NotFound, UnsafePath
from layertui.core.layers.stack.view import ROOT, View
from layertui.core.layers.table.entry import Change, Kind
from layertui.core.layers.table.path_keys import path_of
from laying import lay


def marks(view):
    return [(entry.path, entry.change.letter.strip()) for entry in view]


STACK = lay(
    ["etc/", "etc/motd", "etc/gone", "var/", "var/a:3", "var/b:4", "top"],
    ["etc/motd", "-etc/gone", "!var", "var/n:1"],
    ["-var", "etc/"],
)


COLUMNS = ["kind", "size", "layer", "depth", "end", "parent", "total", "counted"]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("view", [STACK.view(2), STACK.alone(2), STACK.span(2, 3)], ids=["view", "alone", "span"])
def test_a_column_has_the_type_that_it_says(view, name):
    said = getattr(View, name).__doc__.partition(":")[0]
    column = getattr(view, name)
    assert (column.dtype.name, len(column)) == (said, len(view))


def test_changes_are_against_the_layer_below():
    assert marks(STACK.view(2)) == [
        ("/etc", ""),
        ("/etc/motd", "M"),
        ("/top", ""),
        ("/var", ""),
        ("/var/n", "A"),
    ]


def test_what_is_gone_can_be_shown():
    view = STACK.view(3, removed=True)
    assert marks(view) == [("/etc", ""), ("/etc/motd", ""), ("/top", ""), ("/var", "D"), ("/var/n", "D")]
    assert [view.path(row) for row in view.children()] == ["/etc", "/top", "/var"]


def test_changes_are_known_since_any_layer():
    assert ("/etc/gone", "D") in marks(STACK.view(3, since=1, removed=True))
    assert marks(STACK.view(3, since=0)) == [("/etc", "A"), ("/etc/motd", "A"), ("/top", "A")]


def test_a_layer_alone_shows_its_whiteouts_and_what_it_empties():
    view = STACK.alone(2)
    assert [(entry.path, entry.kind, entry.change, entry.opaque, entry.layer) for entry in view] == [
        ("/etc", Kind.DIR, Change.UNCHANGED, False, 2),
        ("/etc/gone", Kind.FILE, Change.REMOVED, False, 2),
        ("/etc/motd", Kind.FILE, Change.MODIFIED, False, 2),
        ("/var", Kind.DIR, Change.UNCHANGED, True, 2),
        ("/var/n", Kind.FILE, Change.ADDED, False, 2),
    ]


def test_a_whiteout_of_what_never_was_is_of_no_kind():
    assert [entry.kind for entry in lay(["a"], ["-b"]).alone(2)] == [Kind.WHITEOUT]


def test_a_span_shows_what_some_layers_did_and_the_folders_above():
    assert marks(STACK.span(2, 3)) == [
        ("/etc", ""),
        ("/etc/gone", "D"),
        ("/etc/motd", "M"),
        ("/var", "D"),
        ("/var/a", "D"),
        ("/var/b", "D"),
    ]


def test_a_folder_of_which_only_the_time_differs_is_unchanged():
    assert marks(lay(["a", "d/"], ["d/"]).view())[1] == ("/d", "")


def test_totals_are_sums_of_subtrees():
    view = STACK.view(1)
    totals = {view.path(row): int(view.total[row]) for row in range(len(view))}
    assert totals == {
        "/etc": 10,
        "/etc/gone": 5,
        "/etc/motd": 5,
        "/top": 5,
        "/var": 7,
        "/var/a": 3,
        "/var/b": 4,
    }
    assert view.total_size == 22


def test_the_tree_is_in_the_columns():
    view = STACK.view(1)
    etc = view.find("/etc")
    assert [view.name(row) for row in view.children(etc)] == ["gone", "motd"]
    assert [view.name(row) for row in view.children()] == ["etc", "top", "var"]
    assert view.parent[view.find("/var/b")] == view.find("/var")
    assert view.find("/") == ROOT
    assert view.find("/var/zzz") is None


@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize("view", [STACK.view(1), STACK.view(3, removed=True), STACK.alone(2), STACK.span(2, 3)])
def test_keys_are_those_of_the_paths_however_many_are_made_at_once(view, rows, monkeypatch):
    monkeypatch.setattr("layertui.core.layers.stack.view._BATCH", rows)
    assert list(map(path_of, view.keys())) == [view.path(row) for row in range(len(view))]


LINKS = lay(
    ["usr/bin/sh", "bin->usr/bin", "abs->/usr/bin", "loop->loop", "out->../../x", "broken->nope", "usr/up->../bin/sh"]
)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/bin/sh", "/usr/bin/sh"),
        ("/abs/sh", "/usr/bin/sh"),
        ("/usr/up", "/usr/bin/sh"),
        ("/bin/", "/usr/bin"),
        ("/../bin/../bin/sh", "/usr/bin/sh"),
        ("/", "/"),
    ],
)
def test_symlinks_are_followed_inside_the_image(path, leads_to):
    assert LINKS.view().resolve(path).path == leads_to


def test_the_last_symlink_can_be_kept():
    assert LINKS.view().resolve("/bin", follow=False).kind is Kind.SYMLINK
    assert LINKS.view().resolve("/usr/up", follow=False).link == "../bin/sh"


@pytest.mark.parametrize("path", ["/loop", "/broken", "/nope", "/usr/bin/sh/x", "/loop/x"])
def test_what_leads_nowhere_is_not_found(path):
    with pytest.raises(NotFound):
        LINKS.view().resolve(path)


def test_a_link_that_leads_outside_is_refused():
    with pytest.raises(UnsafePath):
        LINKS.view().resolve("/out")
