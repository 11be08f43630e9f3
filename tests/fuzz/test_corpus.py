"""What a fuzzer once found, and what it began with, ends in one of our own errors or in none."""

from pathlib import Path

import pytest

from fuzz.targets import TARGETS, survive

CORPUS = sorted(path for path in (Path(__file__).parent / "corpus").glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_survives(path):
    survive(path.parent.name, path.read_bytes())


def test_every_target_has_seeds():
    assert {path.parent.name for path in CORPUS} == set(TARGETS)
