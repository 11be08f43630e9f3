"""A Trial for each test that has no other one: a store, and beside it what nobody may touch."""

import subprocess

import pytest

from hostile.trial import Trial


@pytest.fixture
def trial(tmp_path):
    yield Trial(tmp_path)
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)  # some trees are deeper than pytest clears away
