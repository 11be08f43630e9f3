"""Removes a container of the embedded engine, and keeps what it has written into volumes without a name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.errors import Conflict, LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.engines.embedded.embedded_state import EmbeddedState


def remove_container(
    state: EmbeddedState, container: Container, *, force: bool, volumes: bool
) -> Sequence[PreservedVolume]:
    """Remove it and its layer; see `Containers.remove`.

    As docker, which gives every volume a name: with `volumes`, or where the container was created with `remove`, nothing is kept.
    """
    from layertui.core.containers.lifecycle import ending

    kept: list[PreservedVolume] = []

    def keep() -> None:
        if not volumes and not container.options.remove:
            kept.extend(_preserved(state, container))

    ending.remove(state.records, container, lambda: state.undo_pause(container), keep, force=force)
    state.record_event(container, "destroy")
    return kept


def _preserved(state: EmbeddedState, container: Container) -> Iterator[PreservedVolume]:
    """Each volume without a name in which the container has written something, made a volume with a name."""
    from layertui.core.containers.rootfs import lower_dirs
    from layertui.core.containers.storage.volumes import PreservedVolume, holds_something

    named = [mount.target for mount in container.options.mounts if mount.source]
    declared = container.image_volumes or ()
    upper = state.records.path(container.id) / "upper"
    roots = [upper]
    with suppress(LayertuiError):  # a container can be removed though its image cannot be read any more
        image = state.image(container)
        declared = image.config.config.volumes
        roots += state.unpacked.folders(image.layers)
    declared = tuple(f"/{path.strip('/')}" for path in declared)
    for path in dict.fromkeys((*declared, *container.options.own_volumes)):
        if path not in named and holds_something(upper, lower_dirs.real(roots, path) or path):
            try:
                yield PreservedVolume(path, _with_a_name(state, container, path))
            except LayertuiError as error:
                raise Conflict(
                    tr("the files in {path} cannot be kept: {error}; `rm -v` deletes them", path=path, error=error)
                ) from error


def _with_a_name(state: EmbeddedState, container: Container, path: str) -> str:
    """The name of a new volume that holds what the container sees at a path."""
    from layertui.core.engines.embedded.populate_volume import put_in
    from layertui.core.layers.stack.timeline import StackLayer

    own, name = state.writable_layer(container, locked=True), os.urandom(32).hex()
    view = state.image_stack(container, None).with_layer(StackLayer(own.table(), own)).view()
    with state.volumes.lock():
        state.volumes.fill(name, lambda folder: put_in(folder, view, path))
    state.journal.record("volume", "create", name, {"driver": "local"})
    return name
