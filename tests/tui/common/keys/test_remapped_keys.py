"""Keys that the user gives to actions: the others keep theirs, and who loses one is named."""

from textual.binding import Binding

from layertui.tui.common.keys.remapped_keys import conflicts, remapped

BINDINGS = list(
    Binding.make_bindings(
        [
            Binding("s", "start", "start"),
            Binding("s", "stop", "stop"),
            Binding("f,F", "lookup", "look up", key_display="f"),
            Binding("w", "write", "write"),
            Binding("right_square_bracket", "turn(1)", "next"),
        ]
    )
)


def _keys(bindings):
    found = {}
    for one in bindings:
        found.setdefault(one.action, []).append(one.key)
    return found


def test_an_action_has_its_new_keys_alone():
    new = remapped(BINDINGS, {"start": "S", "lookup": "?,ctrl+l", "turn(1)": "}"})
    assert _keys(new) == {
        "stop": ["s"],
        "write": ["w"],
        "start": ["S"],
        "lookup": ["question_mark", "ctrl+l"],
        "turn(1)": ["right_curly_bracket"],
    }
    assert {one.description for one in new if one.action == "lookup"} == {"look up"}
    assert {one.key_display for one in new} == {None}


def test_they_stay_in_their_order():
    new = remapped(BINDINGS, {"write": "ctrl+w", "start": "S"})
    assert [one.action for one in new] == ["start", "stop", "lookup", "lookup", "write", "turn(1)"]


def test_the_key_of_another_action_is_taken_from_it_and_reported():
    assert _keys(remapped(BINDINGS, {"lookup": "w"})) == {
        "start": ["s"],
        "stop": ["s"],
        "lookup": ["w"],
        "turn(1)": ["right_square_bracket"],
    }
    assert conflicts(BINDINGS, {"lookup": "w"}) == [("lookup", "w", "write")]


def test_what_shares_a_key_may_share_another():
    assert conflicts(BINDINGS, {"start": "x", "stop": "x"}) == []
    assert conflicts(BINDINGS, {"lookup": "w", "write": "f"}) == []
    assert conflicts(BINDINGS, {"lookup": "x", "write": "x"}) == [("write", "x", "lookup")]


def test_nothing_is_changed_without_keys():
    assert remapped(BINDINGS, {}) == BINDINGS
    assert remapped(BINDINGS, {"unknown": "w"}) == BINDINGS
