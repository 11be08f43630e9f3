"""Every key of a screen pressed where it may have nothing to do: it does something that can be seen, or says why not."""

from layertui.tui.screens.shared.key_actions import own_bindings
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.row_list import RowList
from painted import Painted

MOVES = {binding.key for kind in (RowList, FileView) for binding in own_bindings(kind)} - {"enter", "space"}
"""Where all is in sight they move nothing, and need not say so."""


def keys_here(app):
    """The keys of the screen and of all around the focus."""
    nodes = [app.screen] if app.focused is None else [*app.focused.ancestors_with_self][:-1]
    return sorted({binding.key for node in nodes for binding in own_bindings(type(node))} - MOVES)


async def silent_keys(app, pilot, *, leave_out=frozenset()):
    """The keys that change nothing that is seen, ask nothing, and say nothing."""
    painted, screen = Painted(app), app.screen
    asked = []
    ask = screen.ask
    screen.ask = lambda title, *args, **more: (asked.append(title), ask(title, *args, **more))[1]
    silent = []
    frame = next(iter(screen.query(TabFrame)), None)
    tab = frame and frame.current
    for key in keys_here(app):
        if key in leave_out:
            continue
        focused = app.focused
        before = list(painted.lines), len(app.told), len(asked), app.clipboard, app.focused
        screen._refused = ("", 0.0)  # each reason is shown once in a while only
        await pilot.press(key)
        await app.quiet(pilot)
        after = list(painted.lines), len(app.told), len(asked), app.clipboard, app.focused
        if before == after:
            silent.append(key)
        assert screen in app.screen_stack, f"{key} left the screen"
        while app.screen is not screen:
            await pilot.press("escape")
            await app.quiet(pilot)
        for bar in screen.query(FindBar):
            bar.action_clear()
            await app.quiet(pilot)
        if frame is not None:
            frame.turn_to(tab)
        app.set_focus(focused)
    return silent
