"""The own layer of a container of the embedded engine: looked at, told as a diff, committed, exported with all below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.containers.model.container import Container, State
from layertui.core.containers.model.container_names import is_id
from layertui.core.engines.embedded.embedded_life import Life
from layertui.core.fs.descent import is_empty_folder
from layertui.core.progress import Progress, quiet
from layertui.core.store_paths import UPPER

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.container_view import Sight
    from layertui.core.containers.rootfs.writable_layer import OwnLayer
    from layertui.core.engines.engine import DiffLines
    from layertui.core.images.image import Image
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.oci.reference import Reference


class Layers(Life):
    """What its own layer holds, alone and on top of its image's."""

    def own_layer(self, name: str) -> OwnLayer:
        """Its writable layer."""
        return self._own_layer(self.get(name), locked=False)

    def own_size(self, name: str) -> int:
        """Bytes of its own layer's files. Of one that never ran, asked for by its ID, nothing is read."""
        if is_id(name) and is_empty_folder(f"{self._records.folder}/{name}/{UPPER}"):
            return 0
        return self.own_layer(name).size()

    def stack(self, name: str, progress: Progress | None = None) -> Stack:
        """The image's layers and its own on top."""
        return self._stack(self.get(name), progress)

    def _stack(self, container: Container, progress: Progress | None, without: Sequence[str] = ()) -> Stack:
        from layertui.core.layers.stack.timeline import Laid

        own = self._own_layer(container, locked=False)
        return self._below(container, progress).with_layer(Laid(own.table(without), own))

    def sight(self, name: str, progress: Progress | None = None) -> Sight:
        """What it sees at its paths, mounts too."""
        from layertui.core.containers.rootfs.container_view import Sight
        from layertui.core.containers.rootfs.stopped_root import StoppedRoot

        container = self.get(name)
        sidecar = self._sidecar(container)
        view = self._below(container, progress).view()
        process = self._records.life(container.id).process if container.state.alive else None
        root = self._mounted(container, StoppedRoot(sidecar.upper, lambda: view, sidecar), process)
        return Sight(root, lambda: self._stack(container, progress), sidecar)

    def _without_volumes(self, name: str, progress: Progress | None) -> Stack:
        """What is the container's to keep: what lies in volumes is not, as docker has it."""
        container = self.get(name)
        return self._stack(container, progress, self._own_volumes(container))

    def diff(self, name: str, progress: Progress | None = None) -> DiffLines:
        """What its own layer added, changed and deleted, as `docker diff` says it."""
        from layertui.core.containers.observe.layer_diff import diff

        return diff(self._without_volumes(name, progress))

    def commit(
        self,
        name: str,
        names: Sequence[Reference] = (),
        *,
        message: str | None = None,
        author: str | None = None,
        changes: Sequence[str] = (),
        pause: bool = True,
        progress: Progress | None = None,
    ) -> Image:
        """Its own layer as one more layer of a new image, which is put into the store."""
        from layertui.core.engines.embedded.commit_layer import committed

        container, progress = self.get(name), progress or quiet()
        with self._store().writing():  # its layer is a blob before any image has it
            with self._standing_still(container, wanted=pause):
                own = self._own_layer(container, locked=False)
                image = self._image(container)
                made = committed(self._store(), image, container, own, message, author, changes, progress)
            image = self._store().put(made, names, progress).image
        self._tell(container, "commit", comment=message or "", imageID=str(image.id))
        for one in names:
            self._journal.tell("image", "tag", str(image.id), {"name": one.familiar})
        return image

    @contextmanager
    def _standing_still(self, container: Container, *, wanted: bool) -> Iterator[None]:
        """The container paused for as long as this takes, if it runs."""
        if not wanted or container.state is not State.RUNNING:
            yield
            return
        self.pause(container.id)
        try:
            yield
        finally:
            self._go_on(container)
            self._tell(container, "unpause")

    def export(self, name: str, out: BinaryIO, progress: Progress | None = None) -> None:
        """All that it sees as one flat tar."""
        from layertui.core.layers.write.flatten import flatten

        flatten(self._without_volumes(name, progress).view(), out, progress or quiet())
