"""Notices by the mouse: a click on a key that a notice names presses it; what came from a name is no markup."""

import pytest
from textual.widgets._toast import Toast

from at_rest import at_rest
from layertui.tui.app import LayerTui
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from tui_values import built
from tui_world import World


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
@pytest.mark.parametrize(("key", "expected"), [("y", "copied"), ("=", "compared")])
async def test_a_click_on_a_key_of_a_notice_presses_it_once(tmp_path, size, key, expected):
    app, done = LayerTui(None, inspector=World(tmp_path, *built()).inspector), []
    keys = (
        NextKey("y", "copies", lambda: done.append("copied")),
        NextKey("=", "compares", lambda: done.append("compared")),
    )
    hostile = "Exported [b]box[/] [@click=app.quit]x ["
    async with app.run_test(size=size, notifications=True) as pilot:
        await at_rest(app, pilot)
        app.notices.show(ActNotice(hostile, keys), None)
        await at_rest(app, pilot, until=lambda: any(one.region.height for one in app.screen.query(Toast)))
        shown = [
            "".join(segment.text for segment in strip if not segment.control)
            for strip in app.screen._compositor.render_strips()
        ]
        assert any(hostile in line for line in shown)
        (y,) = (at for at, line in enumerate(shown) if f"{key} {keys[key == '='].does}" in line)
        await pilot.click(offset=(shown[y].index(f"{key} {keys[key == '='].does}"), y))
        await at_rest(app, pilot)
        assert done == [expected]
        assert not app.screen.query(Toast)
