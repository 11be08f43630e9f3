"""The terminal's answer about its background: found however it is split, and never taken for keys."""

import itertools

import pytest
from textual.events import Key, Paste

from layertui.tui.textual_patches.paste_parser import END, START, PasteParser
from layertui.tui.textual_patches.terminal_answers import AnswerFilter, TerminalBackground

WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"


def came(*pieces, ticks=0):
    parser = PasteParser()
    found = [message for piece in pieces for message in parser.feed(piece)]
    found += [message for _ in range(ticks) for message in parser.tick()]
    return [
        one.is_light if isinstance(one, TerminalBackground) else one.text if isinstance(one, Paste) else one.key
        for one in found
        if isinstance(one, Key | Paste | TerminalBackground)
    ]


@pytest.mark.parametrize(
    ("answer", "is_light"),
    [
        (WHITE, True),
        ("\x1b]11;rgb:0000/0000/0000\x07", False),
        ("\x1b]11;rgb:1e/1e/2e\x07", False),
        ("\x1b]11;rgba:ff/ff/e0/ff\x1b\\", True),
    ],
)
def test_an_answer_is_light_or_dark(answer, is_light):
    assert came("j" + answer + "k") == [is_light, "j", "k"]


def test_it_may_be_split_anywhere():
    text = WHITE + "q"
    for one, other in itertools.combinations(range(1, len(text)), 2):
        assert came(text[:one], text[one:other], text[other:]) == [True, "q"], (one, other)


@pytest.mark.parametrize("broken", ["\x1b]11;rgb:ff", "\x1b]11;", "\x1b]11;?\x07", "\x1b]11;" + "f" * 90 + "\x07"])
def test_one_that_is_broken_presses_no_key(broken):
    assert [key for key in came(broken, "q", ticks=3) if key not in ("f", "ctrl+g")] in (["q"], ["question_mark", "q"])


def test_alt_and_a_bracket_are_keys_though_an_answer_begins_so():
    answers = AnswerFilter()
    assert answers.take("\x1b]") == ("", [])
    assert [answers.tick(), answers.tick(), answers.tick()] == ["", "\x1b]", ""]
    assert answers.take("\x1b]") == ("", [])
    assert answers.take("j") == ("\x1b]j", [])


def test_a_bracket_after_the_escape_key_is_a_key():
    parser = PasteParser()
    found = list(parser.feed("\x1b"))
    parser._timeout_time = 0.0  # its time is over
    found += [*parser.tick(), *parser.feed("]")]
    assert [message.key for message in found] == ["escape", "right_square_bracket"]


def test_what_is_pasted_is_no_answer():
    assert came(START + WHITE + END + "q") == [WHITE, "q"]
