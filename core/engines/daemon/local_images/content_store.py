"""Opens an image from containerd's content store, where Docker Engine with the containerd image store keeps manifests, configs and layers.

Its `blobs/` folder is that of an OCI layout; what goes by which name is in containerd's database, which is not read: Docker says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import Damaged, LayertuiError, NotFound, StorageError
from layertui.core.images.archive.archive_members import FolderMembers
from layertui.core.images.archive.layout_archive import LayoutBlobs, blob_path
from layertui.core.images.image import Image, read_blob, read_image
from layertui.core.images.image_index import choose
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.manifest import Manifest, parse
from layertui.core.oci.media_types import is_index

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference

STORE = "io.containerd.content.v1.content"


class ContentStore:
    """One content store, which we may read."""

    def __init__(self, folder: Path) -> None:
        """Raises StorageError where it may not be read."""
        self._members = FolderMembers(folder)
        self._blobs = LayoutBlobs(self._members)

    @classmethod
    def of(cls, root: Path) -> ContentStore | None:
        """The one of the Docker Engine with this data folder: in it, or containerd's own; None where neither can be read."""
        for folder in (root / "containerd/daemon" / STORE, root.parent / "containerd" / STORE):
            try:
                return cls(folder)
            except StorageError:
                continue
        return None

    def has(self, blob: Descriptor) -> bool:
        """Whether a blob is here, whole."""
        return self._blobs.has(blob)

    def image(self, target: Digest, names: tuple[Reference, ...], platform: Platform | None) -> Image | None:
        """The image whose manifest or index this is, for a platform or for this machine's; None where it is not here.

        Raises NotFound and Ambiguous as `image_index.choose`, Damaged for documents that are.
        """
        entry = self._entry(target)
        if entry is None:
            return None
        # A manifest alone does not name its platform; its config does.
        title = str(names[0]) if names else ""
        wanted = platform if is_index(entry.media_type) else None
        chosen = choose(self._blobs, self._blobs.has, entry, wanted, title=title)
        if chosen is None:
            raise NotFound(tr("{short} is no image", short=target.short))
        image = read_image(self._blobs, chosen, names)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(
                tr(
                    "{short} is for {platform}; there is none for {platform2}",
                    short=title or target.short,
                    platform=image.platform,
                    platform2=platform,
                )
            )
        return image

    def config_digest(self, target: Digest) -> Digest | None:
        """The digest of the config behind a manifest, or behind an index as `image` chooses; None where that cannot be found."""
        try:
            entry = self._entry(target)
            chosen = choose(self._blobs, self._blobs.has, entry, None) if entry is not None else None
            if chosen is None:
                return None
            return Manifest.from_bytes(read_blob(self._blobs, chosen, tr("the manifest"))).config.digest
        except LayertuiError:
            return None

    def _entry(self, target: Digest) -> Descriptor | None:
        """A descriptor of a document of which only the digest is known."""
        try:
            size = self._members.size(blob_path(target))
        except (Damaged, StorageError):
            return None
        if size is None:
            return None
        unknown = Descriptor("", target, size)
        return Descriptor(parse(read_blob(self._blobs, unknown, tr("the manifest"))).media_type, target, size)
