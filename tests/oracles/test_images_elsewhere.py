"""An image that Docker or Podman has and we have not: the error says how to open it, and that works."""

import re

import pytest

from builders import docker_archive
from containing import box

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("peer", "variable"), [("docker", "DOCKER_HOST"), ("podman", "CONTAINER_HOST")])
def test_the_advice_opens_it(peer, variable, request, layertui, tmp_path, monkeypatch):
    daemon = request.getfixturevalue(peer)
    path = docker_archive(box().tagged("example.com/theirs:1"), tmp_path / "box.tar")
    daemon.run("load", "-i", path)

    def history(name, *, check=True):
        with monkeypatch.context() as ours:  # podman itself would read the variable, too
            ours.setenv(variable, f"unix://{daemon.socket}")
            return layertui.run("history", name, check=check)

    try:
        said = history("example.com/theirs:1", check=False).stderr.decode()
        advice = re.search(rf"but {peer} has it: (\S+) opens it", said)
        assert advice, said
        assert history(advice[1]).stdout
        assert "has it" not in history("example.com/nobodys:1", check=False).stderr.decode()
    finally:
        daemon.run("rmi", "example.com/theirs:1", check=False)
