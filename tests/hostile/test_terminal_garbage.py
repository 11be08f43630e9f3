"""A terminal that sends garbage, and changes its size without end: the screen lives, hears `q` afterwards, and leaves it as it was."""

import random
import time
from contextlib import suppress

import pytest

from typing_at import PATIENCE, typing_at

pytestmark = pytest.mark.slow

NUMBERS = (0, 1, 2, 32, 35, 64, 65, 128, 999, 10**9, 10**12)
ANSWERS = [
    b"\x1b[?1;2c",
    b"\x1b[>0;0;0c",
    b"\x1b[%d;%dR" % (10**9, 10**9),
    b"\x1bP1$r0m\x1b\\",
    b"\x1b]11;rgb:ffff/ffff/ffff\x07",
    b"\x1b]4;1;\x1b\\",
    b"\x1b[?2026;2$y",
    b"\x1b[?2048;%d$y" % 10**20,
    b"\x1b[48;0;0;0;0t",
    b"\x1b[48;99999;99999;1;1t",
    b"\x1b_Gi=1;OK\x1b\\",
    b"\x1b" * 50,
    b"\x1b[" + b"9" * 5000 + b"u",
    b"\x1b[1;1:1:1u",
    b"\xc8A\xff\xfe",
]
PASTE = b"\x1b[200~" + b"\x1b]52;c;AAAA\x07\x1b[2J\x00\x03q\x1a" * 20 + b"\x1b[201~"


def garbage(seed):
    """Mouse reports of places that there are not, in both forms; pastes with controls; answers to what was never asked."""
    rolled = random.Random(seed)
    mouse = [
        b"\x1b[<%d;%d;%d%c"
        % (rolled.choice(NUMBERS), rolled.randrange(400), rolled.choice(NUMBERS), rolled.choice(b"mM"))
        for _ in range(120)
    ]
    old = [b"\x1b[M" + bytes(rolled.choices([33, 34, 35, 40], k=3)) for _ in range(40)]
    sent = [*mouse, *old, PASTE, PASTE, *ANSWERS]
    rolled.shuffle(sent)
    return sent


@pytest.fixture
def at(layertui):
    layertui.run("demo", "--no-ui")
    with typing_at(*layertui.tool.argv, "--store", layertui.store, env=layertui.tool.env, size=(40, 120)) as it:
        it.expect("busybox:latest")
        yield it


def ends(it):
    """Leave what may be open after all that, and the screen; its exit code, once the terminal is as it was."""
    it.resize(40, 120)
    deadline = time.monotonic() + PATIENCE
    while it.process.poll() is None and time.monotonic() < deadline:
        for key in (b"\x1b", b"q"):
            with suppress(OSError):  # it has ended
                it.type(key)
                it._look(0.5)
    return it.end()


@pytest.mark.parametrize("seed", [7, 8])
def test_garbage(at, seed):
    for piece in garbage(seed):
        for start in range(0, len(piece), 512):
            at.type(piece[start : start + 512])
            at._look(0.01)
        assert at.process.poll() is None, piece
    assert ends(at) == 0
    assert b"Traceback" not in at.shown


def test_sizes_without_end(at):
    rolled = random.Random(7)
    for _ in range(150):
        at.resize(rolled.choice([0, 1, 2, 5, 24, 40, 500]), rolled.choice([0, 1, 2, 10, 80, 120, 1000]))
        at._look(0.02)
        assert at.process.poll() is None
    assert ends(at) == 0
    assert b"Traceback" not in at.shown
