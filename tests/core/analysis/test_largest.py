from layertui.core.analysis.largest import LargeFile, largest_files
from layertui.core.analysis.stored_files import stored_files
from laying import lay


def test_the_largest_visible_files():
    stack = lay(["a:5", "b:9", "c:7", "old:100", "d=>b"], ["-old", "e:7", "-b"])
    stored = stored_files(stack)
    assert largest_files(stored, 3) == [LargeFile("/d", 9, 1), LargeFile("/c", 7, 1), LargeFile("/e", 7, 2)]
    assert [file.path for file in largest_files(stored, 100)] == ["/d", "/c", "/e", "/a"]
    assert largest_files(stored_files(lay()), 3) == []
