"""What one test lowers holds for no other, nor for a fixture that is made between the two."""

import pytest

from layertui.core.bounds import Bounds, bounds


@pytest.fixture(scope="class")
def found_by_a_fixture() -> Bounds:
    return bounds()


class TestLowered:
    """In the order in which they are written: the second one's fixture is made before its own function fixtures."""

    def test_one_lowers_a_limit(self, lower):
        lower(entries=3)
        assert bounds().entries == 3

    def test_the_next_one_does_not_know_it(self, found_by_a_fixture):
        assert found_by_a_fixture == Bounds()
