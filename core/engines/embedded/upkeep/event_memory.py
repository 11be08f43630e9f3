"""What the events of a store remember that the store itself may have lost: names of images, and IDs of containers."""

from __future__ import annotations

from layertui.core.errors import LayertuiError
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference
from layertui.core.storage.event_journal import EventJournal

_TAKEN = ("untag", "delete")


def last_names(events: EventJournal) -> dict[Reference, Digest]:
    """Each name with the ID of the image that was the last to get it, and has not lost it since; as far as events go back."""
    names: dict[Reference, Digest] = {}
    for event in events.events(past=True, follow=False):
        if event.type == "image" and "name" in event.attributes:
            try:
                name, image_id = Reference.parse(event.attributes["name"]), Digest(event.id)
            except LayertuiError:
                continue
            if event.attributes["name"] != event.id:
                names.pop(name, None)
                if event.action not in _TAKEN:
                    names[name] = image_id
    return names


def container_ids(events: EventJournal) -> set[str]:
    """The ID of every container in the events."""
    return {event.id for event in events.events(past=True, follow=False) if event.type == "container"}
