"""The terminal UI: archive to files on the screen, and keys to the last byte that they paint, ours beside dive's.

    python benchmarks/keys.py [--scale 1] [KIND]…

Prints rows of the table that `make bench` writes as benchmarks/KEYS.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from bench import OURS, Bench
from lines import Figure
from painting import PATIENCE, NotPainted, Presses, Terminal, paint
from timing import by_turns

UP, DOWN, RIGHT, LEFT, PAGE_DOWN, TAB = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[6~", b"\t"
ENTER, BACKSPACE = b"\r", b"\x7f"
PRESSES, LAYERS = 20, 10
DIVE_FILES = "(├|└)─(─|⊕) ".encode()
"""A row of its tree. The headings are no sign of one: dive paints them before, and now and then without their words."""
OUR_FILES = b"entries"
DIVE_PATIENCE = 240.0  # seconds
DIVE_SLOW = {"smallnw": 30.0}  # what it is given for each key, and no more of them than must be: a layer takes it 5
HELD = {"down": (DOWN,), "page down": (PAGE_DOWN,), "next layer": (DOWN,) * 3 + (UP,) * 3}
HELD_FOR = 3.0  # seconds


@dataclass(frozen=True)
class Walk:
    """What one program did with one image: seconds, and megabytes when all was walked. None: it painted nothing in time."""

    program: str
    opened: Figure | None
    merged: Figure | None
    """Until the tree as of the top layer is there: what ours opens with; dive opens with that of the lowest, and is led up from there."""
    down: Presses | None
    page: Presses | None
    layer: Presses | None
    memory: float
    held: Mapping[str, float] = field(default_factory=dict)
    """Keys held down: seconds from the last repetition to the last byte."""

    def row(self, kind: str) -> str:
        """Give a row of the table."""
        keys = " | ".join(
            f"{one.p50 * 1000:.0f} / {one.p95 * 1000:.0f}" if one else "–" for one in (self.down, self.page, self.layer)
        )
        opened = f"{self.opened.least:.2f} s" if self.opened else "–"
        return f"| *{kind}* | {self.program} | {opened} | {keys} | {self.memory:.0f} MB |"


def walks(bench: Bench, kind: str) -> tuple[Walk, Walk, Walk]:
    """Give what ours does cold, and again, and what dive does."""
    argv = [OURS, "--store", bench.store, bench.archive(kind)]
    (opened,) = by_turns(bench.rounds, paint(argv, OUR_FILES, before=bench.forget))
    cold = _ours(argv, _there_and_back(bench, kind), opened)
    (opened,) = by_turns(bench.rounds, paint(argv, OUR_FILES))
    return cold, _again(argv, kind, opened), _dives(bench, kind)


def _there_and_back(bench: Bench, kind: str) -> Sequence[bytes]:
    """Keys from layer to layer, away from the cursor and back again, as many as are pressed."""
    far = min(LAYERS, bench.layers(kind) - 1)
    return [DOWN if number % (2 * far) < far else UP for number in range(PRESSES)]


def _ours(argv: Sequence[str | Path], layers: Sequence[bytes], opened: Figure) -> Walk:
    """Open, unfold everything, walk down, then over the layers."""
    with Terminal(argv) as terminal:
        terminal.until(OUR_FILES)
        terminal.settle()
        terminal.send(b"4")
        terminal.send(b"*")
        down, page = _pressed(terminal, [DOWN] * PRESSES), _pressed(terminal, [PAGE_DOWN] * PRESSES)
        terminal.send(b"3")
        layer = _pressed(terminal, layers)
        return Walk("layertui, cold", opened, opened, down, page, layer, terminal.memory())


def _again(argv: Sequence[str | Path], kind: str, opened: Figure) -> Walk:
    """Open what was opened before; of the largest image, all unfolded, keys are held down then."""
    with Terminal(argv) as terminal:
        terminal.until(OUR_FILES)
        terminal.settle()
        memory = terminal.memory()
        if kind in DIVE_SLOW:
            terminal.send(b"4")
            terminal.send(b"*")
        late = {what: _held(terminal, what) for what in HELD} if kind in DIVE_SLOW else {}
        return Walk("layertui, again", opened, opened, None, None, None, memory, late)


def _held(terminal: Terminal, what: str) -> float:
    terminal.send(b"3" if what == "next layer" else b"4")
    return terminal.hold(HELD[what], HELD_FOR)


def size_map_keys(bench: Bench, kind: str) -> Mapping[str, Presses]:
    """Walk the size map of an image that is known: from tile to tile, into a folder and out again, and down the table."""
    with Terminal([OURS, "--store", bench.store, bench.archive(kind)]) as terminal:
        terminal.until(OUR_FILES)
        terminal.settle()
        terminal.send(b"v")
        terminal.settle()
        terminal.send(ENTER)
        terminal.send(ENTER)
        terminal.send(ENTER)  # of smallnw: /srv/app/packages, with many folders of equal size
        found = {"to the next tile": terminal.press([RIGHT, DOWN, LEFT, UP] * (PRESSES // 4))}
        found["in and out"] = terminal.press([ENTER, BACKSPACE] * (PRESSES // 2))
        terminal.send(TAB)
        found["down the table"] = terminal.press([DOWN] * PRESSES)
        return found


def _dives(bench: Bench, kind: str) -> Walk:
    """The same in dive, which opens unfolded, with the cursor on the lowest layer."""
    count, patience = (1, DIVE_SLOW[kind]) if kind in DIVE_SLOW else (PRESSES, PATIENCE)
    up = bench.layers(kind) - 1  # a press for each layer: a page down ends the program
    opened = None
    with Terminal(bench.dive(kind)) as terminal:
        try:
            opened = Figure((terminal.until(DIVE_FILES, DIVE_PATIENCE),))
            terminal.settle()
            first = terminal.press([DOWN] * min(up, LAYERS), patience).times
            rest = (
                terminal.press([DOWN * (up - LAYERS)], patience).times if up > LAYERS else ()
            )  # as fast as it takes them
            merged = Figure((opened.least + sum(first) + sum(rest),)) if len(first) == min(up, LAYERS) else None
            back = terminal.press([UP] * len(first), patience).times if kind not in DIVE_SLOW else ()
            layer = Presses((*first, *back))
            terminal.send(TAB)
        except NotPainted as reason:
            return Walk(f"dive ({reason})", opened, None, None, None, None, terminal.memory())
        down, page = _pressed(terminal, [DOWN] * count, patience), _pressed(terminal, [PAGE_DOWN] * count, patience)
        return Walk("dive", opened, merged, down, page, layer, terminal.memory())


def _pressed(terminal: Terminal, keys: Sequence[bytes], patience: float = PATIENCE) -> Presses | None:
    try:
        return terminal.press(keys, patience)
    except NotPainted:
        return None


def page(rows: list[str], on: str, scale: float) -> str:
    """Give KEYS.md."""
    return (
        f"# How fast the screens are\n\n<!-- made by `make bench` -->\n\nOn {on}; a terminal of 160x45, images at scale {scale:g}. "
        "Opened: from the start of the process until files are on the screen: of ours as of the top layer, of dive's of the lowest; what is opened again is not walked.\nKeys: milliseconds from the press to the last byte painted, "
        f"p50 / p95 of {PRESSES} presses (of layers to {LAYERS} below and back), everything unfolded; of dive on *smallnw* one press each, and of layers four.\n\n"
        "| image | program | opened | down | page down | next layer | memory then |\n| --- | --- | --: | --: | --: | --: | --: |\n"
        + "\n".join(rows)
        + "\n"
    )


def main() -> int:
    """Measure some images, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("kinds", nargs="*", default=["tiny", "deb", "many", "huge", "smallnw"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ltk-") as work:
        bench = Bench(Path(work), HERE / ".images", chosen.scale, 3)
        for kind in chosen.kinds:
            print("\n".join(walk.row(kind) for walk in walks(bench, kind)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
