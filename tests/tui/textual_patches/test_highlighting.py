"""Colours that are given to a text field."""

from rich.style import Style
from textual.app import App
from textual.widgets.text_area import TextAreaTheme

from layertui.tui.textual_patches.highlighting import HighlightedText


class Watched(HighlightedText):
    outdated = 0

    def spans_outdated(self):
        self.outdated += 1


async def test_the_spans_are_drawn_and_a_change_asks_for_others():
    app = App()
    async with app.run_test(size=(40, 10)) as pilot:
        field = Watched("key = value")
        await app.mount(field)
        field.register_theme(TextAreaTheme("test", syntax_styles={"word": Style(color="#ff0000")}))
        field.theme = "test"
        await pilot.pause()
        before = field.outdated
        field.set_spans({0: [(0, 3, "word")]})
        await pilot.pause()
        drawn = field.render_line(0)
        assert any("key" in one.text and one.style.color.name == "#ff0000" for one in drawn if one.style.color)
        assert field.outdated == before
        field.insert("x")
        assert field.outdated > before
