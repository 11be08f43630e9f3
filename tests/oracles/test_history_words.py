"""The words of a history that docker has built: read as the Dockerfile's own."""

import json
import os
import subprocess

import pytest

from layertui.core.images.history_steps import command

pytestmark = pytest.mark.slow

LINES = [
    "HEALTHCHECK NONE",
    "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
    'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2h0m0s --retries=3 CMD ["curl", "x y"]',
    "HEALTHCHECK --retries=10 CMD echo \"a\\tb\" '$HOME' | grep 'é ☺'",
    "HEALTHCHECK --retries=39 CMD x",
    "HEALTHCHECK --retries=92 CMD x",
    "HEALTHCHECK --retries=300 CMD x",
]


def test_healthchecks(docker, tmp_path):
    (tmp_path / "Dockerfile").write_text("\n".join(["FROM scratch", "LABEL a=b", *LINES]) + "\n")
    subprocess.run(
        [*docker.client.argv, "build", "-q", "-t", "checked:1", tmp_path],
        env={**os.environ, **docker.client.env, "DOCKER_BUILDKIT": "0"}, check=True, capture_output=True,
    )  # fmt: skip
    told = docker.run("history", "--no-trunc", "--format", "{{json .CreatedBy}}", "checked:1").stdout
    written = [json.loads(line) for line in told.splitlines()][::-1][1:]
    assert [command(text) for text in written] == LINES
