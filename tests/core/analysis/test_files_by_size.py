from layertui.core.analysis.files_by_size import FilesBySize, SizedFile
from layertui.core.analysis.stored_files import stored_files
from laying import lay


def test_the_largest_first_hard_links_once_and_who_hides_the_rest():
    stack = lay(["a:5", "b:9", "c:7", "old:100", "d=>b"], ["-old", "e:7", "-b"])
    files = FilesBySize(stored_files(stack))
    assert files.rows(0, 3) == [SizedFile("/old", 100, 1, 2), SizedFile("/d", 9, 1, 0), SizedFile("/c", 7, 1, 0)]
    assert files.rows(3, 99) == [SizedFile("/e", 7, 2, 0), SizedFile("/a", 5, 1, 0)]
    assert (len(files), files.bytes) == (5, 128)
    assert files.visible().paths(0, 99) == ["/d", "/c", "/e", "/a"]
    assert FilesBySize(stored_files(stack, low=2, high=2)).rows(0, 9) == [SizedFile("/e", 7, 2, 0)]
    assert FilesBySize(stored_files(lay())).rows(0, 9) == []
