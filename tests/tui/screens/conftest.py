"""Home on the sample."""

import pytest

from home_driver import Driver
from layertui.tui.app import LayerTui
from tui_sample import SampleInspector, clock


@pytest.fixture
def inspector(tmp_path):
    return SampleInspector(tmp_path)


@pytest.fixture
async def drive(inspector):
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        yield driver
