"""Acts of dialogs that can be taken back where the engine can: paths removed and renamed in a writable layer, names of images.

Each has the call for the dialog's job, and the offer of what it answers. In another engine, or where the way back would not be
exact, the call does the same and offers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.engines.file_protocols import ReversibleLayer
from layertui.core.errors import LayertuiError
from layertui.tui.common.format import safe
from layertui.tui.screens.shared.undo import MAY_UNDO, UndoOffer

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.images.name_changes import NameChange


def no_way_back(inspector: Inspector, container: str, path: str, *, moved: bool = False) -> str:
    """Why a removal or a rename could not be taken back, in a few words; empty if it could."""
    try:
        own = inspector.containers.files.own_layer(container)
        if isinstance(own, ReversibleLayer):
            return own.no_way_back(path, moved=moved)
    except LayertuiError:
        return "the layer cannot be changed"  # the act itself will say why
    return "the engine keeps nothing of what is removed"


def said(why_not: str | None) -> str:
    """The line of a confirmation: whether the act can be undone; empty while that is not known."""
    if why_not is None:
        return ""
    return MAY_UNDO if not why_not else f"This cannot be undone: {why_not}."


def remove_path(inspector: Inspector, container: str, path: str, *, recursive: bool) -> WayBack | None:
    """Remove a path from a container's files."""
    own = inspector.containers.files.own_layer(container)
    if isinstance(own, ReversibleLayer):
        return own.unlink_reversibly(path, recursive=recursive)
    own.unlink(path, recursive=recursive)
    return None


def rename_path(inspector: Inspector, container: str, path: str, new: str) -> WayBack | None:
    """Move a path of a container to another one."""
    own = inspector.containers.files.own_layer(container)
    if isinstance(own, ReversibleLayer):
        return own.rename_reversibly(path, new)
    own.rename(path, new)
    return None


def offer_path(way: WayBack, container: str, path: str, engine: str) -> UndoOffer:
    """The offer to take back what was done to a path."""

    def take(inspector: Inspector) -> None:
        own = inspector.containers.files.own_layer(
            way.container
        )  # by its ID: the name may be another container's by then
        assert isinstance(own, ReversibleLayer)
        own.take_back(way)

    return UndoOffer(f"Put {safe(path)} back in {safe(container)}", take, way.drop, engine=engine)


def offer_name(change: NameChange, engine: str) -> UndoOffer:
    """The offer to put a name back where it was."""
    return UndoOffer(
        f"Put the name {change.name.familiar} back where it was",
        lambda inspector: inspector.images.take_back(change),
        engine=engine,
    )
