"""The terminal UI: archive to files on the screen, and keys to the last byte that they paint, ours beside dive's.

    python benchmarks/keys.py [--scale 0.7] [KIND]…

Prints rows of the table that `make bench` writes as benchmarks/KEYS.md.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from bench import OURS, Bench  # noqa: E402
from painting import NotPainted, Presses, Terminal  # noqa: E402

DOWN, PAGE_DOWN, TAB = b"\x1b[B", b"\x1b[6~", b"\t"
PRESSES, LAYERS = 20, 10
DIVE_PATIENCE = 240.0  # seconds; at scale 0.7 *smallnw* takes it half of them
NO_KEYS = ("smallnw",)  # where no key of dive's paints anything for half a minute


@dataclass(frozen=True)
class Walk:
    """What one program did with one image: seconds, and megabytes when all was walked. None: it painted nothing in time."""

    program: str
    opened: float
    down: Presses | None
    page: Presses | None
    layer: Presses | None
    memory: float

    def row(self, kind: str) -> str:
        """Give a row of the table."""
        keys = " | ".join(
            f"{one.p50 * 1000:.0f} / {one.p95 * 1000:.0f}" if one else "–" for one in (self.down, self.page, self.layer)
        )
        return f"| *{kind}* | {self.program} | {self.opened:.2f} s | {keys} | {self.memory:.0f} MB |"


def walks(bench: Bench, kind: str) -> tuple[Walk, Walk, Walk]:
    """Give what ours does cold, and again, and what dive does."""
    bench.forget()
    return _ours(bench, kind, "layertui, cold"), _ours(bench, kind, "layertui, again"), _dives(bench, kind)


def _ours(bench: Bench, kind: str, program: str) -> Walk:
    """Open, unfold everything, walk down, then over the layers."""
    with Terminal([OURS, "--store", bench.store, bench.archive(kind)]) as terminal:
        opened = terminal.until(b"entries")
        terminal.settle()
        terminal.send(b"4")
        terminal.send(b"*")
        down, page = _pressed(terminal, DOWN, PRESSES), _pressed(terminal, PAGE_DOWN, PRESSES)
        terminal.send(b"3")
        return Walk(program, opened, down, page, _pressed(terminal, DOWN, LAYERS), terminal.memory())


def _dives(bench: Bench, kind: str) -> Walk:
    """The same in dive, which opens unfolded and stands on the layers."""
    with Terminal(bench.dive(kind)) as terminal:
        try:
            opened = terminal.until(b"Current Layer Contents", DIVE_PATIENCE)
        except NotPainted:
            return Walk("dive (gave up waiting)", DIVE_PATIENCE, None, None, None, terminal.memory())
        if kind in NO_KEYS:
            return Walk("dive", opened, None, None, None, terminal.memory())
        terminal.settle()
        layer = _pressed(terminal, DOWN, LAYERS)
        terminal.send(TAB)
        down = _pressed(terminal, DOWN, PRESSES)
        page = _pressed(terminal, PAGE_DOWN, PRESSES)
        return Walk("dive", opened, down, page, layer, terminal.memory())


def _pressed(terminal: Terminal, key: bytes, count: int) -> Presses | None:
    try:
        return terminal.press(key, count)
    except NotPainted:
        return None


def page(rows: list[str], on: str, scale: float) -> str:
    """Give KEYS.md."""
    return (
        f"# How fast the screens are\n\n<!-- made by `make bench` -->\n\nOn {on}; a terminal of 160x45, images at scale {scale:g}. "
        "Opened: from the start of the process until the files are on the screen.\nKeys: milliseconds from the press to the last byte painted, "
        f"p50 / p95 of {PRESSES} presses ({LAYERS} over the layers), everything unfolded.\n\n"
        "| image | program | opened | down | page down | next layer | memory then |\n| --- | --- | --: | --: | --: | --: | --: |\n"
        + "\n".join(rows)
        + "\n"
    )


def main() -> int:
    """Measure some images, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.7)
    parser.add_argument("kinds", nargs="*", default=["tiny", "deb", "many", "huge", "smallnw"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ltk-") as work:
        bench = Bench(Path(work), HERE / ".images", chosen.scale, 1)
        for kind in chosen.kinds:
            print("\n".join(walk.row(kind) for walk in walks(bench, kind)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
