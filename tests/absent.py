"""What a test needs and a machine may lack: the test is skipped and says so, or fails where LAYERTUI_REQUIRE_PEERS is set."""

import os
import shutil
from typing import NoReturn

import pytest


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
