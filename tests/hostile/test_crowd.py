"""Sixteen processes on one store, for a few seconds; for a minute by `make security`."""

import pytest

from hostile.crowd import crowd

pytestmark = pytest.mark.slow


def test_many_at_once(tmp_path):
    verbs, flaws = crowd(tmp_path, 5, screen=False)
    assert flaws == []
    assert sum(verbs.values()) >= 16
