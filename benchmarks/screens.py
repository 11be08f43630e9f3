"""The terminal UI beside a bare Textual app, and beside dive's."""

import sys
from collections.abc import Iterator
from pathlib import Path

from bench import OURS, Bench
from keys import Walk, page, size_map_keys, walks
from lines import Figure, Line, machine
from painting import paint
from timing import by_turns, process

KEYS = Path(__file__).with_name("KEYS.md")
BARE_APP = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("drawn-now")

Bare().run()
"""


def start(bench: Bench) -> Iterator[Line]:
    """What comes before any image: `layertui version`, the first frame of the UI, and layers on it."""
    ours, click = by_turns(
        bench.rounds * 3, process([OURS, "version"]), process([sys.executable, "-c", "import click"])
    )
    yield Line("`layertui version`", ours, '`python -c "import click"`', click, "<= 80 ms", "<= 50 ms")
    yield Line("`layertui version`, by ratio", ours, '`python -c "import click"`', click, "<= 1.5x")
    bench.forget()
    bare = paint([sys.executable, "-c", BARE_APP], b"drawn-now")
    ours, peer = by_turns(bench.rounds * 2, paint([OURS, "--store", bench.store], b"Images"), bare)
    yield Line("first paint of the UI, empty store", ours, "a bare Textual app", peer, "<= 1.6x", "<= 1.25x")


# Must and aim beside dive's UI: merged tree on the screen, and memory after walking.
TREE = {"deb": (">= 8x", ">= 25x"), "smallnw": (">= 25x", ">= 60x"), "many": (">= 5x", ">= 10x")}
MEMORY = {"deb": (">= 6x", ">= 12x"), "smallnw": (">= 12x", ">= 25x"), "tiny": ("<= 60 MB", "<= 45 MB")}

MAPS = ("smallnw",)
"""A million entries."""

# A key that was held down may be as late as one press, and one frame more.
HELD = {"down": "<= 33 ms", "page down": "<= 50 ms", "next layer": "<= 117 ms"}


def screens(bench: Bench) -> Iterator[Line]:
    """Images opened and walked, beside dive; the page of all keys is written besides."""
    rows: list[str] = []
    opening = paint([OURS, "--store", bench.store, bench.archive("deb")], b"apt-get", before=bench.forget)
    (layers,) = by_turns(bench.rounds, opening)
    for kind in ("tiny", "deb", "many", "huge", "smallnw"):
        cold, again, dive = walks(bench, kind)
        rows += [walk.row(kind) for walk in (cold, again, dive)]
        if kind == "deb" and dive.opened:
            what = f"UI: layers and history of {bench.title(kind)} on the screen, cold"
            yield Line(what, layers, dive.program, dive.opened, ">= 15x", ">= 40x")
        yield from _lines(bench.title(kind), kind, cold, again, dive)
        if kind in MAPS:
            for what, presses in size_map_keys(bench, kind).items():
                figure = Figure((presses.p95,))
                yield Line(f"keys: size map, {what}, p95, {bench.title(kind)}", figure, must="<= 16 ms")
    if bench.keeps:
        KEYS.write_text(page(rows, machine(), bench.scale))


def _lines(title: str, kind: str, cold: Walk, again: Walk, dive: Walk) -> Iterator[Line]:
    if cold.merged and again.opened and dive.opened:
        if kind in TREE:
            what = f"UI: merged tree of {title} on the screen, cold"
            if dive.merged:
                yield Line(what, cold.merged, "dive, its top layer chosen", dive.merged, *TREE[kind])
                yield Line(what, cold.merged, "dive, files of its lowest layer", dive.opened)
            else:
                yield Line(
                    what, cold.merged, "dive, files of its lowest layer; then no key helped", dive.opened, *TREE[kind]
                )
        if kind == "deb":
            yield Line(f"UI: second opening of {title}", again.opened, dive.program, dive.opened, ">= 25x", ">= 50x")
    for what, mine, theirs, share, must, aim in (
        ("down", cold.down, dive.down, "p95", "<= 16 ms", "<= 6 ms"),
        ("page down", cold.page, dive.page, "p95", "<= 33 ms", "<= 16 ms"),
        ("next layer", cold.layer, dive.layer, "p50", "<= 50 ms", "<= 16 ms"),
        ("next layer", cold.layer, dive.layer, "p95", "<= 100 ms", "<= 33 ms"),
    ):
        if mine is not None:
            peer = Figure((getattr(theirs, share),)) if theirs else None
            yield Line(
                f"keys: {what}, {share}, {title}", Figure((getattr(mine, share),)), dive.program, peer, must, aim
            )
    for what, late in again.held.items():
        yield Line(f"keys: {what} held down, the last painted, {title}", Figure((late,)), must=HELD[what])
    if kind in MEMORY:
        ours, peer = Figure((cold.memory,), "MB"), Figure((dive.memory,), "MB")
        yield Line(f"memory of the UI after walking {title}", ours, dive.program, peer, *MEMORY[kind])
