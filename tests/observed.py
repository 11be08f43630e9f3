"""What is seen of a container: what its layer changed, what it has said, what was told of it."""

import time

import pytest


def changed(containers, name):
    return [(line.kind, line.path) for line in containers.diff(name)]


def wait_for(containers, name, text):
    """It has said this."""
    for _ in range(200):
        if any(text in line.text for line in containers.logs(name)):
            return
        time.sleep(0.05)
    pytest.fail(f"it never said {text!r}")


def happened(engine, container_id=None):
    return [
        (event.action, dict(event.attributes))
        for event in engine.events.events(past=True, follow=False)
        if container_id in (None, event.id)
    ]


def told(engine, container_id, action):
    """The actions, once this one is among them; a shim tells a moment later."""
    for _ in range(200):
        found = [name for name, _ in happened(engine, container_id)]
        if action in found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{action} was never told")
