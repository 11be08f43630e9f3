"""Images and containers: glyph, name, figures; the cursor stays on its row whatever comes and goes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from textual.app import App

from layertui.core.containers.model.container import Container, State
from layertui.core.engines.image_values import ImageSummary
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference
from layertui.tui.widgets.lists.container_table import ContainerTable, container_rows
from layertui.tui.widgets.lists.image_table import ImageRow, ImageTable, image_rows
from layertui.tui.widgets.lists.row_list import plain
from layertui.tui.widgets.text.pieces import width_of
from layertui.tui.widgets.text.text_match import Pattern

NOW = datetime(2026, 1, 2, 3, 24, 5, tzinfo=UTC)


def digest(letter):
    return Digest("sha256:" + letter * 64)


def image(letter, *names, size=1_000_000, created="2026-01-02T03:04:05Z"):
    references = tuple(Reference.parse(name) for name in names)
    return ImageSummary(id=digest(letter), digest=digest(letter), names=references, created=created, size=size)


def container(name, state, **more):
    return Container(
        id=name.encode().hex().ljust(64, "0"),
        name=name,
        image="demo:2.0",
        image_id=digest("a"),
        manifest=digest("a"),
        command=("sh",),
        created="2026-01-02T03:09:00Z",
        state=State(state),
        **more,
    )


IMAGES = [
    image("a", "demo:2.0", size=5_910_000),
    image("b", "demo:1.0", size=1_730_000, created="2026-01-01T03:04:05Z"),
    image("c", "busybox:latest", "registry.example.org/base/busybox:1.37"),
    image("d"),
]


class Tables(App):
    def compose(self):
        yield ImageTable(id="images")
        yield ContainerTable(id="containers")


@pytest.fixture
async def pilot():
    async with Tables().run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        yield pilot


def rows(table, width=50):
    return plain([table.draw_row(index, width) for index in range(table.count)])


async def test_a_row_for_each_tag_and_one_for_what_has_none(pilot):
    table = pilot.app.query_one(ImageTable)
    table.show_rows(image_rows(IMAGES), {("", str(digest("a")))}, NOW)
    assert [line.split() for line in rows(table)] == [
        ["○", "busybox:latest", "1MB", "20m"],
        ["○", "demo:1.0", "1.73MB", "24h"],
        ["●", "demo:2.0", "5.91MB", "20m"],
        ["○", "…ry.example.org/base/busybox:1.37", "1MB", "20m"],
        ["◌", "<none>", "dddddddddddd", "1MB", "20m"],
    ]


@pytest.mark.parametrize("width", [17, 24, 36, 50, 70, 100])
async def test_rows_fit(pilot, width):
    images, containers = pilot.app.query_one(ImageTable), pilot.app.query_one(ContainerTable)
    images.show_rows(image_rows(IMAGES), set(), NOW)
    containers.show_rows(
        container_rows([container("kind_banzai" * 3, "exited", finished="2026-01-02T03:10:05Z")], {}), NOW
    )
    for table in (images, containers):
        assert all(width_of(table.draw_row(index, width)) <= width for index in range(table.count))


async def test_orders_go_round_and_the_cursor_stays_on_its_row(pilot):
    table = pilot.app.query_one(ImageTable)
    table.focus()
    table.show_rows(image_rows(IMAGES), set(), NOW)
    assert table.go_to("demo:1.0")
    await pilot.press("o")
    assert [row.title for row in table.rows][-1] == "demo:1.0"
    assert table.current.key == "demo:1.0"
    await pilot.press("o")
    assert table.rows[0].title == "demo:2.0"
    assert table.current.key == "demo:1.0"
    await pilot.press("o")
    assert table.rows[0].title == "busybox:latest"


async def test_what_has_gone_takes_the_cursor_no_further_than_its_place(pilot):
    table = pilot.app.query_one(ImageTable)
    table.show_rows(image_rows(IMAGES), set(), NOW)
    table.go_to("demo:2.0")
    table.show_rows(image_rows(IMAGES[1:]), set(), NOW)
    assert table.current.title == "registry.example.org/base/busybox:1.37"
    table.show_rows([], set(), NOW)
    assert table.current is None


async def test_a_mark_is_requested_and_shown_when_it_is_set(pilot):
    table = pilot.app.query_one(ImageTable)
    table.focus()
    table.show_rows(image_rows(IMAGES), set(), NOW)
    assert table.name_at(0) == "busybox:latest"
    assert table.name_at(99) is None
    table.show_marked({"busybox:latest"})
    assert rows(table)[0].startswith(" ✓")
    assert not rows(table)[1].startswith(" ✓")
    await pilot.press("space")
    assert table.cursor == 1


async def test_a_filter_looks_at_names_and_ids(pilot):
    table = pilot.app.query_one(ImageTable)
    table.show_rows(image_rows(IMAGES), set(), NOW)
    table.cursor = 3
    stood_on = table.current
    assert table.narrow(Pattern.of("nothing")) == (0, 5)
    assert table.narrow(None) == (5, 5)
    assert table.current is stood_on is not None
    assert table.narrow(Pattern.of("busy")) == (2, 5)
    assert table.narrow(Pattern.of("ddddd")) == (1, 5)
    assert table.narrow(Pattern.of("nothing")) == (0, 5)
    assert rows(table) == [" No match."]
    assert table.narrow(None) == (5, 5)


async def test_the_cursor_comes_back_when_a_filter_goes_whatever_its_first_letters_fitted(pilot):
    table = pilot.app.query_one(ImageTable)
    table.show_rows(image_rows(IMAGES), set(), NOW)
    table.cursor = 2
    stood_on = table.current
    for typed in ("b", "bu", "bux"):
        table.narrow(Pattern.of(typed))
    table.narrow(None)
    assert table.current is stood_on is not None
    table.narrow(Pattern.of("busy"))
    table.cursor -= 1  # the user goes on from there
    gone_to = table.current
    table.narrow(None)
    assert table.current is gone_to is not stood_on
    table.narrow(Pattern.of("busy"))
    table.show_rows(image_rows(one for one in IMAGES if one is not gone_to.image), set(), NOW)
    table.narrow(None)
    stays = table.current
    table.show_rows(image_rows(IMAGES), set(), NOW)
    assert table.current.key == stays.key


async def test_an_image_without_a_name_says_so_in_full(pilot):
    table = pilot.app.query_one(ImageTable)
    table.show_rows(image_rows(IMAGES), set(), NOW)
    for width in (27, 30, 31, 60):
        row = "".join(text for text, _ in table.draw_item(table.rows[-1], width))
        assert row.startswith("  ◌ <none> ")
        assert " dddd" in row
        assert len(row) <= width + 1  # the list gives a row one cell less than it has


async def test_what_lies_outside_the_store_has_a_sign_of_its_own(pilot):
    table = pilot.app.query_one(ImageTable)
    outside = ImageRow("/tmp/x.tar", "x.tar", IMAGES[0], is_file=True)
    table.show_rows([outside, *image_rows(IMAGES)], set(), NOW)
    assert rows(table)[0].split()[:2] == ["▤", "x.tar"]


async def test_an_empty_list_says_what_to_do_once_it_is_known(pilot):
    table = pilot.app.query_one(ImageTable)
    assert rows(table) == []
    table.show_rows([], set(), NOW)
    await pilot.pause()
    text = "\n".join(rows(table, 78))
    assert "L loads or imports one" in text
    assert "layertui demo" in text
    assert table.check_action("mark", ()) is False


@pytest.mark.parametrize(
    ("state", "more", "short", "long"),
    [
        ("created", {}, ["○", "it", "Created"], ["○", "it", "Created"]),
        ("running", {"started": "2026-01-02T03:24:01Z"}, ["▶", "it", "Up", "4s"], ["▶", "it", "Up", "4", "seconds"]),
        (
            "exited",
            {"finished": "2026-01-02T03:10:05Z", "exit_code": 3},
            ["■", "it", "Exited", "(3)"],
            ["■", "it", "Exited", "(3)", "14", "minutes"],
        ),
        ("dead", {}, ["✖", "it", "Dead"], ["✖", "it", "Dead"]),
    ],
)
async def test_status_is_a_glyph_and_words(pilot, state, more, short, long):
    table = pilot.app.query_one(ContainerTable)
    table.show_rows(container_rows([container("it", state, **more)], {}), NOW)
    assert rows(table, 40)[0].split() == short
    assert rows(table, 75)[0].split() == [*long, "demo:2.0"]


async def test_bytes_of_the_writable_layer_and_the_image_where_there_is_room(pilot):
    table = pilot.app.query_one(ContainerTable)
    one = container("it", "created")
    table.show_rows(container_rows([one], {one.id: 1200}), NOW)
    assert rows(table, 80)[0].split() == ["○", "it", "Created", "demo:2.0", "+1.2kB"]
    assert rows(table, 100)[0].split() == ["○", "it", "Created", "demo:2.0", '"sh"', "15m", "+1.2kB"]


@pytest.mark.parametrize(("width", "shown"), [(45, ""), (50, "busybox:lat…"), (58, "busybox:latest")])
async def test_the_image_of_a_container_is_shown_as_soon_as_there_is_room(pilot, width, shown):
    table = pilot.app.query_one(ContainerTable)
    one = replace(container("it", "created"), image="busybox:latest")
    table.show_rows(container_rows([one], {}), NOW)
    assert " ".join(rows(table, width)[0].split()[3:]) == shown


async def test_in_a_narrow_pane_the_name_is_the_last_to_go(pilot):
    images, containers = pilot.app.query_one(ImageTable), pilot.app.query_one(ContainerTable)
    images.show_rows(image_rows(IMAGES), frozenset(), NOW)
    assert [rows(images, width)[0].split() for width in (32, 26, 20)] == [
        ["○", "busybox:latest", "1MB", "20m"],
        ["○", "busybox:latest", "1MB"],
        ["○", "busybox:latest"],
    ]
    one = container("dapper_hopper", "exited", exit_code=0)
    containers.show_rows(container_rows([one], {one.id: 2}), NOW)
    assert [rows(containers, width)[0].split() for width in (60, 34, 27, 20)] == [
        ["■", "dapper_hopper", "Exited", "(0)", "demo:2.0", "+2B"],
        ["■", "dapper_hopper", "Exited", "(0)", "+2B"],
        ["■", "dapper_hopp…", "Exited", "(0)"],
        ["■", "dapper_hopper"],
    ]


async def test_a_long_tag_leaves_the_end_of_the_name_its_place(pilot):
    images = pilot.app.query_one(ImageTable)
    long = "registry.example.org:5000/some/repository/name/for/an/image:with-a-long-tag-2026.01.02-rc1"
    images.show_rows(image_rows([image("a", long), image("b", "demo:1.0")]), frozenset(), NOW)
    await pilot.pause()
    (shown,) = (line for line in plain([images.draw_row(at, 40) for at in range(images.count)]) if "image" in line)
    assert "r/an/image:with-a" in shown
    assert "…" in shown


async def test_keys_pressed_before_the_rows_have_come_count(pilot):
    table = pilot.app.query_one(ImageTable)
    table.focus()
    await pilot.press("j", "j")
    table.show_rows(image_rows(IMAGES), set(), NOW)
    assert table.cursor == 2
    table.show_rows(image_rows(IMAGES[:1]), set(), NOW)
    assert table.cursor == 0
