import numpy as np

from layertui.core.analysis.name_endings import AllNames, NameEndings
from laying import lay


def test_names_that_end_in_one_of_several():
    stack = lay(["a.PNG:1", "png:1", ".png:1", "b.png.gz:1", "c.jpeg:1"], ["d.png:1", "g:1", "x.pn:1", "gpng:1"])
    rows = np.arange(len(stack.layer))
    names = stack.names(stack.path_id)
    found = NameEndings(AllNames(stack), rows).any_of([".png", ".jpeg"])
    assert [name for name, hit in zip(names, found, strict=True) if hit] == [b".png", b"a.PNG", b"c.jpeg", b"d.png"]
    assert not NameEndings(AllNames(stack), rows).any_of([]).any()
    assert len(NameEndings(AllNames(stack), rows[:0]).any_of(["x"])) == 0


def test_names_with_a_match_inside_but_not_across_two_names():
    stack = lay(["liba.so.1:1", "libb.so:1", "x.s:1", "y:1"], ["z.so.2:1"])
    rows = np.arange(len(stack.layer))
    found = NameEndings(AllNames(stack), rows).numbered(b".so.")
    assert [stack.name(int(stack.path_id[row])) for row in rows[found]] == [b"liba.so.1", b"z.so.2"]
    # In one table the names are stored one after another: "a.s" and "o.1" are no "a.so.1".
    assert not NameEndings(AllNames(lay(["a.s:1", "o.1:1"])), np.arange(2)).numbered(b".so.").any()
