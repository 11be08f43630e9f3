"""ContainerUpkeep: what is wrong with the containers of the embedded engine, which images they need, and what is no longer needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from layertui.core.engines.embedded.embedded_state import EmbeddedState
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.images.image import Image
    from layertui.core.oci.digest import Digest
    from layertui.core.storage.lost_and_found import IsComplete, LostAndFound, RepairableProblem


class ContainerUpkeep:
    """Containers, volumes and unpacked layers checked and cleaned."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state

    def names_by_image(self) -> dict[Digest, str]:
        """By the manifest of its image, the name of a container; of every one whose record can be read."""
        return {one.manifest: one.name for one in self._state.records.list() if one.manifest is not None}

    def needed(self) -> Sequence[Digest]:
        """The manifest of each container's image. Damaged where one cannot be known."""
        return list(self._state.records.manifests())

    def findings(self, is_complete: IsComplete) -> Sequence[RepairableProblem]:
        """What is wrong with containers, and what they have left on the machine; and unpacked layers that are not needed."""
        from layertui.core.containers.records.container_check import findings
        from layertui.core.containers.records.lost_containers import record_lost_end
        from layertui.core.containers.records.orphans import orphans
        from layertui.core.containers.runtimes.probe_folders import probes_left
        from layertui.core.engines.embedded.upkeep.event_memory import container_ids
        from layertui.core.storage.lost_and_found import LostAndFound, Problem, RepairableProblem

        records, lost_and_found = self._state.records, LostAndFound(self._state.settings.store)
        had = {*records.ids(), *container_ids(self._state.journal)}
        found = findings(
            records, lost_and_found, is_complete, lambda one: record_lost_end(records, one, self._state.journal)
        )
        unneeded: Sequence[str] = ()
        images: Sequence[Image] = ()
        with suppress(LayertuiError):  # an index that cannot be read: what is needed is unknown
            if self._state.unpacked.is_there:
                images = self._images()
                unneeded = self._state.unpacked.unneeded(chain_id for image in images for chain_id in image.chain_ids)
        cut = tr("a volume that was not made, or not removed, to its end; `gc` removes it")
        lost = [
            RepairableProblem(
                Problem("volume", f"volumes/{name}", tr("is lost, and container {name} has it mounted", name=one.name)),
                partial(self._make_empty, name, lost_and_found),
            )
            for one in records.list()
            for name in self._state.volumes.missing(one)
        ]
        left = [
            *(Problem("leftover", f"unpacked/{one}", tr("no image needs it; `gc` removes it")) for one in unneeded),
            *(Problem("leftover", f"volumes/{one}", cut) for one in self._state.volumes.cut_short()),
            *(
                Problem("leftover", one.name, tr("of a trial of a runtime that was cut short; `gc` removes it"))
                for one in probes_left(self._state.settings.store)
            ),
        ]
        return [
            *found,
            *lost,
            *self._changed(images, lost_and_found),
            *orphans(records, had),
            *(RepairableProblem(one, harmless=True) for one in left),
        ]

    def _changed(self, images: Sequence[Image], lost_and_found: LostAndFound) -> list[RepairableProblem]:
        """Unpacked layers that are not as their images have them."""
        from layertui.core.containers.storage.unpacked_check import changed_files

        layers = {layer.chain_id: layer for image in images for layer in image.layers}
        return list(changed_files(self._state.unpacked, layers.values(), self._state.catalog().table, lost_and_found))

    def _make_empty(self, name: str, lost_and_found: LostAndFound) -> None:
        """An empty volume, so that its containers can be started."""
        with self._state.volumes.lock():
            if os.path.lexists(path := self._state.volumes.path(name)):
                lost_and_found.move_in(path)
            self._state.volumes.fill(name, lambda _: None)

    def sweep(self) -> None:
        """Remove unpacked layers that no image of the store and no container needs, and what died half made."""
        from layertui.core.containers.records.interrupted_work import sweep
        from layertui.core.containers.runtimes.probe_folders import probes_left
        from layertui.core.fs.dir_fd import remove_tree

        for path in probes_left(self._state.settings.store):
            with suppress(OSError):
                remove_tree(path)
        if self._state.unpacked.is_there:  # else no image need be read
            self._state.unpacked.sweep({chain_id for image in self._images() for chain_id in image.chain_ids})
        self._state.volumes.sweep()
        sweep(self._state.records)

    def _images(self) -> list[Image]:
        """Those of the store, and those of containers that the index lists no more."""
        images = {image.digest: image for image in self._state.store().images()}
        for one in self._state.records.list():
            if one.manifest is not None and one.manifest not in images:
                with suppress(LayertuiError):  # an image that is not whole cannot be started
                    images[one.manifest] = self._state.image(one)
        return list(images.values())
