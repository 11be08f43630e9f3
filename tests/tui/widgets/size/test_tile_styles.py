"""Colours and patterns: distinct, readable, and none is needed to tell layers apart."""

import pytest
from textual.color import Color

from layertui.tui.common.themes import THEMES
from layertui.tui.widgets.size.tile_styles import HATCH, INKS, OTHERS, WRITABLE, TileStyles, inks_of

ALL = (*INKS, OTHERS, WRITABLE)


def styles_of(theme, *, few_colours=False):
    variables = theme.to_color_system().generate() | theme.variables
    return TileStyles(variables, dark=theme.dark, few_colours=few_colours)


def luminance(of):
    """As WCAG 2 defines it."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in Color.from_rich_color(of).normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(style):
    dark, light = sorted((luminance(style.color), luminance(style.bgcolor)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_names_and_figures_can_be_read_on_every_colour(theme):
    styles = styles_of(theme)
    for ink in ALL:
        for cursor in (False, True):
            for style in (styles.fill(ink, cursor=cursor), styles.name(ink, cursor=cursor)):
                assert contrast(style) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_each_has_its_own_background(theme):
    styles = styles_of(theme)
    assert len({styles.fill(ink).bgcolor for ink in ALL}) == len(ALL)
    assert {styles.filling(ink) for ink in ALL} == {" "}


def test_with_few_colours_each_has_its_own_pattern_and_no_background():
    styles = styles_of(THEMES[0], few_colours=True)
    assert len({styles.filling(ink) for ink in ALL} | {HATCH}) == len(ALL) + 1
    for ink in ALL:
        made = (styles.fill(ink), styles.name(ink), styles.hatch(ink), styles.edge(ink), styles.head())
        assert all(style.bgcolor is None for style in made)
    assert styles.name(OTHERS, cursor=True).reverse


def test_the_largest_have_an_ink_of_their_own_and_the_writable_layer_is_violet():
    sizes = [5, 0, 7, 100, *range(20, 10, -1)]
    inks = inks_of(sizes, writable=0)
    assert inks[0] is WRITABLE
    assert inks[3] is INKS[0]
    assert inks[1] is OTHERS
    assert inks[-1] is OTHERS
    assert {inks.index(ink) for ink in INKS} == {3, 4, 5, 6, 7, 8, 9}
