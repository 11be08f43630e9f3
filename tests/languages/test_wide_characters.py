"""In Chinese nothing is cut in the middle of a character, and every line is as wide as the terminal."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from shown import screens

from ended_by_signal import SCREENS
from layertui.tui.common.cells.wide_text import padded, wrapped
from layertui.tui.screens.shared.path_completion import names_of
from layertui.tui.widgets.lists import layer_list
from layertui.tui.widgets.text.pieces import fit, fit_left, fit_middle, right, width_of

SIZES = ((80, 24), (160, 45))
WIDE = re.compile(r"[\u4e00-\u9fff]")
TEXTS = st.text(st.sampled_from("层只读ab -，。（`"), max_size=60)
once = pytest.mark.xdist_group("shown-in-chinese")  # on one worker: all screens are shown once for all of its tests


@once
@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_every_line_fills_the_terminal(name, size):
    lines = screens("zh_CN", *size)[name]["lines"]
    assert {cell_len(line) for line in lines} == {size[0]}
    assert name == "RowMenu" or any(WIDE.search(line) for line in lines)  # the sample's menu has one English row


@once
@pytest.mark.slow
@pytest.mark.parametrize("name", SCREENS)
def test_frames_are_closed(name):
    """A row that were counted in characters would push the border of its pane away."""
    for size in SIZES:
        for line in screens("zh_CN", *size)[name]["lines"]:
            assert not line.strip().startswith("│") or line.count("│") > 1 or line.rstrip()[-1] in "▁▂▃▄▅▆▇█", line


@given(TEXTS, st.integers(2, 40))
def test_wrapped_lines_are_no_wider_and_lose_nothing(text, width):
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXTS, st.integers(2, 40))
def test_fitted_texts_are_exactly_as_wide(text, width):
    assert {cell_len(cut(text, width)) for cut in (fit, fit_left, fit_middle, right)} == {width}
    assert cell_len(padded(text, width)) == max(width, cell_len(text))


def test_no_line_begins_with_what_closes():
    lines = wrapped("一层一层地寻找，直到找到为止。", 12)
    assert len(lines) > 2
    assert not any(line[0] in "，。" for line in lines)


@pytest.mark.parametrize("width", [36, 77, 78])
def test_the_read_only_line_is_as_wide_as_its_pane(width, monkeypatch):
    monkeypatch.setattr(layer_list, "tr", lambda _: " 从这里往下只读 ")
    assert width_of(layer_list.read_only_line(width)) == width


def test_completions_are_counted_in_cells():
    assert names_of(["/a/配置", "/a/日志", "/a/数据"], "/a/", 14) == "配置  日志  …"
