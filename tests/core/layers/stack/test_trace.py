"""Which layer a path comes from, and what hides it."""

import pytest

from layertui.core.layers.stack.trace import trace
from laying import lay

STACK = lay(
    ["f", "d/x/y", "o/a"],
    ["f", "-d/x", "!o"],
    ["-d", "-f", "f", "d/x/z"],
    ["d"],
)


def found(path, *, deep=True):
    return [(step.layer, step.found, step.visible) for step in trace(STACK, path, deep=deep).steps]


def test_the_stack_answers_from_the_top_down():
    assert found("/f") == [
        (4, "absent", False),
        (3, "present", True),
        (2, "present", False),
        (1, "present", False),
    ]
    assert found("/f", deep=False) == [(4, "absent", False), (3, "present", True)]


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/d/x/y", ["not-a-directory", "parent-removed", "parent-removed", "present"]),
        ("/d/x", ["not-a-directory", "present", "whiteout", "present"]),
        ("/d", ["present", "present", "present", "present"]),
        ("/o/a", ["absent", "absent", "opaque", "present"]),
        ("/o/never", ["absent", "absent", "opaque", "absent"]),
        ("/nope", ["absent"] * 4),
        ("/f/under", ["absent", "not-a-directory", "not-a-directory", "not-a-directory"]),
    ],
)
def test_each_layer_says_why(path, answers):
    answers = dict(zip((4, 3, 2, 1), answers, strict=True))
    if path == "/d":
        answers[2] = "absent"
    assert {layer: word for layer, word, _ in found(path)} == answers


def test_what_hides_a_path_ends_the_search():
    answer = trace(STACK, "/d/x/z")
    assert (answer.visible, answer.layer, len(answer.steps)) == (False, None, 1)


def test_an_implied_folder_is_present_with_the_attributes_it_has_below():
    stack = lay(["a", "d/"], ["d/x"])
    answer = trace(stack, "/d")
    assert (answer.layer, answer.visible) == (2, True)
    assert answer.steps[0].entry.mtime == 1


def test_as_of_a_lower_layer():
    assert trace(STACK, "/o/a", upto=1).layer == 1


def test_an_opaque_root():
    assert [step.found for step in trace(lay(["a"], ["!"]), "/a", deep=True).steps] == ["opaque", "present"]
