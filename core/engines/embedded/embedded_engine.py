"""The embedded engine: images in our own store, containers on this machine, no daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from layertui.core.engines.embedded.embedded_containers import EmbeddedContainers
from layertui.core.engines.engine import Engine, ImageSummary, Put
from layertui.core.errors import Conflict, LayertuiError, NotFound
from layertui.core.ownership import refusal
from layertui.core.settings import Settings
from layertui.core.storage.event_journal import Journal
from layertui.core.store_paths import StorePaths

if TYPE_CHECKING:
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Platform
    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress
    from layertui.core.store.image_summary import Summary
    from layertui.core.store.store_layout import Store

NAME = "embedded"


def embedded(settings: Settings, catalog: Callable[[], Catalog]) -> Engine:
    """The engine of the store that the settings name; store and catalog are made with the first thing that needs them."""
    store = _Lazily(settings)
    journal = Journal(StorePaths(settings.store).events)
    containers = EmbeddedContainers(settings, lambda: store.opened, catalog, journal)
    images = StoredImages(store, catalog)
    if (line := refusal(settings.store)) is not None:
        from layertui.core.engines.embedded.read_only_containers import LookedAt

        looked_at: Any = LookedAt(containers, line)
        return Engine(NAME, images, None, looked_at, journal, looked_at, only_looks=line)
    return Engine(NAME, images, StoreSink(store, catalog, containers, journal), containers, journal, containers)


class _Lazily:
    """A store, opened when it is first asked; who only lists containers imports nothing of images."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def opened(self) -> Store:
        from layertui.core.store.store_layout import Store

        return Store(self._settings.store)


class StoredImages:
    """The images of our store."""

    def __init__(self, store: _Lazily, catalog: Callable[[], Catalog]) -> None:
        self._store, self._catalog = store, catalog

    def list(self) -> Sequence[ImageSummary]:
        """Every image, untagged ones too."""
        store = self._store.opened
        found = [self._summary(one) for one in store.summaries().images]
        store.summary_file.keep()
        return found

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        """How many more there are than those listed, which cannot be read."""
        del listed
        return self._store.opened.summaries(remembered=True).unreadable

    def _summary(self, one: Summary) -> ImageSummary:
        return ImageSummary(
            id=one.id,
            digest=one.digest,
            names=one.names,
            diff_ids=tuple([layer.diff_id for layer in one.layers]),
            created=one.facts.created,
            architecture=one.facts.architecture,
            os=one.facts.os,
            size=self._size(one),
            stored_size=sum(one.blobs.values()),
        )

    def _size(self, one: Summary) -> int | None:
        """Bytes of the files in all layers; None for an image that has lost one."""
        if not all(layer.is_there for layer in one.layers):
            return None
        if any(layer.content_size is None for layer in one.layers):
            with suppress(LayertuiError):
                store = self._store.opened
                layers = store.image(one.digest).layers
                store.summary_file.measured(one.layers, self._catalog().content_sizes(layers))
        sizes = [layer.content_size for layer in one.layers]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        """The image of a reference, an ID or a unique prefix of one."""
        del progress
        image = self._store.opened.find(name)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(f"{name} is for {image.platform}; the store has none for {platform}")
        return image


class StoreSink:
    """Our store, written to."""

    def __init__(
        self, store: _Lazily, catalog: Callable[[], Catalog], containers: EmbeddedContainers, journal: Journal
    ) -> None:
        self._store, self._catalog, self._containers, self._journal = store, catalog, containers, journal

    def put(
        self, image: Image, names: Sequence[Reference], progress: Progress, *, clobber: bool = True, deed: str = "load"
    ) -> Put:
        """The image with all its blobs, under these names."""
        stored = self._store.opened.put(image, names, progress, clobber=clobber)
        if stored.tables:
            self._catalog().keep_tables(stored.tables)
        for name in names or (stored.image.id,):
            self._tell(deed, stored.image, str(getattr(name, "familiar", name)))
        return Put(stored.image, stored.moved)

    def tag(self, name: str, new: Reference) -> None:
        """A further name for an image that is there."""
        store = self._store.opened
        image = store.find(name)
        store.tag(image, new)
        self._tell("tag", image, new.familiar)

    def _tell(self, action: str, image: Image, name: str) -> None:
        self._journal.tell("image", action, str(image.id), {"name": name})

    def remove(self, name: str, *, force: bool = False) -> tuple[tuple[Reference, ...], tuple[Digest, ...]]:
        """A name taken away, and with the last one the image; by ID the image, unless it has several names."""
        from layertui.core.store.image_names import exact_name

        store = self._store.opened
        image = store.find(name)
        spelled = exact_name(name)
        by_name = spelled is not None and spelled in image.names
        if by_name and spelled is not None and len(image.names) > 1:
            store.untag(spelled)
            self._tell("untag", image, spelled.familiar)
            return (spelled,), ()
        if len(image.names) > 1 and not force:
            listed = ", ".join(one.familiar for one in image.names)
            raise Conflict(f"image {image.id.short} has several names: {listed}; remove them by name, or force it (-f)")
        if not force and (users := self._users(image)):
            raise Conflict(f"image {name} is in use by container {', '.join(users)}; remove it first, or force it (-f)")
        store.delete(image)
        for one in image.names:
            self._tell("untag", image, one.familiar)
        self._tell("delete", image, str(image.id))
        # Blobs go with their image, unless somebody is writing; then the next sweep finds them.
        with suppress(LayertuiError):
            from layertui.core.store.store_check import (
                gc,  # late: whoever removes nothing needs no one that examines stores
            )

            gc(store, self._containers.needed, self._containers.sweep)
        return image.names, (image.id,)

    def _users(self, image: Image) -> list[str]:
        return [one.name for one in self._containers.list() if one.manifest == image.digest]
