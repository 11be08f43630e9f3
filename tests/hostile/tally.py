"""Tries everything hostile that is here, and writes the results into docs/security.md.

    python tests/hostile/tally.py [--seconds 60] [--minutes 30] [PART…]

Parts: `races` a container that changes things under our hands; `joins` one that looks at each process which `exec` adds; `inputs` every hostile layer and archive through every verb that reads one;
`strikes` every verb killed and failed at each of its system calls; `power` every verb on a disk that loses power; `crowd` many processes on one store; `fuzz` each reader fed for so
many seconds more, or none; `soak` the screen left open for so many minutes, while containers come and go. A part that is not asked for keeps its rows. Each flaw is printed on stderr as
soon as it is found, and once more below its row.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- tried: made by `make security` -->\n", "<!-- end of tried -->\n"
HEAD = ["| what was tried | how often | what went wrong | on |", "| --- | --: | --- | --- |"]
ROUNDS = 1000  # of each race
Rows = Iterator[tuple[str, int, list[str]]]


def reported(flaws: Iterable[str]) -> Iterator[str]:
    """The flaws, each printed on stderr when it is found, since a run takes hours."""
    for flaw in flaws:
        sys.stderr.write(f"flaw: {flaw}\n")
        sys.stderr.flush()
        yield flaw


def inputs(_: Namespace) -> Rows:
    """Each hostile input in a folder of its own."""
    from clearing import clear
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
                flaws += reported(f"{name}: {flaw}" for flaw in trial.sound())
                verbs += trial.tried
                clear([trial.folder])
        yield f"{len(names):,} hostile {what}, each with every verb that takes one", verbs, flaws


def strikes(_: Namespace) -> Rows:
    """Each verb, struck at each of its calls; as many verbs at once as there are cores."""
    from hostile.stories import STORIES

    kills, failures, flaws = 0, 0, []
    with ProcessPoolExecutor(os.cpu_count()) as cores:
        for name, killed, failed, found in cores.map(_struck, STORIES):
            sys.stderr.write(f"{name}: killed {killed} times, failed {failed} times\n")
            kills, failures, flaws = kills + killed, failures + failed, flaws + found
    died = [flaw for flaw in flaws if ": killed at " in flaw]
    yield f"{len(STORIES)} stories of verbs, killed at a system call or at a moment of chance", kills, died
    what = f"{len(STORIES)} stories of verbs, failed at a system call by a full, a broken or a read-only disk"
    yield what, failures, [flaw for flaw in flaws if flaw not in died]


def _struck(name: str) -> tuple[str, int, int, list[str]]:
    from hostile.kills import Theatre
    from hostile.stories import STORIES

    with tempfile.TemporaryDirectory() as folder:
        theatre = Theatre(Path(folder) / "theatre", STORIES[name])
        points = list(theatre.points())
        flaws = list(reported(f"{name}: {flaw}" for point in points for flaw in theatre.strike(point)))
    failed = sum(bool(point.error) for point in points)
    return name, len(points) - failed, failed, flaws


def power(_: Namespace) -> Rows:
    """Each verb whose end is lasting, cut at each call that reaches the disk and as soon as it is done."""
    from hostile.power import PROMISED

    cuts, flaws = 0, []
    with ProcessPoolExecutor(os.cpu_count()) as cores:
        for name, count, found in cores.map(_cut, PROMISED):
            sys.stderr.write(f"{name}: {count} power cuts\n")
            cuts, flaws = cuts + count, flaws + found
    yield (
        f"{len(PROMISED)} stories of verbs on a disk that loses power, at a call or as soon as they are done",
        cuts,
        flaws,
    )


def _cut(name: str) -> tuple[str, int, list[str]]:
    from hostile.power import powered

    with tempfile.TemporaryDirectory() as folder, powered(Path(folder), name) as theatre:
        points = theatre.calls
        cuts = chain([theatre.done()], map(theatre.killed, points))
        flaws = list(reported(f"{name}: {flaw}" for found in cuts for flaw in found))
    return name, 1 + len(points), flaws


def crowd(_: Namespace) -> Rows:
    """Sixteen processes and a screen on one store, for a minute."""
    from hostile.crowd import CROWD, THE_SCREEN
    from hostile.crowd import crowd as let_at_it

    with tempfile.TemporaryDirectory() as folder:
        verbs, flaws = let_at_it(Path(folder), 60)
    screen = " and a screen" if verbs.pop(THE_SCREEN, 0) else ""
    kinds = f"{len(verbs)} verbs mixed by {CROWD} processes{screen} on one store for a minute, some killed"
    yield kinds, sum(verbs.values()), list(reported(flaws))


def races(_: Namespace) -> Rows:
    """A container that exchanges what we look at, as fast as it can."""
    from containing import runtimes
    from hostile.races import RACES, all_races

    for runtime in runtimes():
        flaws = [f"{name}: {flaw}" for name, found in all_races(runtime, ROUNDS) for flaw in reported(found)]
        yield (
            f"{len(RACES)} races against a container that runs by {runtime}, {ROUNDS:,} rounds of each",
            ROUNDS * len(RACES),
            flaws,
        )


def joins(_: Namespace) -> Rows:
    """A container that looks at what `exec` adds to it, before that is the command."""
    from containing import engine_at, runtimes
    from hostile.joins import HOST_VARIABLE, seen, watched

    os.environ[HOST_VARIABLE] = "a secret of the caller's"
    for runtime in runtimes():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            said = watched(engine_at(Path(folder) / "store", runtime), ROUNDS)
        yield (
            f"processes added by {runtime} to a container that runs and looks at each before its command",
            ROUNDS,
            [*reported(seen(said))],
        )


def fuzz(asked: Namespace) -> Rows:
    """Each reader, fed by a fuzzer for so many seconds more than the record has."""
    from fuzz.run import fuzz as feed
    from fuzz.run import read_record
    from fuzz.targets import TARGETS

    for target in TARGETS:
        new = list(reported(feed(target, asked.seconds))) if asked.seconds else []
        fed = read_record()[target]
        rate = (
            f"{fed['clock'] / 60:,.0f} minutes by the clock, {fed['seconds'] / 60:,.0f} of a processor's time, "
            f"{fed['inputs'] // fed['seconds']:,} inputs a second of that"
        )
        mended = f"; found and mended: {len(fed['found'])}" if fed["found"] and not new else ""
        yield f"`{target}` fuzzed, {rate} ({fed['on']}, last on {fed['last']}){mended}", fed["inputs"], new


def soak(asked: Namespace) -> Rows:
    """The screen, left open."""
    from soak.soak import grown
    from soak.soak import report_line as summed_up
    from soak.soak import soak as left_open

    with tempfile.TemporaryDirectory() as folder:
        found, others = left_open(Path(folder), asked.minutes)
    yield summed_up(found, others, asked.minutes), len(found), [*reported(grown(found)), *others.failed]


PARTS: dict[str, Callable[[Namespace], Rows]] = {
    "inputs": inputs,
    "strikes": strikes,
    "power": power,
    "crowd": crowd,
    "races": races,
    "joins": joins,
    "fuzz": fuzz,
    "soak": soak,
}
OF_PART = {
    "inputs": " hostile ",
    "strikes": "at a system call",
    "power": "loses power",
    "crowd": "on one store",
    "races": "races against",
    "joins": "processes added by",
    "fuzz": "fuzzed",
    "soak": "left open",
}


def put_rows(part: str, rows: list[str], page: Path = PAGE) -> None:
    """Put a part's rows in the place of its former ones. What else was written to the page while it ran stays, and so do the parts before it."""
    text = page.read_text()
    table = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    of = {one: [line for line in table.splitlines()[2:] if word in line] for one, word in OF_PART.items()} | {
        part: rows
    }
    lines = [*HEAD, *(row for one in PARTS for row in of[one])]
    page.write_text(text.replace(BEGIN + table + END, BEGIN + "\n".join(lines) + "\n" + END))


def main() -> int:
    """Try what was asked for, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader that is fuzzed")
    parser.add_argument("--minutes", type=float, default=30, help="of the screen left open")
    chosen = parser.parse_args()
    today, bad = datetime.now(UTC).date().isoformat(), 0
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "LAYERTUI_STORE": f"{home}/store"}
        for part in chosen.parts or PARTS:
            rows = []
            for what, count, flaws in PARTS[part](chosen):
                sys.stdout.write("\n    ".join([f"{what}: {count:,}", *flaws]) + "\n")
                sys.stdout.flush()
                rows.append(f"| {what} | {count:,} | {len(flaws) or 'nothing'} | {today} |")
                bad += len(flaws)
            put_rows(part, rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
