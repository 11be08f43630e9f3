"""Details: tabs in the frame, each view made when it is looked at."""

import pytest
from textual.app import App

from layertui.tui.widgets.chrome.details_pane import TABS, Details
from layertui.tui.widgets.files.document import Document, Part


class Framed(App):
    CSS = "Details { border: round white; }"

    def compose(self):
        yield Details(id="details")


@pytest.fixture
async def pilot():
    async with Framed().run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        yield pilot


def title(details):
    return details._border_title.plain


async def test_logs_and_namespaces_are_a_containers(pilot):
    details = pilot.app.query_one(Details)
    assert title(details) == "5 [Details] · Command · Config · History · Dockerfile · File · Lookup"
    details.show_kind(of_container=True)
    assert title(details).endswith("Lookup · Logs · Namespaces")
    details.turn_to("namespaces")
    details.show_kind(of_container=False)
    assert details.tab == "details"


@pytest.mark.slow
async def test_tabs_go_round_and_only_the_one_looked_at_shows(pilot):
    details = pilot.app.query_one(Details)
    seen = []
    for _ in range(7):
        details.turn(1)
        await pilot.pause()
        seen.append(details.tab)
        assert [child.id for child in details.children if child.display and child.id.startswith("tab-")] == [
            f"tab-{details.tab}"
        ]
    assert seen == ["command", "config", "history", "dockerfile", "file", "lookup", "details"]


async def test_views_are_made_when_first_looked_at(pilot):
    details = pilot.app.query_one(Details)
    assert [child.id for child in details.children] == ["tab-details"]
    details.turn_to("file")
    await pilot.pause()
    assert {"tab-file", "head-file"} <= {child.id for child in details.children}


async def test_the_focus_follows_the_tab(pilot):
    details = pilot.app.query_one(Details)
    details.focus_view()
    await pilot.pause()
    details.turn_to("config")
    await pilot.pause()
    assert pilot.app.focused is details.view_of("config")


async def test_a_click_on_a_name_in_the_frame_turns_to_it(pilot):
    details = pilot.app.query_one(Details)
    details.show_document("details", [Part("text")])
    await pilot.click(offset=(3 + len("5 [Details] · ") + 1, 0))
    await pilot.pause()
    assert details.tab == "command"


@pytest.mark.parametrize("width", [30, 46, 60, 80, 100])
async def test_the_frame_never_cuts_a_name(pilot, width):
    details = pilot.app.query_one(Details)
    details.show_kind(of_container=True)
    details.turn_to("lookup")
    await pilot.resize_terminal(width, 20)
    await pilot.pause()
    words = title(details).removeprefix("5 ").replace("·", " ").replace("[Lookup]", "Lookup").split()
    assert set(words) - {"…"} <= {tab.capitalize() for tab in TABS}
    assert (words[-1] == "…") == (set(words) - {"…"} != {tab.capitalize() for tab in TABS})
    assert "Lookup" in words
    assert len(title(details)) <= width - 4


async def test_documents_are_there_by_name(pilot):
    details = pilot.app.query_one(Details)
    details.show_document("command", [Part("RUN make")])
    assert isinstance(details.document("command"), Document)
    assert details.document("command").plain == "RUN make"
