"""EmbeddedFiles: what a container of the embedded engine sees and has changed: read, compared with its image, committed, exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.containers.model.container import Container, State
from layertui.core.containers.model.container_names import is_id
from layertui.core.fs.descent import is_empty_folder
from layertui.core.progress import quiet
from layertui.core.store_paths import UPPER

if TYPE_CHECKING:
    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.containers.rootfs.container_view import ContainerView
    from layertui.core.containers.rootfs.writable_layer import UpperLayer
    from layertui.core.engines.container_protocols import Lifecycle
    from layertui.core.engines.embedded.embedded_state import EmbeddedState
    from layertui.core.images.image import Image
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress


class EmbeddedFiles:
    """Its writable layer, alone and on top of its image's: see ContainerFiles in `file_protocols.py`."""

    def __init__(self, state: EmbeddedState, lifecycle: Lifecycle) -> None:
        self._state, self._lifecycle = state, lifecycle

    def writable_layer(self, name: str) -> UpperLayer:
        return self._state.writable_layer(self._state.get(name), locked=False)

    def own_size(self, name: str) -> int:
        # Of one that never ran, asked for by its ID, nothing is read.
        if is_id(name) and is_empty_folder(f"{self._state.records.folder}/{name}/{UPPER}"):
            return 0
        return self.writable_layer(name).size()

    def stack(self, name: str, progress: Progress | None = None) -> Stack:
        return self._stack(self._state.get(name), progress)

    def _stack(self, container: Container, progress: Progress | None, without: Sequence[str] = ()) -> Stack:
        from layertui.core.layers.stack.timeline import StackLayer

        own = self._state.writable_layer(container, locked=False)
        return self._state.image_stack(container, progress).with_layer(StackLayer(own.table(without), own))

    def sight(self, name: str, progress: Progress | None = None) -> ContainerView:
        from layertui.core.containers.rootfs.container_view import ContainerView
        from layertui.core.containers.rootfs.stopped_root import StoppedRoot

        container = self._state.get(name)
        sidecar = self._state.sidecar(container)
        view = self._state.image_stack(container, progress).view()
        process = self._state.records.life(container.id).process if container.state.alive else None
        root = self._state.root_with_mounts(container, StoppedRoot(sidecar.upper, lambda: view, sidecar), process)
        return ContainerView(root, lambda: self._stack(container, progress), sidecar)

    def _without_volumes(self, name: str, progress: Progress | None) -> Stack:
        """The container's own files; those in volumes are not, as in docker."""
        container = self._state.get(name)
        return self._stack(container, progress, self._state.unnamed_volumes(container))

    def diff(self, name: str, progress: Progress | None = None) -> list[DiffLine]:
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
        from layertui.core.engines.embedded.commit_layer import committed

        container, progress = self._state.get(name), progress or quiet()
        with self._state.store().writing():  # its layer is a blob before any image has it
            with self._paused(container, wanted=pause):
                own = self._state.writable_layer(container, locked=False)
                image = self._state.image(container)
                made = committed(self._state.store(), image, container, own, message, author, changes, progress)
            image = self._state.store().put(made, names, progress).image
        self._state.record_event(container, "commit", comment=message or "", imageID=str(image.id))
        for one in names:
            self._state.journal.record("image", "tag", str(image.id), {"name": one.familiar})
        return image

    @contextmanager
    def _paused(self, container: Container, *, wanted: bool) -> Iterator[None]:
        """The container paused for as long as this takes, if it runs."""
        if not wanted or container.state is not State.RUNNING:
            yield
            return
        self._lifecycle.pause(container.id)
        try:
            yield
        finally:
            self._state.undo_pause(container)
            self._state.record_event(container, "unpause")

    def export(self, name: str, out: BinaryIO, progress: Progress | None = None) -> None:
        from layertui.core.layers.write.flatten import flatten

        flatten(self._without_volumes(name, progress).view(), out, progress or quiet())
