"""Engine: a source of images, and of containers where it has them.

The parts of an engine are small protocols: `image_protocols.py` (images read and taken in), `container_protocols.py` (containers and
what is done with them), `file_protocols.py` (the files of a container) and `store_protocols.py` (events, volumes, upkeep). What an
engine cannot do is a part that is None, so that screens and commands offer nothing that would only raise an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.engines.container_protocols import Containers
    from layertui.core.engines.image_protocols import Images, ImageSink, RegistryTransfer
    from layertui.core.engines.store_protocols import Events, NamedVolumes, Upkeep


EngineKind = Literal["embedded", "docker", "podman", "containerd", "registry", "catalog", "other"]


@dataclass(frozen=True, slots=True)
class About:
    """What kind of engine it is, where, and in which version."""

    kind: EngineKind
    address: str
    """The folder of a store, or an address as `DOCKER_HOST` spells it."""
    version: Callable[[], str]
    """Asks the engine. Raises Unreachable where it does not answer."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A source of images. A part that it does not have is None."""

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
    about: About | None = None
    transfer: RegistryTransfer | None = None
    """Where it fetches images from registries by itself."""
