"""Packages as JSON objects and as text: what each layer brought, and which package owns a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import counted, tr
from layertui.tui.common.format import count_text, safe, size

if TYPE_CHECKING:
    from layertui.core.analysis.packages.find_packages import FileOwner, LayerPackages, PackagesFound


def package_objects(found: PackagesFound) -> list[dict[str, Any]]:
    """The packages that show, for `analyze --json`, by the layer that brought them, then by type and name."""
    return [
        {
            "type": one.package.kind,
            "name": one.package.name,
            "version": one.package.version,
            "layer": one.layer,
            "size": one.size,
        }
        for one in found.shown
    ]


def brought_text(brought: LayerPackages) -> str:
    """`214 packages, 312MB; 3 of them are hidden again (1 removed, 2 replaced by another version)`."""
    text = f"{counted(brought.count, 'package')}, {size(brought.size)}"
    if not brought.hidden:
        return text
    removed = brought.hidden - brought.replaced
    how = [tr("{removed} removed", removed=count_text(removed))] if removed else []
    how += (
        [tr("{replaced} replaced by another version", replaced=count_text(brought.replaced))]
        if brought.replaced
        else []
    )
    verb = "is" if brought.hidden == 1 else "are"
    return tr(
        "{text}; {hidden} of them {verb} hidden again ({how})",
        text=text,
        hidden=count_text(brought.hidden),
        verb=verb,
        how=", ".join(how),
    )


def owner_text(owner: FileOwner) -> str:
    """The package that owns a file; empty if none does."""
    if owner.package is None:
        return ""
    return tr("{title}, from layer {layer}", title=safe(owner.package.package.title), layer=owner.package.layer)
