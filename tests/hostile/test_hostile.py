"""Whatever a stranger sends: nothing outside changes, nothing hangs, every failure is one line, and the store is sound."""

import pytest

from hostile import archives, layers
from hostile.trial import names_of, try_archive, try_layers

LAYERS = list(layers.every(b"/outside"))
ARCHIVES = archives.every()


def test_there_are_enough_of_them():
    assert len(LAYERS) + len(ARCHIVES) >= 300


@pytest.mark.parametrize("name", LAYERS, ids=names_of(LAYERS))
def test_layers(name, trial):
    try_layers(trial, layers.every(str(trial.outside).encode())[name])
    assert trial.sound() == []


@pytest.mark.parametrize("name", ARCHIVES, ids=names_of([*ARCHIVES]))
def test_archives(name, trial):
    try_archive(trial, ARCHIVES[name](trial.folder, trial.outside))
    assert trial.sound() == []
