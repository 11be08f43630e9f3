"""Why a key does nothing: the reason of the node that knows it, and none where another node does something with it."""

from textual.app import App
from textual.binding import Binding
from textual.widget import Widget

from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.key_actions import Action, own_bindings, possible, refusal_of
from layertui.tui.widgets.lists.image_table import ImageTable
from layertui.tui.widgets.lists.row_list import RowList
from tui_stage import Stage


class Around(Widget):
    BINDINGS = [Binding("o", "outer", "outer"), Binding("x", "take", "take")]

    def check_action(self, action, parameters):
        return action == "outer" and not parameters


class Near(ImageTable):
    BINDINGS = [Binding("n", "near", "near")]

    def check_action(self, action, parameters):
        return False


Around.__module__ = Near.__module__ = "layertui.test"


async def test_the_first_reason_from_the_focus_outwards_unless_a_key_acts_anywhere():
    async with App().run_test():
        near, around = Near(), Around()
        near.rows = ()
        actions = {"take": Action(print, lambda: "take needs a hand"), "outer": Action(print)}
        assert refusal_of("n", [near, around], actions) == "near: there is no row here"
        assert refusal_of("o", [near, around], actions) == ""  # the table refuses its order, what is around it acts
        assert refusal_of("o", [near], actions) == "order: there is no row here"
        assert refusal_of("x", [near, around], actions) == "take needs a hand"
        assert refusal_of("é", [near, around], actions) == ""


def test_the_nearer_class_has_the_key():
    enter = [binding for binding in own_bindings(ImageTable) if binding.key == "enter"]
    assert [binding.tooltip for binding in enter] == ["Show the layers of this image"]
    assert {binding.key for binding in own_bindings(RowList)} < {binding.key for binding in own_bindings(ImageTable)}


class Offering(InspectorScreen[None]):
    BINDINGS = [Binding("c", "cut", "cut"), Binding("c", "carve", "carve"), Binding("d", "dig", "dig")]
    __module__ = "layertui.test"

    def __init__(self):
        super().__init__()
        self.done, self.reason = [], "cut needs paper"
        self.offer(
            {
                "cut": Action(lambda: self.done.append("cut"), lambda: self.reason),
                "carve": Action(lambda: self.done.append("carve"), lambda: "carve needs wood"),
                "dig": Action(lambda: self.done.append("dig")),
            }
        )


async def test_a_screen_hands_keys_to_its_parts_and_says_once_why_one_does_nothing():
    screen = Offering()
    app = Stage(screen)
    async with app.run_test() as pilot:
        await pilot.press("c", "c", "d")
        assert app.told == [("warning", "Cut needs paper.")]
        assert screen.done == ["dig"]
        screen.reason = ""
        await pilot.press("c")
        assert screen.done == ["dig", "cut"]
        assert len(app.told) == 1
        assert possible() == ""
