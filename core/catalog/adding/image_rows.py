"""A row of the table `images`: one name, and the image that it means since then; or that it means none any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.catalog.storage.stored_text import stored
from layertui.core.images.history_steps import steps
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from datetime import datetime

    from layertui.core.catalog.adding.found_images import CatalogedImage, FoundImage


def image_row(found: FoundImage, opened: CatalogedImage, source: str, at: datetime) -> dict[str, Any]:
    """The row of an image, seen at a time."""
    image = opened.subject.image
    config = image.config
    platform = image.platform
    history = strict_json.dumps([entry.to_json() for entry in config.history])
    return {
        "image": stored(opened.image),
        "seen": at,
        "source": stored(source),
        "repository": stored(found.repository),
        "tag": stored(found.tag),
        "head": stored(found.head),
        # One without a manifest where it is kept is told from others by its ID.
        "digest": str(image.id if image.manifest_is_made else image.digest),
        "id": str(image.id),
        "os": stored(platform.os),
        "architecture": stored(platform.architecture),
        "variant": stored(platform.variant),
        "created": stored(config.created or ""),
        "chain_id": str(image.chain_ids[-1]) if image.chain_ids else "",
        "stored_size": image.stored_size,
        "labels": [(stored(key), stored(value)) for key, value in config.config.labels.items()],
        "steps": [stored(step.command) for step in steps(image) if step.layer is not None],
        "config": stored(image.config_bytes.decode("utf-8", "surrogateescape")),
        "history": stored(history.decode("utf-8", "surrogateescape")),
    }


def gone_row(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The row that says that a name of a source is there no more."""
    kept = ("image", "source", "repository", "tag", "os", "architecture", "variant")
    return {key: row[key] for key in kept} | {"seen": at, "head": "", "digest": None}
