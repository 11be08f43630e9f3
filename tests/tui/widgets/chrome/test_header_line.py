"""The head line: a job's figures stay when room is short, its name gives way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from layertui.tui.common.jobs import JobState
from layertui.tui.widgets.chrome.header_line import HeaderLine, in_room, job_text

LOADING = JobState("load", what="loading shop.tar", done=412_000_000, total=654_000_000, seconds=2, rate=211e6)


def test_bytes_share_rate_and_time_left():
    assert job_text((LOADING,), 100) == "loading shop.tar  412MB  63%  211MB/s  0:01 left  Esc stops"


def test_what_is_no_bytes_has_its_unit():
    job = JobState("x", what="reading headers", unit="headers", done=85_713, seconds=3)
    assert job_text((job,), 100) == "reading headers  85,713 headers  0:03  Esc stops"


def test_several_jobs_are_counted():
    assert job_text((LOADING, LOADING), 100).startswith("2 jobs: loading shop.tar")


def test_without_a_job_there_is_nothing():
    assert job_text((), 100) == ""


@given(width=st.integers(0, 90), what=st.text(min_size=1, max_size=60))
def test_the_figures_stay(width, what):
    text = job_text((JobState("x", what=what, done=412_000_000, total=654_000_000, rate=211e6),), width)
    assert "63%" in text
    assert cell_len(text) <= max(width, 34)


@pytest.mark.parametrize("width", [20, 40, 80, 120])
async def test_it_fits_and_shows_the_subject(width):
    app = App()
    async with app.run_test(size=(width, 3)) as pilot:
        header = HeaderLine()
        await app.screen.mount(header)
        header.subject, header.own = "demo:2.0", "kind_banzai"
        await pilot.pause()
        text = header.render().plain
        assert cell_len(text.rstrip()) <= width
        assert "demo:2.0" in text
        assert ("writable layer of kind_banzai" in text) == (width >= 80)


async def test_names_cannot_act_on_the_terminal():
    app = App()
    async with app.run_test(size=(80, 3)) as pilot:
        header = HeaderLine()
        await app.screen.mount(header)
        header.subject = "\x1b[31m[red]\u202e"
        await pilot.pause()
        assert "\\x1b[31m[red]\\u202e" in header.render().plain


def test_of_two_long_names_both_ends_are_in_sight():
    assert in_room("registry.example.org/shop:2.1", 12) == "…rg/shop:2.1"
    assert in_room("demo:1.0 ⇄ demo:2.0", 80) == "demo:1.0 ⇄ demo:2.0"
    assert in_room("registry.example.org/shop:2.1 ⇄ shop:2.0", 30) == "…ample.org/shop:2.1 ⇄ shop:2.0"
    assert in_room("a" * 30 + ":1 ⇄ " + "b" * 30 + ":2", 21) == "…aaaaaa:1 ⇄ …bbbbbb:2"


@given(one=st.text(max_size=40), other=st.text(max_size=40), room=st.integers(5, 90))
def test_a_subject_keeps_to_its_room(one, other, room):
    assert cell_len(in_room(f"{one} ⇄ {other}", room)) <= max(room, 5)
