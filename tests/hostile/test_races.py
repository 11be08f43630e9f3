"""A few rounds of each race; `make security` runs a thousand of each."""

import pytest

from containing import require_runtime, runtimes
from hostile.races import RACES, flaws_of, running

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", RACES)
@pytest.mark.parametrize("runtime", runtimes())
def test_race(runtime, name, tmp_path):
    require_runtime(runtime, tmp_path / "probe")
    with running(tmp_path / "r", runtime) as race:
        assert flaws_of(name, race, 30) == []
