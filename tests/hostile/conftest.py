"""What a test is given that makes no other one of its own: a Trial, or a store with images and containers."""

import pytest

from builders import docker_archive
from clearing import clear
from command_line import layertui
from hostile.damage import DEMO, OTHER
from hostile.trial import Trial


@pytest.fixture
def trial(tmp_path_factory):
    """One after another at the same place, so that layers that lead there are made once."""
    folder = tmp_path_factory.getbasetemp() / "trial"
    yield Trial(folder)
    clear([folder])


@pytest.fixture
def store(tmp_path, store_folder):
    """Two images that share a layer; a container of each, and a file written into one."""
    for number, one in enumerate((DEMO, OTHER)):
        layertui("load", docker_archive(one, tmp_path / f"{number}.tar"), store=store_folder).ok()
    layertui("create", "--name", "box", "demo:1", store=store_folder).ok()
    layertui("create", "--name", "other", "other:1", store=store_folder).ok()
    layertui("write", "box", "/mine", stdin=b"precious\n", store=store_folder).ok()
    return store_folder
