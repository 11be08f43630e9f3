"""A container's name instead of an image's: the error says how to write it, and `compare` accepts it."""

import pytest

from builders import docker_archive, file, folder, image, layer
from command_line import layertui

BUILT = image([layer([folder("etc"), file("etc/motd", b"hello\n")])], tags=["demo:1"], config={"Cmd": ["sh"]})


@pytest.fixture(autouse=True)
def _box(tmp_path):
    layertui("load", docker_archive(BUILT, tmp_path / "demo.tar")).ok()
    layertui("create", "--name", "box", "demo:1").ok()
    layertui("write", "box", "/mine", stdin=b"mine\n").ok()


def test_compare_takes_it_and_says_what_it_took():
    done = layertui("--json", "compare", "box", "demo:1").ok()
    assert done.json == layertui("--json", "compare", "container:box", "demo:1").ok().json
    assert "only container:box" in layertui("compare", "box", "demo:1").ok().text
    assert layertui("compare", "--exit-code", "box@1", "demo:1").code == 0
    short = layertui("ps", "-aq").lines[0]
    assert layertui("compare", "--exit-code", "--files", short, "demo:1").code == 1


def test_an_image_of_that_name_goes_first():
    layertui("tag", "demo:1", "box:latest").ok()
    assert layertui("compare", "--exit-code", "box", "demo:1").code == 0


@pytest.mark.parametrize(
    "words", [("history", "box"), ("layers", "box"), ("ls", "box"), ("tree", "box"), ("run", "box")]
)
def test_other_verbs_say_how_it_is_spelled(words):
    done = layertui(*words)
    assert done.code
    assert done.err == "error: no image box, but a container of that name: container:box\n"


def test_the_layers_stand_behind_the_spelling():
    assert layertui("ls", "box@1").failed().err.endswith("of that name: container:box@1\n")


def test_what_nothing_is_called_is_no_container_either():
    assert "container" not in layertui("compare", "nobody", "demo:1").failed().err
