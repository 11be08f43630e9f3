"""What a test needs and a machine may lack: the test is skipped and says so, or fails where LAYERTUI_REQUIRE_PEERS is set.

At the end of a run `pytest_terminal_summary` says how much was skipped so, and which packages of Debian would bring it.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NoReturn

import pytest

# The package of Debian that has a program, where it has another name.
PACKAGES = {
    "busybox": "busybox-static",
    "bwrap": "bubblewrap",
    "ctr": "containerd",
    "debugfs": "e2fsprogs",
    "docker": "docker.io",
    "dockerd": "docker.io",
    "groff": "groff-base",
    "mkfs.ext4": "e2fsprogs",
    "objdump": "binutils",
    "pasta": "passt",
    "ps": "procps",
    "readelf": "binutils",
    "rpmbuild": "rpm",
    "stty": "coreutils",
}
_MISSING = re.compile(r"no ([\w.-]+) on PATH|([\w.-]+)(?: is not on PATH|: not found)")


def absent(reason: str) -> NoReturn:
    """Skip the test, or fail it where all must be there."""
    if os.environ.get("LAYERTUI_REQUIRE_PEERS"):
        pytest.fail(f"this is missing: {reason}")
    pytest.skip(reason)


def need(*programs: str) -> None:
    """Each of the programs must be on PATH."""
    for name in programs:
        if shutil.which(name) is None:
            absent(f"no {name} on PATH")


def not_tested(reasons: Iterable[str]) -> str | None:
    """One line for the tests that were skipped for lack of a program, from the reason of each; None where there were none."""
    missing = Counter(found[1] or found[2] for reason in reasons if (found := _MISSING.search(reason)))
    if not missing:
        return None
    packages = dict.fromkeys(PACKAGES.get(program, program) for program, _ in missing.most_common())
    return (
        f"not tested for lack of programs: {missing.total()} tests; `apt-get install {' '.join(packages)}` brings them"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Report what was not tested, in the last lines of the output, where it is read."""
    yield
    skipped = terminalreporter.stats.get("skipped", ())
    if line := not_tested(report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)):
        terminalreporter.write_line(line, yellow=True)
