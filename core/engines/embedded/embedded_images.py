"""The images of our store, read and written: what the embedded engine offers as Images and ImageSink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.engines.image_values import ImageSummary, Put, Removed
from layertui.core.errors import Conflict, LayertuiError, NotFound
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.engines.embedded.embedded_state import EmbeddedState
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Descriptor, Platform
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress
    from layertui.core.store.image_summary import Summary
    from layertui.core.store.store_layout import Store


class StoredImages:
    """See Images in `image_protocols.py`."""

    def __init__(self, store: Callable[[], Store], catalog: Callable[[], Catalog]) -> None:
        self._store, self._catalog = store, catalog

    def list(self) -> Sequence[ImageSummary]:
        store = self._store()
        found = [self._summary(one) for one in store.summaries().images]
        store.summary_file.keep()
        return found

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return self._store().summaries(remembered=True).unreadable

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
                store = self._store()
                layers = store.image(one.digest).layers
                store.summary_file.measured(one.layers, self._catalog().content_sizes(layers))
        sizes = [layer.content_size for layer in one.layers]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        image = self._store().find(name)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(
                tr(
                    "{name} is for {platform}; the store has none for {platform2}",
                    name=name,
                    platform=image.platform,
                    platform2=platform,
                )
            )
        return image


class StoreSink:
    """See ImageSink, Untagging, BlobLookup and TarImport in `image_protocols.py`."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state, self._store = state, state.store

    def put(
        self, image: Image, names: Sequence[Reference], progress: Progress, *, clobber: bool = True, event: str = "load"
    ) -> Put:
        stored = self._store().put(image, names, progress, clobber=clobber)
        if stored.tables:
            self._state.catalog().keep_tables(stored.tables)
        for name in names or (stored.image.id,):
            self._record_event(event, stored.image, str(getattr(name, "familiar", name)))
        return Put(stored.image, stored.moved)

    def has_blob(self, blob: Descriptor) -> bool:
        return self._store().blobs.has(blob.digest)

    def tag(self, name: str, new: Reference) -> None:
        store = self._store()
        image = store.find(name)
        store.tag(image, new)
        self._record_event("tag", image, new.familiar)

    def untag(self, name: Reference) -> None:
        store = self._store()
        image = store.find(name.familiar)
        store.untag(name)
        self._record_event("untag", image, name.familiar)

    def _record_event(self, action: str, image: Image, name: str) -> None:
        self._state.journal.record("image", action, str(image.id), {"name": name})

    def remove(self, name: str, *, force: bool = False) -> Removed:
        from layertui.core.store.image_names import exact_name

        store = self._store()
        image = store.find(name)
        spelled = exact_name(name)
        by_name = spelled is not None and spelled in image.names
        if by_name and spelled is not None and len(image.names) > 1:
            store.untag(spelled)
            self._record_event("untag", image, spelled.familiar)
            return Removed((spelled,))
        if len(image.names) > 1 and not force:
            listed = ", ".join(one.familiar for one in image.names)
            raise Conflict(
                tr(
                    "image {short} has several names: {listed}; remove them by name, or force it (-f)",
                    short=image.id.short,
                    listed=listed,
                )
            )
        if not force and (users := self._users(image)):
            raise Conflict(
                tr(
                    "image {name} is in use by container {users}; remove it first, or force it (-f)",
                    name=name,
                    users=", ".join(users),
                )
            )
        store.delete(image)
        for one in image.names:
            self._record_event("untag", image, one.familiar)
        self._record_event("delete", image, str(image.id))
        # Its blobs are deleted too, unless another process is writing: then the next `gc` finds them.
        with suppress(LayertuiError):
            from layertui.core.engines.embedded.upkeep.container_upkeep import ContainerUpkeep
            from layertui.core.store.store_check import gc

            upkeep = ContainerUpkeep(self._state)
            gc(store, upkeep.needed, upkeep.sweep)
        return Removed(image.names, (image.id,))

    def _users(self, image: Image) -> list[str]:
        return [one.name for one in self._state.list() if one.manifest == image.digest]

    def import_tar(
        self,
        tar: BinaryIO,
        names: Sequence[Reference],
        progress: Progress,
        *,
        message: str | None = None,
        changes: Sequence[str] = (),
        platform: Platform | None = None,
    ) -> Image:
        from layertui.core.images.build_image import from_tar
        from layertui.core.oci.config_change import apply_changes
        from layertui.core.oci.image_config import ExecConfig

        apply_changes(ExecConfig(), changes)  # raises for an invalid change before a gigabyte is read
        store = self._store()
        with store.writing():  # the layer is a blob before any image has it
            layer, diff_id = store.blobs.ingest_layer(tar, progress)
            draft = from_tar(layer, diff_id, message=message, changes=changes, platform=platform)
            return self.put(draft.image(store.blobs), names, progress, event="import").image
