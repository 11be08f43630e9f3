"""Selection: every change is a new value."""

from layertui.tui.common.selection import Selection


def test_something_else_is_looked_at_from_its_top_and_keeps_the_path():
    before = Selection().of("demo:1.0").at_layer(3).at_path("/etc/motd").turned()
    after = before.of("demo:2.0")
    assert after == Selection(name="demo:2.0", title="demo:2.0", path="/etc/motd")
    assert before.layer == 3
    assert before.alone


def test_a_container_is_known_by_its_spelling():
    assert Selection().of("container:kind_banzai", "kind_banzai").container == "kind_banzai"
    assert Selection().of("demo:1.0").container is None


def test_turning_twice_is_no_turn():
    selection = Selection().of("demo:1.0")
    assert selection.turned().turned() == selection
