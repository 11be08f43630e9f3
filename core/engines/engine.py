"""Engine: one place that keeps images, and containers where it has them.

The parts of an engine are small protocols: `image_protocols.py` (images read and taken in), `container_protocols.py` (containers and
what is done with them), `file_protocols.py` (the files of a container) and `store_protocols.py` (events, volumes, upkeep). What an
engine cannot do is a part that is None, so that a face offers nothing that would only raise an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.engines.container_protocols import Containers
    from layertui.core.engines.image_protocols import Images, ImageSink
    from layertui.core.engines.store_protocols import Events, NamedVolumes, Upkeep


@dataclass(frozen=True, slots=True)
class Engine:
    """A place that keeps images. A part that it does not have is None."""

    name: str
    """By which `--engine NAME` chooses it, and `NAME:IMAGE` names an image in it."""
    images: Images
    sink: ImageSink | None = None
    containers: Containers | None = None
    events: Events | None = None
    upkeep: Upkeep | None = None
    volumes: NamedVolumes | None = None
    read_only: str | None = None
    """Why nothing may be changed in it, as an error line; None where that is allowed."""
