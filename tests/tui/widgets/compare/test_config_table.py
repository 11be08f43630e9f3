from layertui.core.images.compare.compare_configs import ConfigDifference
from layertui.tui.widgets.compare.config_table import ConfigTable, differences_of, value_text
from layertui.tui.widgets.text.text_match import Pattern
from tui_stage import Stage
from tui_values import comparison


class OneTable(Stage):
    def compose(self):
        yield ConfigTable()


def test_fields_have_the_names_of_a_dockerfile():
    rows = differences_of(comparison().config)
    assert [(row.field, row.op) for row in rows] == [
        ("CMD", "changed"),
        ("WORKDIR", "only_a"),
        ("ENV PATH", "changed"),
        ("LABEL stage", "only_b"),
    ]


def test_values_are_written_as_in_a_config():
    assert value_text(["sh", "-c", "échо \x1b"]) == '["sh", "-c", "échо \\u001b"]'
    assert value_text("") == ""
    assert value_text(None) is None
    assert value_text({"Test": ["NONE"]}) == '{"Test": ["NONE"]}'


async def test_the_table_and_its_filter():
    app = OneTable()
    async with app.run_test(size=(120, 12)) as pilot:
        table = app.query_one(ConfigTable)
        table.show(comparison().config, ("demo:1.0", "demo:2.0"))
        await pilot.pause()
        assert "/srv" in table.render_line(2).text
        table.filter(Pattern.of("path"))
        assert [row.field for row in table.differences] == ["ENV PATH"]
        table.show([], ("a", "b"))
        assert "the configs are the same" in table.render_line(0).text


def test_a_field_not_known_keeps_its_name():
    assert differences_of([ConfigDifference("new\x07field", 1, 2)])[0].field == "new\\x07field"


async def test_of_two_long_values_what_differs_is_in_sight_and_stands_out():
    long = ":".join(f"/opt/tool-{number}/bin" for number in range(30))
    app = OneTable()
    async with app.run_test(size=(120, 12)):
        table = app.query_one(ConfigTable)
        table.show([ConfigDifference("env.PATH", long + ":/srv/old", long + ":/srv/new")], ("a", "b"))
        strip = table.render_line(1)
        assert "/srv/old" in strip.text
        assert "/srv/new" in strip.text
        assert {segment.text for segment in strip if segment.style.bold} >= {"old", "new"}


async def test_the_filter_takes_what_the_other_filters_take():
    app = OneTable()
    async with app.run_test(size=(120, 12)):
        table = app.query_one(ConfigTable)
        table.show(comparison().config, ("demo:1.0", "demo:2.0"))
        for typed in ("/^ENV P/", "ENV P*"):
            table.filter(Pattern.of(typed))
            assert [row.field for row in table.differences] == ["ENV PATH"]
