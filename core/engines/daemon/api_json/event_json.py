"""A daemon's events as Events: Docker's words, also where Podman has others."""

from __future__ import annotations

from datetime import UTC, datetime

from layertui.core.engines.daemon.api_json.json_values import Object, inner, number, pairs, text
from layertui.core.storage.event_journal import Event

_ACTIONS = {"remove": "destroy", "died": "die", "exec_died": "exec_die", "restart": "restart"}
"""Podman's words for containers, and docker's."""
_PODMANS_OWN = ("init", "cleanup", "sync")
"""Steps on the way to others, which Docker has no event for."""


def event_of(found: Object) -> Event | None:
    """One object of `GET /events`; None for what has no meaning in Docker's terms."""
    actor = inner(found, "Actor")
    kind, action = text(found, "Type"), text(found, "Action") or text(found, "status")
    attributes = pairs(actor, "Attributes")
    if kind == "container":
        if action in _PODMANS_OWN:
            return None
        action = _ACTIONS.get(action, action)
        code = attributes.pop("containerExitCode", None)
        if code is not None and action in ("die", "exec_die"):
            attributes.setdefault("exitCode", code)
        if not attributes.get("podId", "x"):
            del attributes["podId"]
    if "oldName" in attributes:
        attributes["oldName"] = attributes["oldName"].removeprefix("/")
    time = _time(number(found, "timeNano") or number(found, "time") * 10**9)
    identity = text(actor, "ID") or text(found, "id")
    return Event(time, kind, action.strip(), identity, attributes) if kind and action and time else None


def _time(nanoseconds: int) -> str | None:
    seconds, rest = divmod(nanoseconds, 10**9)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
