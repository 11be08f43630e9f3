"""`analyze` beside dive's `--ci`: the first time, and with the layers' tables there."""

from collections.abc import Iterator

from bench import Bench
from lines import Line
from timing import by_turns, process

KINDS = {"deb": "<= 300 ms", "smallnw": "<= 1500 ms", "many": "", "wh": ""}
"""The images, and what a whole process may take at most when it has the tables of the layers."""
FAILED = (0, 1)
"""A gate that says no has looked at the image too."""


def analyze(bench: Bench) -> Iterator[Line]:
    """The rules of `.dive-ci`, and the whole report, of which dive has only a part."""
    for kind, most in KINDS.items():
        archive, title = bench.archive(kind), bench.title(kind)
        peer = process([*bench.dive(kind), "--ci"], good=FAILED)
        cold = bench.ours("analyze", "--ci", archive, cold=True, good=FAILED)
        first = bench.ours("analyze", archive, cold=True)
        cold_gate, cold_report, dive = by_turns(bench.rounds, cold, first, peer)
        # Apart from the cold ones, which forget what is kept; the last of them has kept the digests of contents.
        warm_gate, warm_report = by_turns(
            bench.rounds, bench.ours("analyze", "--ci", archive, good=FAILED), bench.ours("analyze", archive)
        )
        yield Line(f"cold `analyze --ci` of {title}", cold_gate, "`dive --ci`", dive)
        yield Line(f"warm `analyze --ci` of {title}", warm_gate, "`dive --ci`", dive, most, ">= 20x")
        yield Line(f"cold `analyze` of {title}, contents compared", cold_report, "`dive --ci`", dive)
        yield Line(f"warm `analyze` of {title}, contents compared", warm_report, "`dive --ci`", dive, most)
