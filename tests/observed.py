"""Observations of a container: the changes in its layer, its output, its events."""

import select
import sys
import time

import pytest

from layertui.core.engines.daemon.files.daemon_files import DaemonFiles

PATIENCE = 60


def changed(containers, name):
    """In tree order: a daemon's lines come in its own. Without `C /etc` for Podman's mount points in it, which it does not list."""
    lines = containers.files.diff(name)
    if isinstance(containers.files, DaemonFiles):
        in_etc = any(line.path.startswith("/etc/") for line in lines)
        lines = [line for line in lines if in_etc or line.path != "/etc"]
        lines.sort(key=lambda line: line.path.split("/"))
    return [(line.kind, line.path) for line in lines]


def wait_for(containers, name, text):
    """It has said this."""
    for _ in range(200):
        if any(text in line.text for line in containers.output.logs(name)):
            return
        time.sleep(0.05)
    pytest.fail(f"it never said {text!r}")


def happened(engine, container_id=None):
    return [
        (event.action, dict(event.attributes))
        for event in engine.events.events(past=True, follow=False)
        if container_id in (None, event.id)
    ]


def actions_with(engine, container_id, action):
    """The actions, once this one is among them; a shim writes its event a moment later."""
    for _ in range(200):
        found = [name for name, _ in happened(engine, container_id)]
        if action in found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{action} was never recorded")


def read(session, until=None):
    """What comes, by stream: to the end, or until a text has come; what came behind it is for the next time."""
    found = {"stdout": vars(session).pop("rest", b""), "stderr": b""}
    deadline = time.monotonic() + PATIENCE
    while not session.ended and (until is None or until not in found["stdout"]):
        assert time.monotonic() < deadline, f"waited for {until!r}, got {found}"
        poll = select.poll()
        poll.register(session, select.POLLIN | (select.POLLOUT if session.behind else 0))
        poll.poll(1000)
        for stream, content in session.receive():
            found[stream] += content
        session.flush()
    assert until is None or until in found["stdout"], f"ended before {until!r} came: {found}"
    if until is not None:
        found["stdout"], until, session.rest = found["stdout"].partition(until)
        found["stdout"] += until
    return found


def code_of(session, typed=None):
    """The exit code of what `exec` has added; what it writes comes out of our own stdout and stderr."""
    with session:
        if typed is not None:
            session.type(typed)
            session.end_input()
        for stream, content in read(session).items():
            getattr(sys, stream).write(content.decode())
        return session.code
