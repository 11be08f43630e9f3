"""What becomes of an answer that cannot even be begun; limits on answers are in tests/hostile/test_hostile_daemon.py."""

import sys

import pytest

from layertui.core.engines.bounded_connections import BoundedAnswer


class Ended:
    """A connection that is closed already, as that of an ssh which has ended."""

    def makefile(self, *_):
        raise OSError("closed")


def test_an_answer_of_a_closed_connection_leaves_no_noise_on_the_terminal(monkeypatch):
    noise = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    with pytest.raises(OSError, match="closed"):
        BoundedAnswer(Ended())
    BoundedAnswer.__new__(BoundedAnswer).close()
    assert noise == []
