"""Measure ours beside its peers and write benchmarks/RESULTS.md and KEYS.md: `make bench`.

    python benchmarks/run.py [--scale 1] [--rounds 3] [--only WORD]…

A line is one comparison: both sides in the same run, by turns, page cache warm. Peers that are not here leave their line out, with the reason.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from analyzing import analyze
from bench import Bench
from cataloging import catalog
from compare import compare
from daemons import daemons
from engines import containers, engines, skopeo
from finding import find
from lines import Line, machine, page
from looking import history, looking, memory
from many import many
from painting import NotPainted
from registries import compressed, registries

import peers
from screens import screens, start

PARTS: tuple[Callable[[Bench], Iterator[Line]], ...] = (
    start,
    history,
    looking,
    memory,
    analyze,
    compare,
    many,
    find,
    catalog,
    screens,
    engines,
    skopeo,
    containers,
    daemons,
    registries,
    compressed,
)


def main() -> int:
    """Run what was chosen; write the pages if that was everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the images; at 1 deb has 1.7 GB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", choices=[part.__name__ for part in PARTS])
    chosen = parser.parse_args()
    done: list[Line] = []
    left_out: list[str] = []
    on, began = machine(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ltb-") as work:
        bench = Bench(Path(work), HERE / ".images", chosen.scale, chosen.rounds, keeps=not chosen.only)
        for part in PARTS:
            if chosen.only and part.__name__ not in chosen.only:
                continue
            started = time.monotonic()
            try:
                for line in part(bench):
                    done.append(line)
                    print(line.row(), flush=True)
            except (
                peers.Missing,
                NotPainted,
                RuntimeError,
                AssertionError,
                OSError,
                subprocess.SubprocessError,
            ) as reason:
                left_out.append(f"{part.__name__}: {str(reason).splitlines()[0]}")
                print(f"left out: {left_out[-1]}", flush=True)
            print(f"{part.__name__}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    if bench.keeps:
        (HERE / "RESULTS.md").write_text(page(done, left_out, on, chosen.scale, time.monotonic() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
