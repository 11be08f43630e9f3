"""Finder: one filter for each target, typed into a bar that it opens and takes away; asked without an app."""

import pytest

from layertui.tui.screens.shared.finding import Finder, step
from layertui.tui.widgets.forms import find_bar
from layertui.tui.widgets.text.text_match import Pattern

ROWS = {"fruit": ["apple", "pear", "pineapple"], "drinks": ["apple juice", "water"]}


class Bar:
    """A substitute for the find bar."""

    def __init__(self, label, text, history=None):
        self.label, self.text, self.count, self.gone = label, text, "", False

    def show_count(self, text):
        self.count = text

    def remove(self):
        self.gone = True


class Screen:
    """Two lists that are narrowed at once, and one whose rows a job counts."""

    def __init__(self):
        self.bars, self.shown, self.order = [], dict(ROWS), []
        self.finder = Finder(self.bars.append, self.narrow, self.closed)

    def narrow(self, target, pattern):
        self.order.append(("narrow", target, pattern and pattern.typed))
        if target not in ROWS:
            return None
        self.shown[target] = [row for row in ROWS[target] if pattern is None or pattern.fits(row)]
        return len(self.shown[target]), len(ROWS[target])

    def closed(self, target, keep):
        self.order.append(("closed", target, keep, self.bars[-1].gone))


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setattr(find_bar, "FindBar", Bar)
    return Screen()


def test_each_letter_narrows_the_target_and_the_bar_says_how_many_fit(screen):
    screen.finder.open("fruit", "fruit")
    screen.finder.typed("apple")
    assert screen.shown == {"fruit": ["apple", "pineapple"], "drinks": ROWS["drinks"]}
    assert screen.bars[-1].count == "2 of 3"
    screen.finder.typed("")
    assert screen.shown == ROWS
    assert screen.finder.pattern("fruit") is None


def test_an_invalid_expression_leaves_the_rows_and_says_so(screen):
    screen.finder.open("fruit", "fruit")
    screen.finder.typed("pear")
    screen.finder.typed("/p(/")
    assert screen.shown["fruit"] == ["pear"]
    assert screen.bars[-1].count.startswith("invalid regular expression 'p(': ")


def test_what_is_kept_stays_until_it_is_cleared_and_is_there_to_go_on_with(screen):
    screen.finder.open("fruit", "fruit of today")
    screen.finder.typed("pear")
    screen.finder.bar_closed(keep=True)
    assert screen.bars[-1].gone
    assert screen.shown["fruit"] == ["pear"]
    screen.finder.open("fruit", "fruit")
    assert screen.bars[-1].text == "pear"
    screen.finder.bar_closed(keep=True)
    assert screen.finder.clear("fruit")
    assert screen.shown["fruit"] == ROWS["fruit"]
    assert not screen.finder.clear("fruit")
    assert [bar.label for bar in screen.bars] == ["fruit of today", "fruit"]


def test_what_is_not_kept_shows_all_and_the_focus_is_set_before_the_bar_goes(screen):
    screen.finder.open("fruit", "fruit")
    screen.finder.typed("pear")
    screen.order.clear()
    screen.finder.bar_closed(keep=False)
    assert screen.order == [("narrow", "fruit", None), ("closed", "fruit", False, False)]
    assert screen.bars[-1].gone


def test_targets_have_filters_of_their_own_and_one_bar(screen):
    screen.finder.open("fruit", "fruit")
    screen.finder.typed("pear")
    screen.finder.open("drinks", "drinks")
    assert len(screen.bars) == 1
    screen.finder.close()
    screen.finder.open("drinks", "drinks")
    screen.finder.typed("water")
    assert (screen.finder.pattern("fruit"), screen.finder.pattern("drinks")) == (
        Pattern.of("pear"),
        Pattern.of("water"),
    )
    assert screen.finder.clear("fruit")
    assert screen.shown == {"fruit": ROWS["fruit"], "drinks": ["water"]}


def test_a_count_that_comes_late_is_for_its_own_target_alone(screen):
    screen.finder.open("files", "files")
    screen.finder.typed("etc")
    assert screen.bars[-1].count == ""
    screen.finder.show_found("fruit", 1, 3)
    assert screen.bars[-1].count == ""
    screen.finder.show_found("files", 1234, 56789)
    assert screen.bars[-1].count == "1,234 of 56,789"
    screen.finder.close()
    screen.finder.show_found("files", 1, 2)
    assert screen.bars[-1].count == "1,234 of 56,789"


def test_a_filter_that_is_forgotten_narrows_nothing(screen):
    screen.finder.open("fruit", "fruit")
    screen.finder.typed("pear")
    screen.order.clear()
    screen.finder.forget("fruit")
    assert screen.finder.pattern("fruit") is None
    assert not screen.order


def test_a_step_is_for_lists_that_know_it():
    class Rows:
        at = 0

        def next_match(self, by):
            self.at += by

    rows = Rows()
    step(rows, 1)
    step(rows, 1)
    step(object(), 1)
    assert rows.at == 2
