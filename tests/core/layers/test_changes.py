"""What differs between two views, and what each layer did, in numbers."""

from layertui.core.layers.changes import changes
from layertui.core.layers.counts import Counts, counts

from .laying import lay


def told(a, b, **options):
    return [(change.kind, change.path, change.fields) for change in changes(a, b, **options)]


def test_a_view_does_not_differ_from_itself():
    stack = lay(["a", "d/x", "l->a", "h=>a"])
    assert told(stack.view(), stack.view()) == []
    assert told(stack.view(), lay(["a", "d/x", "l->a", "h=>a"]).view()) == []


def test_every_path_below_a_removed_folder_is_told():
    stack = lay(["d/x", "d/s/y", "k"], ["-d", "n"])
    assert told(stack.view(1), stack.view(2)) == [
        ("removed", "/d", ()),
        ("removed", "/d/s", ()),
        ("removed", "/d/s/y", ()),
        ("removed", "/d/x", ()),
        ("added", "/n", ()),
    ]


def test_fields_say_what_differs():
    one, other = lay(["f:5", "t", "l->a"]).view(), lay(["f:6", "t/", "l->b"]).view()
    assert told(one, other) == [
        ("modified", "/f", ("size", "content")),
        ("modified", "/l", ("link",)),
        ("modified", "/t", ("type", "mode", "size", "mtime")),
    ]


def test_content_of_equal_size_is_compared_where_asked():
    one, other = lay(["f:5", "g:5", "e:0"]).view(), lay(["f:5", "g:5", "e:0"]).view()
    same = {"/f": False, "/g": True}
    assert told(one, other, same_content=lambda a, b: same[a.path]) == [("modified", "/f", ("content",))]


def test_the_same_stored_file_is_never_compared():
    stack = lay(["f", "g"], ["g"])

    def never(a, b):
        assert a.path == "/g"
        return True

    assert told(stack.view(1), stack.view(2), same_content=never) == []


def test_what_each_layer_did():
    stack = lay(
        ["d/", "d/a", "d/s/", "d/s/b", "f", "g"],
        ["f", "-g", "!d", "d/"],
        ["d", "n/m"],
        ["f/", "f/x"],
    )
    assert counts(stack) == [
        Counts(entries=6, added=6, modified=0, removed=0, size=20),
        Counts(entries=2, added=0, modified=1, removed=3, size=5),
        Counts(entries=2, added=2, modified=1, removed=0, size=10),
        Counts(entries=2, added=1, modified=1, removed=0, size=5),
    ]
