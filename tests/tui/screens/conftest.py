"""Home on the sample."""

import pytest

from home_driver import driven
from layertui.tui.app import LayerTui
from tui_sample import SampleInspector, clock


@pytest.fixture
def inspector(tmp_path):
    return SampleInspector(tmp_path)


@pytest.fixture
async def drive(inspector):
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app) as driver:
        yield driver
