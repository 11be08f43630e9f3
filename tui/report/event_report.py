"""Events as JSON objects and as docker prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from layertui.core.storage.event_journal import Event


def event_object(event: Event) -> dict[str, Any]:
    """One event of `events --json`."""
    return {
        "time": event.time,
        "type": event.type,
        "action": event.action,
        "id": event.id,
        "attributes": dict(event.attributes),
    }


def event_line(event: Event) -> str:
    """`TIME container die ID (exitCode=0, image=demo:1.0, name=web)`."""
    attributes = ", ".join(f"{name}={value}" for name, value in event.attributes.items())
    return safe(f"{event.time} {event.type} {event.action} {event.id} ({attributes})")
