"""Tries everything hostile that is here, and writes what came of it into docs/security.md.

    python tests/hostile/tally.py [--seconds 60] [PART…]

Parts: `inputs` every hostile layer and archive in every way in; `strikes` every verb killed and failed at each of its system
calls; `fuzz` each reader fed for so many seconds. A part that is not asked for keeps its rows.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- tried: made by `make security` -->\n", "<!-- end of tried -->\n"
HEAD = ["| what was tried | how often | what went wrong | on |", "| --- | --: | --- | --- |"]
Rows = Iterator[tuple[str, int, list[str]]]


def inputs(_: int) -> Rows:
    """Each hostile input in a folder of its own."""
    from hostile import archives, layers
    from hostile.trial import Trial, try_archive, try_layers

    for what, names in (("layers", list(layers.every(b""))), ("archives and layouts", list(archives.every()))):
        flaws: list[str] = []
        verbs = 0
        for name in names:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                trial = Trial(Path(folder) / "trial")
                if what == "layers":
                    try_layers(trial, layers.every(str(trial.outside).encode())[name])
                else:
                    try_archive(trial, archives.every()[name](trial.folder, trial.outside))
                flaws += trial.sound()
                verbs += trial.tried
                subprocess.run(["rm", "-rf", trial.folder], check=True)  # trees deeper than Python clears away
        yield f"{len(names):,} hostile {what}, each with every verb that takes one", verbs, flaws


def strikes(_: int) -> Rows:
    """Each verb, struck at each of its calls."""
    from hostile.kills import STORIES, Theatre

    for name, story in STORIES.items():
        with tempfile.TemporaryDirectory() as folder:
            theatre = Theatre(Path(folder), story)
            points = list(theatre.points())
            flaws = [flaw for point in points for flaw in theatre.strike(point)]
        if points:
            yield f"`{name}` killed, or failed, at a system call", len(points), flaws


def fuzz(seconds: int) -> Rows:
    """Each reader, fed by a fuzzer."""
    from fuzz.run import fuzz as feed
    from fuzz.targets import TARGETS

    with tempfile.TemporaryDirectory() as folder:
        for target in TARGETS:
            runs, crashes = feed(target, Path(folder), seconds)
            yield f"`{target}` fuzzed, {runs // max(seconds, 1):,} inputs a second", runs, crashes


PARTS: dict[str, Callable[[int], Rows]] = {"inputs": inputs, "strikes": strikes, "fuzz": fuzz}
OF_PART = {"inputs": " hostile ", "strikes": "at a system call", "fuzz": "fuzzed"}


def main() -> int:
    """Try what was asked for, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader that is fuzzed")
    chosen = parser.parse_args()
    page = PAGE.read_text()
    table = page[page.index(BEGIN) + len(BEGIN) : page.index(END)]
    today, bad = datetime.now(UTC).date().isoformat(), 0
    rows = {part: [line for line in table.splitlines()[2:] if word in line] for part, word in OF_PART.items()}
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "LAYERTUI_STORE": f"{home}/store"}
        for part in chosen.parts or PARTS:
            rows[part] = []
            for what, count, flaws in PARTS[part](chosen.seconds):
                sys.stdout.write("\n    ".join([f"{what}: {count:,}", *flaws]) + "\n")
                sys.stdout.flush()
                rows[part].append(f"| {what} | {count:,} | {len(flaws) or 'nothing'} | {today} |")
                bad += len(flaws)
    lines = [*HEAD, *(row for part in PARTS for row in rows[part])]
    PAGE.write_text(page.replace(BEGIN + table + END, BEGIN + re.sub(r"\n*\Z", "\n", "\n".join(lines)) + END))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
