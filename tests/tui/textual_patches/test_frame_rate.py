"""How often a screen paints."""

import pytest
from textual import constants, screen
from textual.app import App

from layertui.tui.textual_patches.frame_rate import FRAMES, raise_frame_rate


@pytest.fixture(autouse=True)
def unpatched(monkeypatch):
    monkeypatch.setattr(screen, "UPDATE_PERIOD", 1 / 60)


async def test_a_key_does_not_wait_for_the_next_sixtieth_of_a_second(monkeypatch):
    monkeypatch.setattr(constants, "get_environ", {}.get)
    raise_frame_rate()
    app = App()
    async with app.run_test():
        assert app.screen._update_timer._interval == 1 / FRAMES


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setattr(constants, "get_environ", {"TEXTUAL_FPS": "60"}.get)
    raise_frame_rate()
    assert screen.UPDATE_PERIOD == 1 / 60
