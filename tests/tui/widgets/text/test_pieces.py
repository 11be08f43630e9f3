import pytest

from layertui.tui.widgets.text import pieces
from layertui.tui.widgets.text.pieces import crop, fit, fit_left, fit_middle, many, right, width_of


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("abc", 0, ""),
        ("abc", 1, "…"),
        ("镜像和容器", 6, "镜像 …"),  # a wide letter is not cut in two
    ],
)
def test_fit_gives_exactly_so_many_cells(text, width, shown):
    assert fit(text, width) == shown


def test_the_end_of_a_path_says_more_than_its_beginning():
    assert fit_left("/usr/lib/python3", 9) == "…/python3"[-9:]
    assert fit_left("/etc", 6) == "/etc  "


@pytest.mark.parametrize("letter", ["a", "漢", "e\u0301"])
def test_a_long_path_is_measured_once_and_not_at_each_letter(letter, monkeypatch):
    """A symlink may lead to 32,768 characters: in quadratic time, drawing one row of a tree took a minute."""
    measured, cell_len = [], pieces.cell_len
    monkeypatch.setattr(pieces, "cell_len", lambda text: measured.append(len(text)) or cell_len(text))
    text = letter * 2000
    shown = fit_left(text, 61)
    assert cell_len(shown) == 61
    assert shown.startswith("…")
    assert text.endswith(shown[1:].rstrip())
    assert sum(measured) < 3 * len(text)


def test_of_a_long_name_both_ends_are_shown():
    assert fit_middle("Delete image registry.example.com/a/b/busybox:2024?", 24) == "Delete i…b/busybox:2024?"
    assert fit_middle("镜像和容器的区别", 9) == "镜 …区别 "  # nine cells, none cut in two
    assert fit_middle("short", 8) == "short   "


def test_numbers_stand_at_the_right():
    assert right("12", 5) == "   12"
    assert right("123456", 4) == "123…"


def test_crop_cuts_in_the_middle_of_a_piece_and_pads_the_end():
    assert crop([("abc", "dim"), ("def", "")], 4) == [("abc", "dim"), ("…", "")]
    assert crop([("abc", "dim")], 5) == [("abc", "dim"), ("  ", "")]
    assert width_of(crop([("镜像", ""), ("x" * 30, "")], 9)) == 9


def test_one_layer_and_two_layers():
    assert (many(1, "layer"), many(0, "layer"), many(1200, "layer")) == ("1 layer", "0 layers", "1,200 layers")


def test_what_is_cut_off_between_two_pieces_shows():
    assert crop([("abc", "x"), ("def", "y")], 3) == [("ab…", "x")]
    assert crop([("abc", "x"), ("  ", "")], 3) == [("abc", "x")]
    assert crop([("abc", "x"), ("def", "y")], 5) == [("abc", "x"), ("d…", "y")]
