import numpy as np

from layertui.core.analysis.stored_files import Why, stored_files
from layertui.core.analysis.waste import HiddenCopy, Waste, efficiency, user_wasted_share
from laying import lay


def rows(stack, most=None, **layers):
    return [(path.path, path.bytes, path.layers) for path in Waste(stored_files(stack, **layers)).largest(most)]


def test_one_row_a_path_with_all_its_hidden_copies():
    stack = lay(["a:5", "b:7", "d/x:1"], ["a:6"], ["a:2", "-d", "empty:0"], ["-empty"])
    waste = Waste(stored_files(stack))
    assert len(waste) == 2
    path, removed = waste.largest()
    assert (path.path, path.bytes, path.layers, path.changed) == ("/a", 11, (1, 2), ())
    assert path.copies == (HiddenCopy(1, 5, 2, Why.OVERWRITTEN), HiddenCopy(2, 6, 3, Why.OVERWRITTEN))
    assert (removed.path, removed.copies) == ("/d/x", (HiddenCopy(1, 1, 3, Why.REMOVED),))
    assert [path.path for path in waste.largest(1)] == ["/a"]


def test_what_makes_more_bytes_comes_first_and_else_the_order_of_the_tree():
    assert rows(lay(["b:3", "a-b:3", "a/c:3", "z:4"], ["!", "n:1"])) == [
        ("/z", 4, (1,)),
        ("/a/c", 3, (1,)),
        ("/a-b", 3, (1,)),
        ("/b", 3, (1,)),
    ]


def test_the_copy_that_shows_is_no_waste():
    """dive's issue 684: it counts every copy of a path that is stored twice."""
    stored = stored_files(lay(["big:100"], ["big:100"]))
    assert (stored.hidden_bytes, efficiency(stored)) == (100, 0.5)


def test_opaque_folders_hide():
    """dive ignores opaque markers: it shows what they hide, and counts nothing as wasted."""
    stack = lay(["data/a:10", "data/sub/b:20"], ["data/", "!data", "data/n:1"])
    assert rows(stack) == [("/data/sub/b", 20, (1,)), ("/data/a", 10, (1,))]


def test_efficiency_of_nothing_is_one():
    assert efficiency(stored_files(lay())) == 1
    assert efficiency(stored_files(lay(["d/", "empty:0"], ["-empty"]))) == 1


def test_user_waste_is_relative_to_what_is_above_the_base():
    assert user_wasted_share(stored_files(lay(["a:10"], ["a:20"], ["b:20"]))) == 0.25
    assert user_wasted_share(stored_files(lay(["a:10"]))) == 0
    assert user_wasted_share(stored_files(lay(["a:10"], ["-a"]))) == 1
    assert user_wasted_share(stored_files(lay(["a:10"], ["a:20"], ["a:20"]), low=2)) == 0.5


def test_of_the_same_bytes_again_it_says_what_changed():
    stack = lay(["a:9"], ["a:9"])
    stack.layers[1].table.mode[:] = 0o755
    stack.layers[1].table.uid[:] = 5
    stored = stored_files(stack)
    stored.compare_contents(lambda left, _: np.ones(len(left), bool))
    (path,) = Waste(stored).largest()
    assert path.copies[0].why is Why.SAME_CONTENT
    assert path.changed == ("mode", "owner")
