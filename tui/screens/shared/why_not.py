"""Why a key does nothing here: what its action needs, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

if TYPE_CHECKING:
    from textual.screen import Screen

NEEDS: Mapping[str, str] = {
    "create": "needs an image: L loads or imports one",
    "start": "needs a container that is not running, and a runtime (layertui engines -v): c on an image creates one",
    "stop": "needs a running container",
    "shell": "needs a container: c on an image creates one",
    "attach": "needs a running container with a terminal (-t)",
    "pause": "needs a running container",
    "unpause": "needs a paused container",
    "restart": "needs a running container",
    "kill": "needs a running container",
    "rename": "needs a container in Containers",
    "write": "needs a container, or an image to create one of",
    "take_out": "needs an image, a container or a file",
    "lookup": "needs an open image or container",
    "compare": "needs an image or a container",
    "history": "needs an open image or container",
    "delete": "needs an image, a container, or a file of a container",
    "tag": "needs an image in Images",
    "alone": "needs the layers of an open image: it works in Layers and Files",
    "merged": "needs the layers of an open image: it works in Layers and Files",
    "only_changes": "works in Layers and Files",
    "everything": "works in Layers and Files",
    "removed": "works in Layers and Files",
    "new_folder": "needs a container",
    "rename_path": "needs a file of a container in Files",
    "attributes": "needs a file of a container in Files",
    "find": "needs a list with rows in it",
    "next_match": "needs a list with rows in it",
    "copy": "needs a row to copy from",
    "copy_more": "needs a row to copy from",
    "restore": "needs an import beside the image or container it was exported from",
}
"""For each action that is not always possible what it needs."""


def why_not(screen: Screen[Any], key: str) -> str:
    """One line for a key of the screen that can do nothing now; empty for one that can, and for one that the screen has not."""
    active = screen.active_bindings.get(key)
    if active is not None and active.enabled:
        return ""
    reasons: dict[str, str] = {}
    for base in type(screen).__mro__:
        for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
            action = binding.action.partition("(")[0]
            if binding.key == key and action in NEEDS:
                reasons.setdefault(NEEDS[action], binding.description)
    return "; ".join(f"{name} {need}" for need, name in reasons.items())
