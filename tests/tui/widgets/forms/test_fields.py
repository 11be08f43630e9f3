import pytest
from textual.containers import Vertical

from layertui.tui.widgets.forms.fields import Choice, Field, Line, Tick
from layertui.tui.widgets.forms.path_line import PathLine
from tui_stage import Stage


class Form(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.wanted, self.turned = [], []

    def compose(self):
        with Vertical():
            yield Field("Path", PathLine("/et", id="path"), hint="→ completes")
            yield Field("Name", Line(id="name"))
            yield Field("Form", Choice((("a", "first"), ("b", "second")), id="form"))
            yield Tick("really", id="really")

    def on_path_line_wanted(self, event):
        self.wanted.append(event.text)

    def on_tick_changed(self, event):
        self.turned.append(event.value)

    def on_choice_changed(self, event):
        self.turned.append(event.value)


@pytest.mark.slow
async def test_a_path_asks_at_once_and_at_every_key_and_takes_what_is_offered():
    app = Form()
    async with app.run_test(size=(60, 10)) as pilot:
        line = app.query_one("#path")
        line.focus()
        await pilot.press("end", "c")
        assert app.wanted == ["/et", "/etc"]
        line.offer("/et", ["/etc/passwd"])  # an old answer
        line.offer("/etc", ["/etc/motd", "/etc/passwd"])
        await pilot.pause()
        await pilot.press("right")
        assert line.value == "/etc/motd"


@pytest.mark.slow
async def test_where_nothing_of_a_name_is_typed_one_of_many_is_no_offer():
    app = Form()
    async with app.run_test(size=(60, 10)) as pilot:
        line = app.query_one("#path")
        line.value = "/etc/"
        line.offer("/etc/", ["/etc/motd", "/etc/passwd"])
        line.focus()
        await pilot.press("end", "right")
        assert line.value == "/etc/"
        line.offer("/etc/", ["/etc/motd"])
        await pilot.pause()
        await pilot.press("right")
        assert line.value == "/etc/motd"


@pytest.mark.slow
async def test_ticks_and_choices_turn_with_keys_and_the_mouse():
    app = Form()
    async with app.run_test(size=(60, 10)) as pilot:
        app.query_one("#really").focus()
        await pilot.press("space", "enter")  # Enter is the dialog's
        app.query_one("#form").focus()
        await pilot.press("right", "right", "left")
        await pilot.click("#form", offset=(3, 0))
        await pilot.click("#really")
        await pilot.pause()
        assert app.turned == [True, "b", "a", "b", "a", False]


@pytest.mark.slow
async def test_the_first_click_selects_what_is_filled_in_and_the_next_puts_the_cursor():
    app = Form()
    async with app.run_test(size=(60, 10)) as pilot:
        line = app.query_one("#path")
        line.value = "/etc/motd"
        app.query_one("#really").focus()
        await pilot.pause()
        await pilot.click("#path", offset=(4, 0))
        assert line.selected_text == "/etc/motd"
        await pilot.click("#path", offset=(4, 0))
        assert line.selected_text == ""
        await pilot.click("#path", offset=(4, 0), times=2)
        assert line.selected_text == "/etc/motd"
        await pilot.press("x")
        assert line.value == "x"


async def test_labels_are_text_not_markup():
    app = Form()
    async with app.run_test(size=(60, 10)) as pilot:
        await app.mount(Tick("[red]x \x1b[2J", id="odd"))
        await pilot.pause()
        assert str(app.query_one("#odd").render()) == "[ ] [red]x \\x1b[2J"
