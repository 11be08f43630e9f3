"""Feeds the targets with what a fuzzer makes up, for as long as is wanted, and says what came of it.

    python tests/fuzz/run.py [--seconds 60] [TARGET…]

Each target runs in a process of its own, with a corpus that grows in a folder beside (`--corpus`). What ended one in an
error is kept there as `crash-…`; put it into `corpus/TARGET/` when it is mended, and every run of the tests feeds it again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MOST_BYTES = 1 << 16


def fuzz(target: str, folder: Path, seconds: int) -> tuple[int, list[str]]:
    """How many inputs a target was fed with, and the files of those that ended it."""
    found = folder / target
    found.mkdir(parents=True, exist_ok=True)
    seeds = HERE / "corpus" / target
    words = [sys.executable, __file__, "--target", target, str(found), *([str(seeds)] if seeds.is_dir() else [])]
    limits = [
        f"-max_total_time={seconds}",
        f"-max_len={MOST_BYTES}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
    ]
    done = subprocess.run([*words, f"-artifact_prefix={found}/", *limits], capture_output=True, text=True, check=False)
    runs = re.findall(r"number_of_executed_units: (\d+)|Done (\d+) runs", done.stderr)
    crashes = sorted(str(path) for pattern in ("crash-*", "timeout-*", "oom-*") for path in found.glob(pattern))
    if done.returncode and not crashes:
        raise SystemExit(done.stderr[-2000:])
    return max((int(one or other) for one, other in runs), default=0), crashes


def feed(target: str, arguments: list[str]) -> None:
    """Let the fuzzer feed one target, in this process; it ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["layertui"]):
        sys.path.insert(0, str(HERE.parent))
        from fuzz.targets import survive

    atheris.Setup([sys.argv[0], *arguments], lambda content: survive(target, content))
    atheris.Fuzz()


def main() -> int:
    """Fuzz what is asked for, or all."""
    if sys.argv[1:2] == ["--target"]:
        feed(sys.argv[2], sys.argv[3:])
    sys.path.insert(0, str(HERE.parent))
    from fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, default=HERE / ".found")
    chosen = parser.parse_args()
    bad = 0
    for target in chosen.targets or TARGETS:
        runs, crashes = fuzz(target, chosen.corpus, chosen.seconds)
        said = f"{target}: {runs:,} inputs, {runs // max(chosen.seconds, 1):,} a second, {len(crashes)} ended it"
        sys.stdout.write("\n    ".join([said, *crashes]) + "\n")
        sys.stdout.flush()
        bad += len(crashes)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
