"""Feeds the targets with what a fuzzer makes up, for as long as is wanted, and adds what came of it to `record.json`.

    python tests/fuzz/run.py [--seconds 60] [--merge] [TARGET…]

Each target runs in a process of its own, with a corpus that grows in a folder beside (`.found/TARGET`). What ended one in an
error is kept in `.ended/TARGET`; put it into `corpus/TARGET` when it is mended, and every run of the tests feeds it again.
`--merge` puts into `corpus/` what reaches code that nothing there reaches.

The record counts processor time of the fuzzed process, which a busy machine makes no longer, and beside it what a clock says.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FOUND, ENDED, RECORD = HERE / ".found", HERE / ".ended", HERE / "record.json"
MOST_BYTES = 1 << 16
MERGED_BYTES = 1 << 11
SLICE = 5 * 60
"""Seconds that one process is fed. What traces comparisons for the fuzzer keeps up to 9 kB of each input; the reader itself does not."""
LIMITS = [f"-max_len={MOST_BYTES}", "-timeout=20", "-report_slow_units=20", "-rss_limit_mb=3000"]


def fuzz(target: str, seconds: int) -> list[str]:
    """Feed a target, add to the record what came of it, and return what ended it; one that is interrupted counts too."""
    return [flaw for begun in range(0, seconds, SLICE) for flaw in _fuzz(target, min(SLICE, seconds - begun))]


def _fuzz(target: str, seconds: int) -> list[str]:
    found, ended = FOUND / target, ENDED / target
    for folder in (found, ended):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(ended.iterdir())
    words = [
        *_words(target),
        found,
        HERE / "corpus" / target,
        f"-artifact_prefix={ended}/",
        f"-max_total_time={seconds}",
    ]
    began = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen([*words, *LIMITS], stdout=said, stderr=said)
        try:
            _, status, used = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.terminate()
            _, status, used = os.wait4(process.pid, 0)
            raise
        finally:
            said.seek(0)
            told = said.read()
            process.returncode = os.waitstatus_to_exitcode(status)
            left = sorted(map(str, set(ended.iterdir()) - before))
            new = [one for one in left if not _was_in_time(target, Path(one))]
            times = used.ru_utime + used.ru_stime, time.monotonic() - began
            _add(target, _count(told), times, [_flaw(told)] if new else [])
    if process.returncode and not left:
        raise SystemExit(told[-2000:])
    return new


def merge(target: str) -> None:
    """Put into the corpus what reaches code that it does not reach yet, the smallest first; nothing large."""
    words = [
        *_words(target),
        HERE / "corpus" / target,
        FOUND / target,
        "-merge=1",
        "-use_counters=0",
        f"-max_len={MERGED_BYTES}",
    ]
    subprocess.run(words, check=True, capture_output=True)


def read_record() -> dict[str, dict[str, Any]]:
    """What was fed to each target so far: `inputs`, `seconds` of processor and of `clock`, `found` flaws, the `last` day and what it ran `on`."""
    record: dict[str, dict[str, Any]] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return record


def _words(target: str) -> list[str | Path]:
    return [sys.executable, __file__, "--target", target]


def _count(told: str) -> int:
    """How many inputs the fuzzer says it was at, when it last said so."""
    return max(map(int, re.findall(r"^#(\d+)\t", told, re.MULTILINE)), default=0)


def _flaw(told: str) -> str:
    """What a fuzzed process ended in: the error, and the function of ours that it came from."""
    error = re.search(r"Uncaught Python exception: ===\n(\w+)", told)
    places = re.findall(r'File "[^"]*?/((?:core|tui)/[\w/]+\.py)", line \d+, in (\w+)', told)
    if error is None:
        return "out of memory" if "out-of-memory" in told else "more than 20 seconds"
    return f"{error.group(1)} in {' '.join(places[-1])}" if places else f"{error.group(1)} in the target"


def _was_in_time(target: str, input_: Path) -> bool:
    """Whether what took too long does not when it is fed alone: then the machine was busy. It is not kept."""
    if not input_.name.startswith(("timeout-", "slow-unit-")):
        return False
    in_time = subprocess.run([*_words(target), input_, *LIMITS], capture_output=True, check=False).returncode == 0
    if in_time:
        input_.unlink()
    return in_time


def _add(target: str, inputs: int, times: tuple[float, float], flaws: list[str]) -> None:
    with RECORD.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two may run, with different targets
        record = read_record()
        old = record.setdefault(target, {"inputs": 0, "seconds": 0, "clock": 0, "found": []})
        record[target] = {
            "inputs": old["inputs"] + inputs,
            "seconds": round(old["seconds"] + times[0]),
            "clock": round(old["clock"] + times[1]),
            "found": sorted({*old["found"], *flaws}),
            "last": datetime.now(UTC).date().isoformat(),
            "on": f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}",
        }
        whole = RECORD.with_suffix(".new")
        whole.write_text(json.dumps(dict(sorted(record.items())), indent=2) + "\n")
        whole.replace(RECORD)


def feed(target: str, arguments: list[str]) -> None:
    """Let the fuzzer feed one target, in this process; it ends the process itself."""
    import atheris

    sys.path.insert(0, str(HERE.parent))
    # Left open, for what is imported only when it is used.
    with atheris.instrument_imports(include=["layertui"]):
        from fuzz.mutators import MUTATORS
        from fuzz.targets import survive

        shape = {"custom_mutator": MUTATORS[target]} if target in MUTATORS else {}
        # A merge calls itself again, through a shell, by the first word.
        atheris.Setup(
            [shlex.join(map(str, _words(target))), *arguments], lambda content: survive(target, content), **shape
        )
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
    parser.add_argument("--merge", action="store_true", help="afterwards, add to the corpus")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bad = 0
    for target in chosen.targets or TARGETS:
        new = fuzz(target, chosen.seconds)
        if chosen.merge:
            merge(target)
        sys.stdout.write("\n    ".join([f"{target}: {read_record()[target]}", *new]) + "\n")
        sys.stdout.flush()
        bad += len(new)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
