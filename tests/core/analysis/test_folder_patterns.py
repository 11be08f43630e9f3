from layertui.core.analysis.folder_patterns import Folders
from layertui.core.analysis.name_endings import AllNames
from laying import lay


def numbers(stack, *groups):
    found = Folders(stack, AllNames(stack)).inside(groups)
    return {stack.path(place): int(found[place]) for place in range(len(stack.depth)) if found[place]}


def test_folders_by_name_by_several_names_and_from_the_root():
    stack = lay(
        ["x/.cache/pip/wheel:1", "x/cache/pip/other:1", "var/lib/apt/lists/a:1", "x/var/lib/apt/lists/b:1", "pip:1"]
    )
    assert numbers(stack, [".cache/pip"], ["/var/lib/apt/lists", "none"]) == {
        "/x/.cache/pip/wheel": 1,
        "/var/lib/apt/lists/a": 2,
    }
    assert numbers(stack, ["pip"]) == {"/x/.cache/pip/wheel": 1, "/x/cache/pip/other": 1}


def test_the_first_group_counts_wherever_its_folder_is():
    stack = lay(["out/in/f:1", "in/out/f:1"])
    assert numbers(stack, ["in"], ["out"]) == {"/out/in": 2, "/out/in/f": 1, "/in/out": 1, "/in/out/f": 1}


def test_a_file_of_that_name_is_no_folder():
    assert numbers(lay(["a/in:1"]), ["in"]) == {}
    assert numbers(lay(), ["in"]) == {}
