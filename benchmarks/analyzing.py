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
        runs = (
            bench.ours("analyze", "--ci", archive, cold=True, good=FAILED),
            bench.ours("analyze", "--ci", archive, good=FAILED),
            bench.ours("analyze", archive),
        )
        cold, warm, report, dive = by_turns(bench.rounds, *runs, peer)
        yield Line(f"cold `analyze --ci` of {title}", cold, "`dive --ci`", dive)
        yield Line(f"warm `analyze --ci` of {title}", warm, "`dive --ci`", dive, most, ">= 20x")
        yield Line(f"warm `analyze` of {title}, contents compared", report, "`dive --ci`", dive, most)
