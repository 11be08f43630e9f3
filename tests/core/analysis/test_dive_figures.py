"""dive's figures, as dive 0.13.1 gave them for these very layers (`dive --json`: efficiencyScore, inefficientBytes)."""

import pytest

from layertui.core.analysis.dive_figures import dive_figures
from laying import lay

RECORDED = [
    ([["a:10", "b:20"]], 1, 0),
    ([["a:10"], ["a:10", "n:1"]], 0.5238095238095238, 20),
    ([["a:10"], ["a:30"]], 0.25, 40),
    ([["a:10", "b:5"], ["-a"]], 0.3333333333333333, 10),
    ([["d/a:10", "d/e/b:7", "c:5"], ["-d"]], 1, 0),
    ([["d/", "d/a:10", "d/b:20"], ["d/", "!d", "d/n:1"]], 1, 0),
    ([["a:10", "b=>a"], ["-a"]], 0, 10),
    ([["a:10", "b:4"], ["a->b"]], 0.2857142857142857, 10),
    ([["d/a:10"], ["-d"], ["d/a:4"]], 0.2857142857142857, 14),
    ([["d/", "d/a:10", "d/e/b:7", "c:5"], ["-d"], ["d/", "d/a:4"]], 0.7674418604651163, 14),
    ([["d/", "d/a:10", "c:5"], ["-d"], ["d:3"]], 0.6428571428571429, 13),
    ([["d/"], ["e:0"]], 1, 0),
]


@pytest.mark.parametrize(("layers", "efficiency", "wasted"), RECORDED)
def test_as_dive_says(layers, efficiency, wasted):
    assert dive_figures(lay(*layers)) == (pytest.approx(efficiency), wasted)


def test_where_dive_stops_nothing_is_predicted():
    assert dive_figures(lay(["a:1"], ["-none"])) is None
    assert dive_figures(lay(["d/", "d/a:1", "e/"], ["!e", "-d"])) is None


def test_of_no_layers():
    assert dive_figures(lay()) == (1, 0)
