"""RegistrySink: a registry as an ImageSink: images pushed, tagged and deleted in it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from layertui.core.engines.image_values import Put, Removed
from layertui.core.engines.registry.transfer.compressed_push import CompressedPush, layers_to_compress
from layertui.core.engines.registry.transfer.registry_downloads import RegistryDownloads
from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository
from layertui.core.engines.registry.transfer.sent_layers import SentLayers
from layertui.core.errors import Conflict, LayertuiError, NotFound, UsageError
from layertui.core.images.blob_tree import read_tree
from layertui.core.images.image import read_blob
from layertui.core.language.texts import tr
from layertui.core.oci.manifest import Manifest, parse
from layertui.core.oci.reference import DEFAULT_TAG, Reference
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress


class RegistrySink:
    """See ImageSink in `image_protocols.py`. An image here always has a name: without one it could not be found."""

    def __init__(self, client: RegistryClient, cache: Path | None = None, spool: Path | None = None) -> None:
        """`cache` keeps what was sent as which blob, `spool` takes layers while they are compressed."""
        self._client, self._sent, self._spool = client, SentLayers(cache), spool

    def put(
        self, image: Image, names: Sequence[Reference], progress: Progress, *, clobber: bool = True, event: str = "load"
    ) -> Put:
        if not names:
            raise UsageError(
                tr(
                    "an image in a registry has a name; write docker://{registry}/NAME[:TAG]",
                    registry=self._client.registry,
                )
            )
        places = [self._place(name) for name in names]
        moved = [(name, was) for name in places if (was := self._tagged(name, image, progress)) is not None]
        if moved and not clobber:
            name, was = moved[0]
            raise Conflict(
                tr(
                    "{name} is image {short} already; it would move to {short2}",
                    name=name,
                    short=was.short,
                    short2=image.id.short,
                )
            )
        plain = layers_to_compress(image)
        own = [one.repository for one in image.names if one.registry == self._client.registry]
        for name in places:
            others = [one for one in dict.fromkeys(own) if one != name.repository]
            repository = RegistryRepository(self._client, name.repository)
            if plain:
                tags = [name.tag] if name.tag is not None else []
                CompressedPush(repository, self._sent, self._spool).send(image, plain, tags, others, progress)
            else:
                tags = [name.tag or image.digest]
                tree = partial(read_tree, image.blobs, image.descriptor)
                repository.send(image.descriptor, tree, tags, others, progress)
            own.append(name.repository)
        return Put(image.named(*places), tuple(moved))

    def tag(self, name: str, new: Reference) -> None:
        source, place, progress = self._parse(name), self._place(new), quiet()
        downloads = RegistryDownloads(self._client, source.repository, progress)
        root = downloads.root(_tag_of(source))
        tags = [place.tag or DEFAULT_TAG]
        repository = RegistryRepository(self._client, place.repository)
        repository.send(root, lambda: read_tree(downloads, root), tags, [source.repository], progress)

    def remove(self, name: str, *, force: bool = False) -> Removed:
        place, progress = self._parse(name), quiet()
        repository = RegistryRepository(self._client, place.repository)
        if place.digest is not None:
            repository.delete(place.digest, progress)
            return Removed((), (place.digest,))
        gone = repository.untag(place.tag or DEFAULT_TAG, progress, force=force)
        return Removed((place,), () if gone is None else (gone,))

    def _tagged(self, name: Reference, image: Image, progress: Progress) -> Digest | None:
        """The ID of another image that has a name until now."""
        if name.tag is None:
            return None
        found = RegistryRepository(self._client, name.repository).head(name.tag, progress)
        if found is None or found.digest == image.digest:
            return None
        was = self._id(name.repository, found, progress)
        return None if was == image.id else was

    def _id(self, repository: str, found: Descriptor, progress: Progress) -> Digest:
        """The ID of the image with a manifest; of an index, or of what cannot be read, its own digest."""
        with suppress(LayertuiError):
            downloads = RegistryDownloads(self._client, repository, progress)
            parsed = parse(read_blob(downloads, found, tr("the manifest")))
            if isinstance(parsed, Manifest):
                return parsed.config.digest
        return found.digest

    def _parse(self, text: str) -> Reference:
        """A name in this registry; its host may be left out."""
        name = Reference.parse(text)
        return name if name.registry == self._client.registry else Reference.parse(f"{self._client.registry}/{text}")

    def _place(self, name: Reference) -> Reference:
        if name.registry != self._client.registry:
            raise NotFound(
                tr(
                    "{name} is a name in {registry}, and this is registry {registry2}",
                    name=name,
                    registry=name.registry,
                    registry2=self._client.registry,
                )
            )
        return name


def _tag_of(name: Reference) -> str:
    return name.digest or name.tag or DEFAULT_TAG
