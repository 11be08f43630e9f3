"""What failed, in which order it ran, and which of it may be asked again: the tests marked `late`.

A test marked `late("why")` waits for a real terminal, a daemon or the kernel, and on a busy machine may see its answer too late.
Each session writes down how its failures came about: the seeds, the worker, what that worker had run just before.
`python tests/late.py` asks what failed once more, alone, if all of it may be and it is little; CI does.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import sampling
from leftovers import left_by_the_last_sessions

ROOT = Path(__file__).resolve().parent.parent
RECORD = "layertui/failures"  # in pytest's cache
PEERS, PEERS_OF_13 = "peers", "peers-of-13"
"""Groups of tests that share daemons, and so a worker."""
GROUP = re.compile(r"@[\w-]+$")
"""What xdist writes behind the names of the tests of a group."""
MOST = 5
"""More than these are not late, but broken."""
BEFORE = 3
"""So many of the tests that ran just before are named."""


class Failures:
    """The failures of a session, reported at its end and kept in pytest's cache; in the process that the workers report to."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ran: defaultdict[str, list[str]] = defaultdict(list)
        self._failures: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the order on each worker, and what failed where."""
        worker = getattr(report, "worker_id", "alone")
        ran = self._ran[worker]
        if report.when == "setup":
            ran.append(report.nodeid)
        if report.failed:
            reasons = [reason for name, reason in report.user_properties if name == "late"]
            self._failures.append(
                {
                    "test": GROUP.sub("", report.nodeid),
                    # What a teardown finds is left over, not late.
                    "late": reasons[0] if reasons and report.when != "teardown" else None,
                    "where": f"number {len(ran)} on {worker}",
                    "before": ran[-1 - BEFORE : -1],
                }
            )

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Keep it for `python tests/late.py`."""
        cache = getattr(self._config, "cache", None)  # its plugin may be switched off
        if cache is not None:
            record = {"exit": int(exitstatus), "seeds": self._seeds(), "failures": self._failures}
            cache.set(RECORD, record)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how to run the same again."""
        for failure in self._failures:
            terminalreporter.write_line(failure_line(failure))
        if sampling.seed() or self._failures:
            terminalreporter.write_line(f"drawn and ordered by: {spelled(self._seeds())}")

    def _seeds(self) -> dict[str, Any]:
        return {"sample": sampling.seed(), "order": self._config.getoption("randomly_seed", 0)}


def failure_line(failure: dict[str, Any]) -> str:
    """One line about a failure."""
    late = f" [may be late: {failure['late']}]" if failure["late"] else ""
    return f"{failure['test']}{late} ({failure['where']}, after {', '.join(failure['before']) or 'nothing'})"


def spelled(seeds: dict[str, Any]) -> str:
    """What to set and give to pytest, to have the same sample in the same order."""
    order = f"--randomly-seed={seeds['order']}"
    return f"{sampling.VARIABLE}={seeds['sample']} {order}" if seeds["sample"] else order


def refusal(record: dict[str, Any]) -> str:
    """Why nothing of it may be asked again; empty where all of it may be."""
    failures = record["failures"]
    if record["exit"] != pytest.ExitCode.TESTS_FAILED or not failures:
        return "it is not tests that failed"
    firm = [failure["test"] for failure in failures if not failure["late"]]
    if firm:
        return f"{len(firm)} that failed are not marked late"
    return f"{len(failures)} failed, more than {MOST}" if len(failures) > MOST else ""


def main() -> int:
    """Ask again what the last session failed at, and end with what came of it; 1 where it failed again or may not be asked."""
    path = ROOT / ".pytest_cache/v" / RECORD
    record = json.loads(path.read_text()) if path.exists() else {"exit": None, "failures": []}
    if reason := refusal(record):
        sys.stdout.write(f"no test was asked again: {reason}\n")
        return 1
    tests = list(dict.fromkeys(failure["test"] for failure in record["failures"]))
    seeds = record["seeds"]
    argv = [sys.executable, "-m", "pytest", "-n", "0", f"--randomly-seed={seeds['order']}", *tests]
    env = {**os.environ, sampling.VARIABLE: seeds["sample"]}
    again = subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode
    left = left_by_the_last_sessions()
    outcome = "failed again" if again else "passed"
    lines = [f"left behind: {line}" for line in left]
    lines += [f"asked again, alone, and {outcome}: {failure_line(failure)}" for failure in record["failures"]]
    lines += [f"the first time drawn and ordered by: {spelled(seeds)}"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if again or left else 0


if __name__ == "__main__":
    sys.exit(main())
