"""The fleet table: which engine has which image and container."""

import pytest
from textual.widgets import DataTable

from layertui.core.progress import quiet
from layertui.tui.app import LayerTui
from layertui.tui.screens.home.engines.fleet import fleet_rows
from layertui.tui.screens.home.engines.fleet_screen import FleetScreen
from layertui.tui.screens.home.home_questions import listing_of, listings_of
from tui_sample import clock
from tui_values import built
from two_engines import two_engines

DEMO, SHOP = built()[0].tagged("demo:1"), built()[1].tagged("shop:1")


@pytest.fixture
def inspector(tmp_path):
    with two_engines(tmp_path, [DEMO, SHOP.tagged("other:1")], [SHOP]) as made:
        yield made


@pytest.fixture
def listings(inspector):
    return [listing_of(inspector, quiet()), next(iter(listings_of(inspector, "two", None, quiet())))]


def test_an_image_is_one_row_whatever_its_names_and_engines(listings):
    rows = fleet_rows(listings)
    assert [(row.title, row.cells, row.keys) for row in rows] == [
        ("demo:1", ("●", "·"), ("demo:1", "")),
        ("other:1, shop:1", ("●", "●"), ("other:1", "two:shop:1")),
    ]


def test_one_name_for_two_images_is_two_rows(listings):
    ours, theirs = listings
    moved = ours.rows[0]._replace(title="shop:1")
    rows = fleet_rows([ours._replace(rows=(moved,)), theirs])
    assert [(row.title, row.cells) for row in rows if row.what == "image"] in (
        [("shop:1", ("●", "·")), ("shop:1", ("·", "●"))],
        [("shop:1", ("·", "●")), ("shop:1", ("●", "·"))],
    )


def test_a_name_of_two_images_has_drifted(inspector, listings):
    ours, theirs = listings
    inspector.of("two").images.tag("shop:1", "demo:1")
    again = next(iter(listings_of(inspector, "two", None, quiet())))
    rows = fleet_rows([ours, again])
    demo, shop = ours.rows[0].image.id.short, theirs.rows[0].image.id.short
    line = f"demo:1 is {demo} in one, {shop} in two"
    assert [(row.title, row.drift) for row in rows] == [("demo:1", line), ("other:1, shop:1, demo:1", line)]
    assert not any(row.drift for row in fleet_rows(listings))


def test_a_container_whose_name_has_moved_on_has_drifted_and_one_below_its_image_has_not(inspector):
    from layertui.core.containers.model.container import CreateOptions

    inspector.containers.create("other:1", CreateOptions(name="old", command=("sh",)))
    was = inspector.open("other:1").image.id.short
    before = fleet_rows([listing_of(inspector, quiet())])
    assert [(row.title, row.drift) for row in before] == [("demo:1", ""), ("other:1", ""), ("old", "")]
    inspector.images.tag("demo:1", "other:1")
    rows = fleet_rows([listing_of(inspector, quiet())])
    now = inspector.open("demo:1").image.id.short
    (old,) = [row for row in rows if row.what == "container"]
    assert old.drift == f"old was created of {was}; other:1 is {now} in one now"
    assert [row.title for row in rows] == ["<none>", "old", "demo:1, other:1"]


def test_a_container_has_its_state_where_it_is(inspector, listings):
    from layertui.core.containers.model.container import CreateOptions

    made = inspector.of("two").containers.create("shop:1", CreateOptions(name="web", command=("sh",)))
    again = next(iter(listings_of(inspector, "two", None, quiet())))
    row = fleet_rows([listings[0], again])[-1]
    assert (row.what, row.title, row.short_id, row.cells) == ("container", "web", made.short_id, ("·", "created"))
    assert row.keys == ("", "two:container:web")


@pytest.mark.slow
async def test_a_row_is_looked_at_on_home(inspector):
    app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        home = app.screen
        for _ in range(500):
            await pilot.pause(0.02)
            if {"two", "embedded"} <= {*home.state.others}:
                break
        await pilot.press("T")
        for _ in range(500):
            await pilot.pause(0.02)
            if isinstance(app.screen, FleetScreen) and app.screen.query(DataTable):
                break
        table = app.screen.query_one(DataTable)
        assert [str(column.label) for column in table.columns.values()] == ["", "name", "ID", "one", "two"]
        assert table.row_count == 2
        kind, name, short_id, *_ = table.get_row_at(0)
        assert (str(kind.style), str(name.style), str(short_id.style)) == ("", "", "dim"), "the name stands out"
        await pilot.press("j", "enter")
        for _ in range(500):
            await pilot.pause(0.02)
            if app.screen is home and home.state.selection.name == "other:1":
                break
        assert home.state.selection.name == "other:1"


@pytest.mark.slow
@pytest.mark.parametrize("hand", ["mouse", "keys"])
async def test_rows_are_sorted_by_a_title(listings, hand):
    from tui_stage import Stage

    app = Stage(FleetScreen(listings))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        table = app.screen.query_one(DataTable)

        async def by(title):
            if hand == "keys":
                await pilot.press("o")
            else:
                labels = [str(column.label).strip(" ↓") for column in table.columns.values()]
                widths = [column.get_render_width(table) for column in table.columns.values()]
                await pilot.click(DataTable, offset=(1 + sum(widths[: labels.index(title)]) + 1, 1))
            await app.quiet(pilot)
            return [str(table.get_row_at(row)[1]) for row in range(2)]

        await pilot.press("j")
        ids = sorted(("demo:1", "other:1, shop:1"), key=lambda title: listed(listings, title))
        assert await by("name") == ["demo:1", "other:1, shop:1"]
        assert await by("ID") == ids
        assert await by("one") == ["demo:1", "other:1, shop:1"]
        assert await by("two") == ["other:1, shop:1", "demo:1"]
        assert table.cursor_row == 0, "on the same image"
        assert str(list(table.columns.values())[-1].label) == "two ↓"
        await pilot.press("enter")
        assert app.answers == ["other:1"]


def listed(listings, title):
    return next(row.short_id for row in fleet_rows(listings) if row.title == title)
