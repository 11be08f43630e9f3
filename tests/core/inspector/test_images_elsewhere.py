"""A name that the default engine does not have: the error says which other engine of this machine has it."""

import socket

import pytest

from builders import docker_archive, file, image, layer
from layertui.core.client_environment import ClientEnvironment
from layertui.core.errors import NotFound
from layertui.core.settings import Settings
from two_engines import two_engines

SHOP = image([layer([file("a", "a")])], tags=["shop:1"])


def test_the_error_names_the_engine_and_how_to_open_it(tmp_path):
    inspector = two_engines(tmp_path, [], [SHOP])
    inspector.of("embedded").images.load(docker_archive(SHOP, tmp_path / "shop.tar"))
    with pytest.raises(NotFound, match=r"no image shop:1 in one, but embedded has it: embedded:shop:1 opens it"):
        inspector.open("shop:1")
    with pytest.raises(NotFound, match=r"^(?!.*has it)"):
        inspector.open("nothing:1")


def test_a_daemon_that_does_not_answer_changes_nothing(tmp_path):
    with socket.socket(socket.AF_UNIX) as garbage:
        garbage.bind(str(tmp_path / "s"))
        garbage.listen(0)
        garbage.shutdown(socket.SHUT_RDWR)
        clients = ClientEnvironment(docker_host=f"unix://{tmp_path}/s", container_host=f"unix://{tmp_path}/none")
        inspector = two_engines(tmp_path, settings=Settings(tmp_path / "store", engine="one", clients=clients))
        with pytest.raises(NotFound, match=r"^shop:1: no such image$"):
            inspector.open("shop:1")
