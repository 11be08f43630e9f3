"""ImageOrigin: an image that is to be carried elsewhere, or all platforms of one, before any of its layers is read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from layertui.core.errors import Ambiguous, Damaged, LimitExceeded, NotAnImage, NotFound, Unauthorized, UsageError
from layertui.core.images.blob_tree import BlobTree, read_tree
from layertui.core.images.image import Downloads, read_image
from layertui.core.images.image_index import choose
from layertui.core.language.texts import tr
from layertui.core.oci.media_types import is_index
from layertui.core.oci.reference import DEFAULT_TAG, Reference

if TYPE_CHECKING:
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.images.image import BlobSource, Image
    from layertui.core.inspector.names.name_opener import NameOpener
    from layertui.core.oci.descriptor import Descriptor, Platform
    from layertui.core.progress import Progress


@dataclass(frozen=True)
class ImageOrigin:
    """What a name has led to."""

    title: str
    root: Descriptor
    """A manifest; an index if all platforms are wanted."""
    blobs: BlobSource
    names: tuple[Reference, ...]
    opened: Image | None = None
    """The image, where it is open already."""

    @cached_property
    def image(self) -> Image:
        """The one image. UsageError for an index, of which one platform would have to be chosen."""
        if self.opened is not None:
            return self.opened
        if is_index(self.root.media_type):
            raise UsageError(
                tr(
                    "{title} has images for several platforms, of which only one can be kept there; leave --all out",
                    title=self.title,
                )
            )
        return read_image(self.blobs, self.root, self.names)

    def tree(self) -> BlobTree:
        """All manifests and blobs."""
        return read_tree(self.blobs, self.root)


def local_origin(opener: NameOpener, name: str, platform: Platform | None, progress: Progress) -> ImageOrigin:
    """An image in an engine or an archive. UsageError for a container, or for some of the layers of an image."""
    subject = opener.subject(name, platform, progress)
    if subject.container is not None:
        raise UsageError(tr("{name}: a container is committed first; an image can be carried elsewhere", name=name))
    if subject.span or subject.upto:
        raise UsageError(tr("{name}: whole images are carried, not some of their layers", name=name))
    image = subject.image
    return ImageOrigin(name, image.descriptor, image.blobs, image.names, image)


def pulled_origin(client: RegistryClient, image: Image, progress: Progress) -> ImageOrigin | None:
    """The same image as the registry has it already, by a digest with which a daemon says that it came from there; None if it does not.

    Its manifest names compressed layers, which a daemon has no more. Raises Unreachable.
    """
    for text in image.stated_digests or ():
        name = Reference.parse(text)
        if name.registry != client.registry or name.digest is None:
            continue
        with suppress(NotFound, Unauthorized, Damaged, Ambiguous, LimitExceeded):
            origin = registry_origin(client, name, image.platform, progress, every_platform=False)
            if origin.image.id == image.id:
                return replace(origin, names=(name,))
    return None


def registry_origin(
    client: RegistryClient, name: Reference, platform: Platform | None, progress: Progress, *, every_platform: bool
) -> ImageOrigin:
    """An image in a registry, of several platforms the one wanted or this machine's, or all with `every_platform`.

    Only its manifest is read, if at all. Raises NotFound, Ambiguous where no platform is this machine's, and NotAnImage.
    """
    from layertui.core.engines.registry.transfer.registry_downloads import RegistryDownloads

    downloads = RegistryDownloads(client, name.repository, progress)
    root = downloads.root(name.digest or name.tag or DEFAULT_TAG)
    if is_index(root.media_type) and not every_platform:
        chosen = choose(downloads, lambda _: True, root, platform, title=str(name))
        if chosen is None:
            raise NotAnImage(tr("{name} is an index without an image", name=name))
        root = chosen
    names = (name.with_tag(name.tag),) if name.tag is not None else ()
    origin = ImageOrigin(str(name), root, Downloads(downloads), names)
    if platform is not None and not is_index(root.media_type) and not origin.image.platform.fits(platform):
        raise NotFound(
            tr(
                "{name} is for {platform}; there is none for {platform2}",
                name=name,
                platform=origin.image.platform,
                platform2=platform,
            )
        )
    return origin
