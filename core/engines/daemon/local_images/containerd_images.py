"""The images of containerd, which nerdctl, Kubernetes and `ctr` use too: read from its database and content store, without its service.

Each namespace has its own names; what they name is in one content store. A name leads to a manifest or to an index.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.engines.daemon.local_images.bolt_file import Bucket, read_bolt
from layertui.core.engines.daemon.local_images.containerd_folder import DATABASE
from layertui.core.engines.daemon.local_images.content_store import STORE, ContentStore
from layertui.core.engines.daemon.local_images.image_lookup import find_image
from layertui.core.engines.image_values import ImageSummary, summary
from layertui.core.errors import Damaged, LayertuiError, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress

DOCKERS_NAMESPACE = "moby"


class ContainerdName(NamedTuple):
    """A row of a namespace."""

    namespace: str
    name: str
    target: Digest


class ContainerdImages:
    """See Images in `image_protocols.py`. Nothing is kept between calls: containerd may change its folder at any time."""

    def __init__(self, root: Path, namespace: str = "") -> None:
        """`root` is containerd's folder. Without a namespace all of them, but Docker Engine's own, whose images are in that engine."""
        self._root, self._namespace = root, namespace

    def named(self) -> list[ContainerdName]:
        """Every name, as the database has them. Raises StorageError, Damaged, LimitExceeded."""
        return read_bolt(self._root / DATABASE, lambda top: list(self._rows(top)))

    def list(self) -> Sequence[ImageSummary]:
        return self._summaries(self._by_target())

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return max(0, len(self._by_target()) - len(listed))

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        images = self._by_target()
        owner = (
            tr("{root}, namespace {namespace}", root=self._root, namespace=self._namespace)
            if self._namespace
            else str(self._root)
        )
        chosen = find_image(self._summaries(images), name, owner)
        target = chosen.engine_id or chosen.id
        image = ContentStore(self._root / STORE).image(target, images.get(target, ()), platform)
        if image is None:
            raise Damaged(tr("{root}: image {short} is incomplete", root=self._root, short=target.short))
        return image

    def _summaries(self, images: dict[Digest, tuple[Reference, ...]]) -> Sequence[ImageSummary]:
        store = ContentStore(self._root / STORE)
        return [found for target, names in images.items() if (found := _summary(store, target, names)) is not None]

    def _by_target(self) -> dict[Digest, tuple[Reference, ...]]:
        """The names of each manifest or index; those that are no tags are left out."""
        found: dict[Digest, dict[Reference, None]] = {}
        for row in self.named():
            names = found.setdefault(row.target, {})
            try:
                name = Reference.parse(row.name)
            except UsageError:  # Kubernetes names an image by its ID as well
                continue
            if name.tag is not None and name.digest is None:
                names[name] = None
        return {target: tuple(names) for target, names in found.items()}

    def _rows(self, top: Bucket) -> Iterator[ContainerdName]:
        version = top.bucket(b"v1")
        for key, namespace in version.items() if version is not None else ():
            name = key.decode(errors="replace")
            is_wanted = name == self._namespace if self._namespace else name != DOCKERS_NAMESPACE
            if not isinstance(namespace, Bucket) or not is_wanted:
                continue
            images = namespace.bucket(b"images")
            for image, row in images.items() if images is not None else ():
                target = row.bucket(b"target") if isinstance(row, Bucket) else None
                digest = target.value(b"digest") if target is not None else b""
                try:
                    yield ContainerdName(name, image.decode(errors="replace"), Digest(digest.decode(errors="replace")))
                except (Damaged, UsageError):
                    continue


def _summary(store: ContentStore, target: Digest, names: tuple[Reference, ...]) -> ImageSummary | None:
    """What a list shows of an image; None for one that cannot be opened, or of which only other platforms are here."""
    try:
        image = store.image(target, names, None)
    except LayertuiError:
        return None
    if image is None:
        return None
    return replace(summary(image), engine_id=target if target != image.id else None)
