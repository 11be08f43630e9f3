"""Whatever the untrusted input: nothing outside changes, nothing hangs, every failure is one line, and the store is sound.

Every input goes through every way in that there is, or where a run is sampled some of them through one; what once got through goes
through all of them each time.
"""

import re

import pytest

from hostile import archives, layers
from hostile.trial import ARCHIVE_WAYS, LAYER_WAYS, names_of, try_archive, try_layers
from sampling import in_turn

pytestmark = pytest.mark.slow

LAYERS = list(layers.every(b"/outside"))
ARCHIVES = archives.every()
WAYS = 1
"""So many ways for each input of a sample."""
# Waited for without end; written out in quadratic time, or zero by zero; a traceback.
ONCE = re.compile(r" is a (fifo|device)|levels deep|8 TB|more than is stored|mediaType = \[|attribute: a NUL")


def ways(name, among, number):
    return among if ONCE.search(name) else in_turn(among, WAYS, number)


def test_there_are_enough_of_them():
    assert len(LAYERS) + len(ARCHIVES) >= 300


def test_what_once_got_through_is_among_them():
    words = (
        "is a fifo",
        "is a device",
        "levels deep",
        "8 TB",
        "more than is stored",
        "mediaType = [",
        "attribute: a NUL",
    )
    assert all(any(word in name and ONCE.search(name) for name in [*LAYERS, *ARCHIVES]) for word in words)


def each(names):
    """The inputs as cases of a test; a sample has some of them, and each time those that once got through."""
    for number, (name, shown) in enumerate(zip(names, names_of([*names]), strict=True)):
        yield pytest.param(number, name, id=shown, marks=pytest.mark.every_time if ONCE.search(name) else ())


@pytest.mark.parametrize(("number", "name"), each(LAYERS))
def test_layers(number, name, trial):
    try_layers(trial, layers.every(str(trial.outside).encode())[name], ways(name, LAYER_WAYS, number))
    assert trial.sound() == []


@pytest.mark.parametrize(("number", "name"), each(ARCHIVES))
def test_archives(number, name, trial):
    try_archive(trial, ARCHIVES[name](trial.folder, trial.outside), ways(name, ARCHIVE_WAYS, number))
    assert trial.sound() == []
