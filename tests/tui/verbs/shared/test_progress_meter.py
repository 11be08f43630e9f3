import io

import pytest
from rich.cells import cell_len

from layertui.core.progress import Progress
from layertui.tui.verbs.shared import progress_meter


@pytest.fixture
def drawn(monkeypatch):
    """The last line that was drawn on a terminal of so many columns, of a job of this name at a third of 3 MB."""

    def draw(what, columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        moments = iter((0.0, 0.0, 10.0))
        monkeypatch.setattr(progress_meter, "monotonic", lambda: next(moments))
        screen = io.StringIO()
        progress = Progress()
        progress.begin(what, 3_000_000)
        progress.done = 1_000_000
        shows = progress_meter.Meter(screen)
        shows(progress)
        shows(progress)
        return screen.getvalue().rpartition("\r\x1b[K")[2]

    return draw


def test_how_much_and_how_fast_and_how_long_it_will_take(drawn):
    assert drawn("loading demo:1.0", 80) == "loading demo:1.0  1MB / 3MB  100kB/s  0:20"


@pytest.mark.parametrize("name", ["漢字" * 100, "x" * 500, "\x1b[2J\n" * 50, "e\u0301" * 300])
def test_a_long_name_gives_way_to_the_figures_and_no_line_breaks(drawn, name):
    line = drawn(f"reading {name}", 60)
    assert cell_len(line) <= 59
    assert line.startswith("reading ")
    assert line.endswith("…  1MB / 3MB  100kB/s  0:20")


def test_a_narrow_terminal(drawn):
    assert cell_len(drawn("reading 漢字", 12)) <= 11
