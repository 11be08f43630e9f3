"""An image that Docker or Podman has and we have not: the error says how to get it, and that works."""

import re

import pytest

from builders import docker_archive
from containing import box


@pytest.mark.slow
@pytest.mark.parametrize(("peer", "variable"), [("docker", "DOCKER_HOST"), ("podman", "CONTAINER_HOST")])
def test_the_advice_brings_it(peer, variable, request, layertui, tmp_path, monkeypatch):
    daemon = request.getfixturevalue(peer)
    path = docker_archive(box().tagged("example.com/theirs:1"), tmp_path / "box.tar")
    daemon.run("load", "-i", path)

    def refused(name):
        with monkeypatch.context() as ours:  # podman itself would read the variable, too
            ours.setenv(variable, f"unix://{daemon.socket}")
            return layertui.run("history", name, check=False).stderr.decode()

    try:
        said = refused("example.com/theirs:1")
        advice = re.search(f"`{peer} (save [^`]*) \\| layertui (load)`", said)
        assert advice, said
        layertui.run(advice[2], stdin=daemon.run(*advice[1].split()).stdout)
        layertui.run("history", "example.com/theirs:1")
        assert "save" not in refused("example.com/nobodys:1")
    finally:
        daemon.run("rmi", "example.com/theirs:1", check=False)
