"""Images looked into, beside dive: the first time, the second time, and the memory it takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench import OURS, Bench
from lines import Line
from timing import by_turns, peak_memory, process


@dataclass(frozen=True)
class Wanted:
    """Must and aim."""

    must: str = ""
    aim: str = ""


LAYERS = {
    "deb": Wanted(">= 6x", ">= 10x"),
    "smallnw": Wanted(">= 2x", ">= 4x"),
    "many": Wanted(">= 3x", ">= 6x"),
    "wh": Wanted(">= 50x", ">= 150x"),
    "huge": Wanted(">= 0.9x", ">= 1.2x"),
    "tiny": Wanted(),
}
PATHS = {"deb": Wanted(">= 5x", ">= 10x"), "smallnw": Wanted(">= 1.5x", ">= 3x")}
AGAIN = {"deb": Wanted(">= 60x", ">= 150x"), "smallnw": Wanted(">= 40x", ">= 100x"), "many": Wanted(">= 8x", ">= 20x")}


def looking(bench: Bench) -> Iterator[Line]:
    """Every verb that looks, in turns with `dive --json`."""
    for kind, wanted in LAYERS.items():
        archive, title = bench.archive(kind), bench.title(kind)
        runs = {"layers": bench.ours("--json", "layers", archive, cold=True)}
        if kind in AGAIN:  # right after: its cache is there
            runs["again"] = bench.ours("--json", "layers", archive)
        if kind in PATHS:
            runs["paths"] = bench.ours("--json", "ls", "-R", archive, cold=True)
        if kind == "huge":
            runs["first"] = bench.ours("history", archive, cold=True)
        dive = process([*bench.dive(kind), "--json", bench.work / "dive.json"])
        *ours, peer = by_turns(bench.rounds, *runs.values(), dive)
        found = dict(zip(runs, ours, strict=True))
        yield Line(
            f"cold `layers` of {title}, every byte verified",
            found["layers"],
            "`dive --json`",
            peer,
            wanted.must,
            wanted.aim,
        )
        if "first" in found:
            yield Line(
                f"first answer of {title}: `history`, cold", found["first"], "`dive --json`", peer, ">= 10x", ">= 30x"
            )
        if "paths" in found:
            paths = PATHS[kind]
            yield Line(
                f"cold `ls -R` of {title}, as JSON", found["paths"], "`dive --json`", peer, paths.must, paths.aim
            )
        if "again" in found:
            again = AGAIN[kind]
            yield Line(f"warm `layers` of {title}", found["again"], "`dive --json`", peer, again.must, again.aim)


def history(bench: Bench) -> Iterator[Line]:
    """Open an archive to its history, beside what no image is needed for: the figure is set for one of a gigabyte."""
    for kind, part, must in (("deb", 0.6, "<= 3x"), ("deb", 1.0, ""), ("huge", 1.0, "<= 3x"), ("many", 1.0, "<= 3x")):
        opened = bench.ours("history", bench.archive(kind, part), cold=True)
        ours, version = by_turns(bench.rounds * 2, opened, process([OURS, "version"]))
        yield Line(f"`history` of {bench.title(kind, part)}, cold", ours, "`layertui version`", version, must)


def memory(bench: Bench) -> Iterator[Line]:
    """The memory that one look takes at most."""
    for kind in ("deb", "smallnw", "many"):
        bench.forget()
        ours = peak_memory([OURS, "--store", bench.store, "--json", "layers", bench.archive(kind)])
        peer = peak_memory([*bench.dive(kind), "--json", bench.work / "dive.json"])
        yield Line(f"peak memory of cold `layers` of {bench.title(kind)}", ours, "`dive --json`", peer)
