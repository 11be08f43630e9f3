"""What a copy, a pull or a push would send: layers and bytes, and how much of it the destination lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertui.core.engines.image_protocols import BlobLookup
from layertui.core.errors import Unauthorized, Unreachable
from layertui.core.inspector.images.image_destination import sink_of
from layertui.core.inspector.images.image_origin import local_origin, pulled_origin, registry_origin
from layertui.core.inspector.names.destination import read_destination
from layertui.core.oci.reference import Reference
from layertui.core.progress import quiet
from layertui.core.streams.parallel import parallel_map

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from layertui.core.engines.discover import Engines
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.engines.registry.transfer.compressed_push import CompressedPush
    from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository
    from layertui.core.images.image import Image
    from layertui.core.inspector.names.name_opener import NameOpener
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.progress import Progress

    Has = Callable[[Descriptor, Progress], bool]
    """Whether a destination has a blob."""

REGISTRY = "docker://"
_AT_ONCE = 6  # requests


class TransferEstimate(NamedTuple):
    """Layers, each of which counts once, and their bytes as the source gives them."""

    layers: int
    size: int
    missing_layers: int | None = None
    """How many of them the destination lacks; None if it cannot be asked."""
    missing_size: int | None = None
    why_not: str = ""
    """Why it could not be asked, if it failed."""
    is_before_compression: bool = False
    """Whether what is sent is compressed first: how many bytes that makes is not known before."""


class TransferEstimates:
    """Estimates for what ImageTransfers does. They read manifests and configs, and ask for blobs; nothing is sent.

    Each raises what the transfer itself raises for a source that cannot be opened, or a destination that is none.
    """

    def __init__(
        self,
        engines: Engines,
        default: str,
        opener: Callable[[], NameOpener],
        client: Callable[[str], AbstractContextManager[RegistryClient]],
        compressed_push: Callable[[RegistryRepository], CompressedPush],
    ) -> None:
        """`default` is the engine in which bare names are looked up; `client` connects to a registry."""
        self._engines, self._default, self._opener, self._client = engines, default, opener, client
        self._compressed_push = compressed_push

    def pull(self, ref: str, progress: Progress | None = None) -> TransferEstimate:
        """What `pull` would fetch; a daemon that fetches by itself is not asked what it has."""
        engine = self._engines.named(self._default)
        return self._of(REGISTRY + ref.removeprefix(REGISTRY), _lookup(engine), progress or quiet())

    def push(self, name: str, ref: str | None = None, progress: Progress | None = None) -> TransferEstimate:
        """What `push` would send; a daemon that pushes by itself compresses layers again, and knows by itself which are there."""
        if ref is None and self._engines.named(self._default).transfer is not None:
            return self._of(name, None, progress or quiet())
        return self._to_registry(name, Reference.parse((ref or name).removeprefix(REGISTRY)), progress or quiet())

    def copy(self, source: str, destination: str, progress: Progress | None = None) -> TransferEstimate:
        """What `copy` would send; a daemon or a file as destination is not asked what it has."""
        place = read_destination(destination, self._default, self._engines.names)
        if place.kind == "registry" and place.name is not None:
            return self._to_registry(source, place.name, progress or quiet())
        has = _lookup(self._engines.named(place.engine)) if place.kind == "engine" else None
        return self._of(source, has, progress or quiet())

    def _to_registry(self, source: str, place: Reference, progress: Progress) -> TransferEstimate:
        from layertui.core.engines.registry.transfer.compressed_push import layers_to_compress
        from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository

        with self._client(place.registry) as client:
            repository = RegistryRepository(client, place.repository)
            if source.startswith(REGISTRY):
                return self._of(source, repository.has_blob, progress)
            image = local_origin(self._opener(), source, None, progress).image
            plain = {layer.digest: layer for layer in layers_to_compress(image)}
            if not plain:
                return transfer_estimate(image, repository.has_blob, progress)
            if (pulled := pulled_origin(client, image, progress)) is not None:
                return transfer_estimate(pulled.image, repository.has_blob, progress)
            push = self._compressed_push(repository)

            def has(blob: Descriptor, shared: Progress) -> bool:
                layer = plain.get(blob.digest)
                return repository.has_blob(blob, shared) if layer is None else push.has(layer, shared)

            return transfer_estimate(image, has, progress)._replace(is_before_compression=True)

    def _of(self, source: str, has: Has | None, progress: Progress) -> TransferEstimate:
        if not source.startswith(REGISTRY):
            return transfer_estimate(local_origin(self._opener(), source, None, progress).image, has, progress)
        name = Reference.parse(source.removeprefix(REGISTRY))
        with self._client(name.registry) as client:
            origin = registry_origin(client, name, None, progress, every_platform=False)
            return transfer_estimate(origin.image, has, progress)


def _lookup(engine: Engine) -> Has | None:
    """How an engine is asked for blobs; None if it cannot be, as a daemon cannot. Raises what `sink_of` raises."""
    sink = sink_of(engine)
    return (lambda blob, _: sink.has_blob(blob)) if isinstance(sink, BlobLookup) else None


def transfer_estimate(image: Image, has: Has | None, progress: Progress) -> TransferEstimate:
    """Ask for each layer of an image whether it is there."""
    layers = list({layer.digest: layer for layer in image.manifest.layers}.values())
    size = sum(layer.size for layer in layers)
    if has is None:
        return TransferEstimate(len(layers), size)
    try:
        there = parallel_map(has, layers, progress, "estimate", at_once=_AT_ONCE)
    except (Unreachable, Unauthorized) as error:
        return TransferEstimate(len(layers), size, why_not=str(error))
    missing = [layer.size for layer, is_there in zip(layers, there, strict=True) if not is_there]
    return TransferEstimate(len(layers), size, len(missing), sum(missing))
