"""A path and Enter that come in one write, faster than anybody can see what they do: they act once, each time."""

import pytest

from builders import docker_archive, file, image, layer
from sampling import drawn
from typing_at import typing_at

TIMES = 20

pytestmark = [pytest.mark.slow, pytest.mark.late("a real terminal")]


def test_a_pasted_path_with_enter_behind_it_loads_its_archive_once(layertui, tmp_path):
    layertui.run("demo", "--no-ui")
    with typing_at(*layertui.tool.argv, "--store", layertui.store, env=layertui.tool.env, size=(40, 120)) as it:
        it.expect("busybox:latest")
        numbers = drawn(range(TIMES), 5, "pasted")
        for number in numbers:
            path = docker_archive(
                image([layer([file("a", b"1")])], tags=[f"shop:{number}"]), tmp_path / f"{number}.tar"
            )
            it.type("L")
            it.expect("Nothing is changed until you confirm.")
            it.type(f"{path}\r")
            it.expect(f"Loaded shop:{number} from")
        it.type("q")
        assert it.end() == 0
    names = {f"shop:{number}" for number in numbers}
    assert names <= {tag for image in layertui.json("images") for tag in image["tags"]}
    loads = [
        line
        for line in layertui.text("events", "--since", "1h", "--until", "0s").splitlines()
        if " image load " in line
    ]
    assert sum(any(name in line for line in loads) for name in names) == len(names)
