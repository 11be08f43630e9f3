import pytest

from layertui.tui.screens.tour.tour_panel import TourView, panel_lines
from layertui.tui.screens.tour.tour_steps import STEPS
from layertui.tui.widgets.stack.stack_drawing import ANSWERS, HIDDEN, PASSED, WRITABLE, Slab
from layertui.tui.widgets.text.pieces import width_of

KEYS = "^n next  ^r back  ^g hide"
SLABS = [
    Slab(WRITABLE, "writable layer", PASSED),
    *(Slab(str(number), f"RUN {number}", PASSED) for number in range(7, 4, -1)),
    Slab("4", "RUN echo", ANSWERS),
    *(Slab(str(number), "COPY", HIDDEN) for number in range(3, 0, -1)),
]


def view(at, note=""):
    missing = () if at >= len(STEPS) else STEPS[at].facts
    return TourView(at, note, missing, SLABS, "/etc/motd", KEYS, "/home/ann/.local/state/layertui/tour/store")


def words(lines):
    return " ".join(" ".join("".join(text for text, _ in line)[:48].split()) for line in lines)


@pytest.mark.parametrize("at", range(len(STEPS) + 1))
@pytest.mark.parametrize("size", [(80, 8), (99, 8), (40, 40), (40, 24), (40, 5), (20, 3), (1, 1)])
def test_it_is_as_large_as_its_room(at, size):
    width, height = size
    notes = ["", f"✓ {STEPS[at - 1].shown}", "You did `tag`, which the tour does not need. This step still waits."]
    for note in notes:
        lines = panel_lines(view(at, note), width, height)
        assert [width_of(line) for line in lines] == [width] * height


@pytest.mark.parametrize("at", range(len(STEPS)))
@pytest.mark.parametrize("size", [(80, 8), (40, 40)])
def test_the_task_and_the_keys_are_whole_whatever_else_is_said(at, size):
    for note in ("", f"✓ {STEPS[at - 1].shown}"):
        lines = panel_lines(view(at, note), *size)
        assert STEPS[at].task().replace("`", "") in words(lines)
        assert KEYS in "".join(text for line in lines for text, _ in line)
        assert any("●" in text for line in lines for text, _ in line)
