"""A daemon's errors when a container is stopped or restarted."""

from types import SimpleNamespace

import pytest

from layertui.core.containers.model.container import State
from layertui.core.engines.daemon.containers.daemon_lifecycle import DaemonLifecycle
from layertui.core.errors import LayertuiError
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
