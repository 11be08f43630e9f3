"""A daemon's errors when a container is stopped or restarted."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from layertui.core.containers.model.container import State
from layertui.core.engines.daemon.containers.daemon_lifecycle import DaemonLifecycle
from layertui.core.errors import LayertuiError, WrongState
from scripted_daemon import ScriptedDaemon


@pytest.mark.parametrize(
    ("verb", "line"), [("stop", "no space left"), ("restart", "cannot start container one: no space left")]
)
def test_only_a_restart_that_fails_says_that_the_container_cannot_start(verb, line):
    daemon = ScriptedDaemon()
    daemon.answers("POST", verb, b'{"message": "no space left"}', status=500)
    options = SimpleNamespace(stop_timeout=None, remove=False)
    container = SimpleNamespace(id="a1", name="one", state=State.RUNNING, options=options)
    lifecycle = DaemonLifecycle(SimpleNamespace(client=daemon.client(), get=lambda _: container))
    with pytest.raises(LayertuiError) as error:
        getattr(lifecycle, verb)("one")
    assert str(error.value).endswith(line)
    assert ("cannot start" in str(error.value)) == (verb == "restart")


@pytest.mark.parametrize(("version", "is_refused"), [("4.3.1", True), ("5.4.2", False)])
def test_a_restart_that_would_remove_the_container_is_refused(version, is_refused):
    """Podman 4 removes one with `--rm` though it is started again: seen with 4.3.1."""
    daemon = ScriptedDaemon("podman")
    daemon.answers("POST", "restart")
    client = daemon.client()
    client._libpod = version
    options = SimpleNamespace(stop_timeout=None, remove=True)
    container = SimpleNamespace(id="a1", name="one", state=State.RUNNING, options=options)
    lifecycle = DaemonLifecycle(SimpleNamespace(client=client, get=lambda _: container))
    with pytest.raises(WrongState, match="this Podman removes it") if is_refused else nullcontext():
        lifecycle.restart("one")
    assert len(daemon.asked) == (not is_refused)
