"""Usage: what one kind of thing takes in an engine's store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Usage:
    """A row of `df`. Sizes are bytes on disk."""

    what: Literal["images", "containers", "volumes", "unpacked", "cache"]
    count: int
    active: int
    """How many are used by a running container; of images, by any container."""
    size: int
    reclaimable: int
    not_counted: tuple[str, ...] = ()
    """A line for each that is nested too deeply to be measured."""
