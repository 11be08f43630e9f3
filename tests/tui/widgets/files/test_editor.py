from layertui.tui.widgets.files.editor import LIMIT, Editor, spans_of
from tui_stage import Stage


class OneEditor(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.stale = []

    def compose(self):
        yield Editor("# é\nimport os\n")

    def on_editor_stale(self, event):
        self.stale.append(event.text)
        event.editor.colour(event.text, spans_of("/x.py", event.text))


def test_words_have_their_place_in_bytes():
    spans = spans_of("/x.py", "# é\nimport os\n\n'é' + 1\n")
    assert spans[0] == [(0, 4, "Comment")]
    assert spans[1][0] == (0, 6, "Keyword")
    assert [ink for _, _, ink in spans[3]][-1] == "Literal.Number"
    assert spans[3][-1][:2] == (7, 8)


def test_a_word_over_several_lines_is_coloured_on_each():
    spans = spans_of("/x.py", 'x = """one\n\ntwo"""\n')
    assert {0, 2} <= set(spans)
    assert spans[2][0][0] == 0


def test_what_is_not_known_or_too_long_has_none():
    assert spans_of("/etc/motd", "hello") == {}
    assert spans_of("/x.py", "x = 1\n" * LIMIT) == {}
    assert spans_of("/bin/x", "#!/bin/sh\nif true; then :; fi\n")


async def test_colours_come_a_moment_after_the_key_and_old_ones_stay_until_then():
    app = OneEditor()
    async with app.run_test(size=(60, 10)) as pilot:
        editor = app.query_one(Editor)
        editor.focus()
        await pilot.press("x")
        for _ in range(100):
            await pilot.pause(0.02)
            if app.stale:
                break
        assert app.stale == ["x# é\nimport os\n"]
        assert editor._highlights[1][0] == (0, 6, "Keyword")
        colours = {
            segment.style.color.name for segment in editor.render_line(1) if segment.style and segment.style.color
        }
        assert app.theme_variables["text-accent"].lower() in colours
        editor.colour("another text", {})
        assert editor._highlights[1][0] == (0, 6, "Keyword")
