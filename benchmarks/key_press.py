"""Take key presses apart, part by part, on an app without a terminal: for docs/performance.md.

python benchmarks/key_press.py ARCHIVE…

Milliseconds of processors for each press, the least of some: what the parts take of their threads, one of them never twice.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from typing import Any

from rich.console import Console
from textual._compositor import Compositor, CompositorUpdate

from layertui.core.layers.stack.stack import Stack
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.home.home_details import HomeDetails
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.row_list import RowList

PRESSES = {
    "down, all unfolded": ("4", ("down",) * 12),
    "page down, all unfolded": ("4", ("pagedown",) * 12),
    "next layer, all unfolded": ("3", ("down", "up") * 6),
}
REST = 0.3

spent: Counter[str] = Counter()
console = Console(color_system="truecolor", width=160)
within = local()


def parted(owner: type, name: str, part: str, then: Callable[[Any], object] = lambda _: None) -> None:
    """Count what a method takes of its thread's time, without the parts within it; `then` is done with its answer."""
    method = getattr(owner, name)

    @wraps(method)
    def counted(*args: Any, **more: Any) -> Any:
        above, within.time = getattr(within, "time", 0.0), 0.0
        start = time.thread_time()
        try:
            answer = method(*args, **more)
            then(answer)
            return answer
        finally:
            took = time.thread_time() - start
            spent[part] += took - within.time
            within.time = above + took

    setattr(owner, name, counted)


def written(update: object) -> None:
    """What the terminal gets; an app without one does not make it."""
    if isinstance(update, CompositorUpdate):
        spent["bytes written"] += len(update.render_segments(console))


parted(Stack, "view", "the View")
parted(FileTree, "prepared", "rows and totals")
parted(HomeDetails, "tell", "Details")
parted(RowList, "render_line", "our lines")
parted(Compositor, "render_update", "Textual's lines, frames, escape codes", written)


async def press(archive: Path, store: Path) -> None:
    """Open an archive, unfold everything, and press each kind of key."""
    app = LayerTui(Settings.load(store=store), str(archive))
    async with app.run_test(size=(160, 45)) as pilot:
        while app.screen.query_one(FileTree).view is None or app.jobs.busy:
            await pilot.pause(REST)
        await pilot.press("4", "asterisk")
        for kind, (pane, keys) in PRESSES.items():
            await pilot.press(pane)
            await asyncio.sleep(REST)
            runs = [await pressed(app, key) for key in keys]
            best = min(runs, key=lambda run: run["all"])
            print(f"{archive.stem}: {kind}: " + ", ".join(f"{part} {took:.1f}" for part, took in best.items()))


async def pressed(app: LayerTui, key: str) -> dict[str, float]:
    """One key, and all that it sets going."""
    spent.clear()
    start = time.process_time()
    app.simulate_key(key)
    await asyncio.sleep(REST)
    whole = (time.process_time() - start) * 1000
    size = spent.pop("bytes written", 0)
    parts = {part: took * 1000 for part, took in sorted(spent.items())}
    return {**parts, "events and the rest": whole - sum(parts.values()), "all": whole, "kB written": size / 1000}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with TemporaryDirectory(prefix="ltk-") as folder:
            asyncio.run(press(Path(name), Path(folder)))
