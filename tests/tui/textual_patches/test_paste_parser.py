"""A paste is one text, whatever it contains and however it is split."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste

from layertui.tui.app import LARGEST
from layertui.tui.textual_patches.paste_parser import END, START, PasteParser
from typing_at import typing_at


def came(*pieces):
    parser = PasteParser()
    found = [message for piece in pieces for message in parser.feed(piece)]
    return [one.text if isinstance(one, Paste) else one.key for one in found if isinstance(one, Key | Paste)]


@pytest.mark.parametrize(
    "text", ["", "plain", "a\x1b[31mred\x1b[0m", "\x1b", "\x1bd", "\x1b[200~again", "two\r\nlines", "x" * 5000]
)
def test_what_is_pasted_is_one_text_and_no_key(text):
    assert came("a", START + text + END, "b") == ["a", text, "b"]
    assert came("a" + START + text + END + "b") == ["a", text, "b"]


@pytest.mark.slow
@given(text=st.text("a\x1b[20~1;", max_size=40), cuts=st.lists(st.integers(0, 60), max_size=6))
def test_it_may_come_in_any_pieces(text, cuts):
    text = text.replace(END, "")
    whole = START + text + END + "q"
    places = sorted(min(cut, len(whole)) for cut in (0, *cuts, len(whole)))
    pieces = [whole[one:other] for one, other in itertools.pairwise(places) if other > one]
    assert came(*pieces)[-2:] == [text.partition(END)[0], "q"]


def test_nul_is_left_out_as_textual_does():
    assert came(START + "a\0b" + END) == ["ab"]


@pytest.mark.parametrize(
    "sent",
    [
        "\x1b[99999999999u",  # a character that no number has
        "\x1b[48;0;0;0;0t\x1b[<0;5;5M",  # a place on a terminal of no pixels
        "\x1b[" + "9" * 5000 + "u",
    ],
)
def test_what_nobody_can_read_takes_nothing_else_with_it(sent):
    assert came("a" + sent + "q")[-1] == "q"


@pytest.mark.slow
def test_bytes_that_are_no_utf_8_and_a_size_that_no_terminal_has_leave_the_screen_as_it_is(layertui):
    layertui.run("demo", "--no-ui")
    with typing_at(*layertui.tool.argv, "--store", layertui.store, env=layertui.tool.env, size=(24, 80)) as it:
        it.expect("busybox:latest")
        it.type(b"\xc8A\xff\x1b[48;99999;99999;1;1t")
        it.expect(f"\x1b[{LARGEST.height};1H")
        it.type("q")
        assert it.end() == 0


@pytest.mark.slow
def test_pasted_where_a_path_is_asked_for_it_stands_there_and_presses_no_key(layertui):
    layertui.run("demo", "--no-ui")
    with typing_at(*layertui.tool.argv, "--store", layertui.store, env=layertui.tool.env, size=(24, 80)) as it:
        it.expect("busybox:latest")
        it.type("L")
        it.expect("Load or import")
        it.type(f"{START}/tmp/\x1b[31mq{END}")
        it.expect("/tmp/\u241b[31mq")
        it.type("\x1b")
        it.type("q")
        assert it.end() == 0
