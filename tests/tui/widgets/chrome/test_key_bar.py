"""The key bar: as many keys as fit, none cut in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from layertui.tui.common.keys.key_names import key_label
from layertui.tui.widgets.chrome.key_bar import ALWAYS, Key, KeyBar, fitting

KEYS = st.lists(
    st.builds(
        Key,
        press=st.just("x"),
        label=st.text("ab^", min_size=1, max_size=6),
        text=st.text("abc ", min_size=1, max_size=12),
        action=st.one_of(st.sampled_from(ALWAYS), st.text("xyz", min_size=1, max_size=4)),
    ),
    max_size=14,
)


@pytest.mark.slow
@given(keys=KEYS, width=st.integers(0, 120))
def test_what_is_shown_fits_and_keeps_its_order(keys, width):
    shown = fitting(keys, width)
    assert shown == [] or sum(key.width for key in shown) + 2 * (len(shown) - 1) + 2 <= width
    others = [key for key in keys if key.action not in ALWAYS]
    assert [key for key in shown if key.action not in ALWAYS] == others[
        : len(shown) - sum(key.action in ALWAYS for key in shown)
    ]


def test_the_palette_gives_way_to_a_key_of_what_is_looked_at_and_else_stays():
    ends = [Key("?", "?", "help", "help"), Key("^p", "^p", "palette", "command_palette"), Key("q", "q", "quit", "quit")]
    one, two = Key("x", "x", "take out", "take_out"), Key("d", "d", "delete", "delete")
    room = len(" x take out  ? help  ^p palette  q quit ")
    assert [key.text for key in fitting([one, two, *ends], room)] == ["take out", "delete", "help", "quit"]
    assert [key.text for key in fitting([one, *ends], room)] == ["take out", "help", "palette", "quit"]


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("a", "a"),
        ("G", "G"),
        ("ctrl+p", "^p"),
        ("shift+tab", "Shift+Tab"),
        ("escape", "Esc"),
        ("pagedown", "PgDn"),
        ("slash", "/"),
        ("f1", "F1"),
        ("ctrl+left", "^←"),
    ],
)
def test_keys_are_called_as_on_a_keyboard(key, label):
    assert key_label(Binding(key, "x")) == label


class Barred(App):
    BINDINGS = [
        Binding("a", "one", "first"),
        Binding("b", "two", "second"),
        Binding("c", "three", "hidden", show=False),
        Binding("d", "four", "not here"),
        Binding("q", "quit", "quit"),
    ]
    pressed = ()

    def get_default_screen(self):
        return Screen()

    def on_mount(self):
        self.screen.mount(KeyBar())

    def check_action(self, action, parameters):
        return action != "four"

    def action_one(self):
        self.pressed = (*self.pressed, "one")

    def action_two(self):
        self.pressed = (*self.pressed, "two")


@pytest.mark.parametrize("width", [12, 20, 30, 60, 120])
async def test_no_word_is_cut(width):
    app = Barred()
    async with app.run_test(size=(width, 5)) as pilot:
        await pilot.pause()
        text = app.query_one(KeyBar).render().plain
        assert cell_len(text) <= width
        assert set(text.split()) <= {"a", "first", "b", "second", "^p", "palette", "q", "quit"}
        if width >= 60:
            assert text.split() == ["a", "first", "b", "second", "^p", "palette", "q", "quit"]


async def test_a_click_presses_the_key():
    app = Barred()
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.pause()
        await pilot.click(KeyBar, offset=(10, 0))
        await pilot.click(KeyBar, offset=(2, 0))
        await pilot.pause()
        assert app.pressed == ("two", "one")
