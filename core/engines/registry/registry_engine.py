"""The engine of one registry, and the opener of names that begin with `docker://`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.engines.engine import Engine
from layertui.core.engines.registry.kept_blobs import KeptBlobs
from layertui.core.engines.registry.registry_client import RegistryClient
from layertui.core.engines.registry.registry_images import RegistryImages
from layertui.core.engines.registry.transfer.registry_sink import RegistrySink
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings


def registry_engine(
    host: str, settings: Settings, _catalog: Callable[[], Catalog], *, insecure: bool = False
) -> Engine:
    """The engine `registry:HOST`; nothing is connected to before it is asked for something. Raises UsageError for what is no host."""
    images = registry_images(host, settings, insecure=insecure)
    return Engine(f"registry:{host}", images, RegistrySink(images.client, settings.cache, settings.spool))


def registry_images(host: str, settings: Settings, *, insecure: bool = False) -> RegistryImages:
    """The images of a registry. Raises UsageError for what is no host."""
    if "/" in host or Reference.parse(f"{host}/x").registry != host:
        raise UsageError(
            tr("{host!r} is not the host of a registry; write HOST or HOST:PORT, with a dot or a port in it", host=host)
        )
    client = RegistryClient(host, settings.clients, insecure=insecure)
    return RegistryImages(client, KeptBlobs(settings.cache, settings.spool))


def open_registry(
    text: str, settings: Settings, platform: Platform | None, progress: Progress, *, insecure: bool = False
) -> Image:
    """The image that `docker://HOST/NAME[:TAG][@DIGEST]` means; `text` is what follows `docker:`.

    Raises UsageError, NotFound, Ambiguous, Damaged, Unauthorized, Unreachable; see Images.
    """
    name = Reference.parse(text.removeprefix("//"))
    return registry_images(name.registry, settings, insecure=insecure).open(name.canonical, platform, progress)
