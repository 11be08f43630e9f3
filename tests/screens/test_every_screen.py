"""Every screen and dialog at three sizes, in the dark and the light theme and without colours: one text file for each.

A file has the lines of the screen, and below them for each look how its cells are drawn: `12a3b` are twelve cells in the style `a`,
which the end of the file describes. `--snapshot-update` writes the files anew; a person looks at what is different. Where a run is a
sample, each screen has one of the sizes.
"""

import re
import string
import tempfile
from pathlib import Path

import pytest

from at_rest import at_rest
from builders import docker_archive
from ended_by_signal import SCREENS
from mouse_person import lines_of
from opened_screen import Opened
from sampling import in_turn
from tui_stage import Still
from tui_values import BASE, built, flat
from tui_world import World

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (120, 40), (200, 50)]
LOOKS = ("dark", "light", "no colour")
KEPT = Path(__file__).parent / "every"


def styles_of(app, legend):
    """How the cells of each line are drawn, as runs."""
    lines = []
    for strip in app.screen._compositor.render_strips():
        runs = []
        for segment in strip:
            if segment.control:
                continue
            key = str(segment.style.clear_meta_and_links()) if segment.style is not None else "none"
            letter = legend.setdefault(key, name_of(len(legend)))
            if runs and runs[-1][1] == letter:
                runs[-1][0] += segment.cell_length
            else:
                runs.append([segment.cell_length, letter])
        lines.append("".join(f"{count}{letter}" for count, letter in runs))
    return lines


def name_of(number):
    """a, b … z, aa, ab …"""
    letters = string.ascii_lowercase
    return letters[number] if number < 26 else name_of(number // 26 - 1) + letters[number % 26]


def shortened(lines):
    """Equal lines one after another are written once, with their number."""
    found = []
    for line in lines:
        if found and found[-1][0] == line:
            found[-1][1] += 1
        else:
            found.append([line, 1])
    return [line if times == 1 else f"{line} ×{times}" for line, times in found]


def legend_of(kept):
    """The styles of a file, each with its letters."""
    lines = kept.partition("== styles\n")[2].splitlines()
    return {style: letters for letters, _, style in (line.partition(" ") for line in lines)}


def with_sizes(kept, sizes):
    """What a file has of these sizes."""
    headings = tuple(f"== {columns}x{rows}\n" for columns, rows in sizes)
    return "".join(part for part in re.split(r"^(?=== )", kept, flags=re.MULTILINE) if part.startswith(headings))


async def shown(name, world, size, look, legend):
    """The lines of a screen, and how they are drawn."""
    is_palette = name == "palette"  # as the app opens it
    app = Opened(None if is_palette else SCREENS[name](world), world)
    app.theme = "layertui-light" if look == "light" else "layertui-dark"
    async with app.run_test(size=size) as pilot:
        await at_rest(app, pilot)
        if is_palette:
            app.action_command_palette()
            await at_rest(app, pilot)
        for field in app.screen.query("Input"):
            field.cursor_blink = False
        await pilot.pause(0.05)
        await at_rest(app, pilot)
        return [line.rstrip() for line in lines_of(app)], shortened(styles_of(app, legend))


@pytest.fixture
def folder():
    """A folder whose path is as long on each machine: where a path is wrapped depends on it."""
    with tempfile.TemporaryDirectory(prefix="ltu-", dir="/tmp") as path:
        yield Path(path)


@pytest.mark.late("it drives the screens, whose answers come from threads and timers")
@pytest.mark.parametrize("name", SCREENS)
async def test_it_is_as_it_was_kept(name, folder, monkeypatch, request):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("layertui.tui.common.format.datetime", Still)
    monkeypatch.setattr("layertui.tui.screens.home.home_screen.TICK", 3600)
    monkeypatch.setattr("layertui.tui.screens.container.container_screen.EVERY", 3600)
    docker_archive(list(built()), folder / "two.tar")
    (folder / "rootfs.tar").write_bytes(BASE)
    world = World(folder / "store", *built(), flat())
    world.container()
    file = KEPT / f"{name.replace(' ', '-')}.txt"
    is_updated = request.config.getoption("update_snapshots")
    sizes = SIZES if is_updated else in_turn(SIZES, 1, [*SCREENS].index(name))
    kept = "" if is_updated else file.read_text()
    legend, parts = legend_of(kept) if len(sizes) < len(SIZES) else {}, []
    for size in sizes:
        before = None
        for look in LOOKS:
            monkeypatch.delenv("NO_COLOR", raising=False)
            if look == "no colour":
                monkeypatch.setenv("NO_COLOR", "1")
            lines, styles = await shown(name, world, size, look, legend)
            if lines != before:  # without colours the size map has letters in its areas
                parts += [f"== {size[0]}x{size[1]}", *lines]
            before = lines
            parts += [f"-- {look}", *styles]
    if len(sizes) == len(SIZES):
        parts += ["== styles", *(f"{letter} {style}" for style, letter in legend.items())]
    made = "\n".join(parts).replace(str(folder), "FOLDER") + "\n"
    if is_updated:
        KEPT.mkdir(exist_ok=True)
        file.write_text(made)
        return
    assert made == (kept if len(sizes) == len(SIZES) else with_sizes(kept, sizes))


def test_there_is_a_file_for_each_and_no_other():
    assert {file.stem for file in KEPT.glob("*.txt")} == {name.replace(" ", "-") for name in SCREENS}
