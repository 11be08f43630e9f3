"""The upkeep of the embedded engine's containers: what is wrong with them, which images they need, and what nobody needs any more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container
from layertui.core.engines.embedded.embedded_state import Ground
from layertui.core.errors import LayertuiError

if TYPE_CHECKING:
    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.images.image import Image
    from layertui.core.oci.digest import Digest
    from layertui.core.storage.lost_found import Finding, LostFound, Whole


class Upkeep(Ground):
    """Containers and the layers unpacked for them, looked after."""

    def known(self) -> Sequence[Container]:
        """Every container whose record can be read, as that says it is."""
        return self._records.list()

    def needed(self) -> Sequence[Digest]:
        """The manifest of each container's image. Damaged where one cannot be known."""
        return list(self._records.manifests())

    def findings(self, whole: Whole) -> Sequence[Finding]:
        """What is wrong with containers, and what they have left on the machine; and unpacked layers that nobody needs."""
        from layertui.core.containers.records.container_check import findings
        from layertui.core.containers.records.lost_containers import settle
        from layertui.core.containers.records.orphans import orphans
        from layertui.core.containers.runtimes.runtime import probes_left
        from layertui.core.engines.embedded.event_memory import containers_told
        from layertui.core.storage.lost_found import Finding, LostFound, Problem

        records, aside = self._records, LostFound(self._settings.store)
        had = {*records.ids(), *containers_told(self._journal)}
        found = findings(records, aside, whole, lambda one: settle(records, one, self._journal))
        unneeded: Sequence[str] = ()
        images: Sequence[Image] = ()
        with suppress(LayertuiError):  # an index that cannot be read: nobody knows what is needed
            if self._unpacked.is_there:
                images = self._images()
                unneeded = self._unpacked.unneeded(chain_id for image in images for chain_id in image.chain_ids)
        cut = "a volume that was not made, or not removed, to its end; `gc` removes it"
        lost = [
            Finding(
                Problem("volume", f"volumes/{name}", f"is lost, and container {one.name} has it mounted"),
                partial(self._make_anew, name, aside),
            )
            for one in records.list()
            for name in self._volumes.missing(one)
        ]
        left = [
            *(Problem("leftover", f"unpacked/{one}", "no image needs it; `gc` removes it") for one in unneeded),
            *(Problem("leftover", f"volumes/{one}", cut) for one in self._volumes.cut_short()),
            *(
                Problem("leftover", one.name, "of a trial of a runtime that was cut short; `gc` removes it")
                for one in probes_left(self._settings.store)
            ),
        ]
        return [
            *found,
            *lost,
            *self._changed(images, aside),
            *orphans(records, had),
            *(Finding(one, harmless=True) for one in left),
        ]

    def _changed(self, images: Sequence[Image], aside: LostFound) -> list[Finding]:
        """Unpacked layers that are not as their images have them."""
        from layertui.core.containers.storage.unpacked_check import changed

        layers = {layer.chain_id: layer for image in images for layer in image.layers}
        return list(changed(self._unpacked, layers.values(), self._catalog().table, aside))

    def _make_anew(self, name: str, aside: LostFound) -> None:
        """An empty volume, so that its containers can be started."""
        with self._volumes.lock():
            if os.path.lexists(path := self._volumes.path(name)):
                aside.take(path)
            self._volumes.fill(name, lambda _: None)

    def sweep(self) -> None:
        """Remove unpacked layers that no image of the store and no container needs, and what died half made."""
        from layertui.core.containers.records.interrupted_work import sweep
        from layertui.core.containers.runtimes.runtime import probes_left
        from layertui.core.fs.dir_fd import remove_tree

        for path in probes_left(self._settings.store):
            with suppress(OSError):
                remove_tree(path)
        if self._unpacked.is_there:  # else no image need be read
            self._unpacked.sweep({chain_id for image in self._images() for chain_id in image.chain_ids})
        self._volumes.sweep()
        sweep(self._records)

    def volumes(self, containers: Sequence[Container] | None = None) -> Sequence[Volume]:
        """Every volume that has a name, and which of these containers use it, or of all."""
        return self._volumes.list(self._records.list() if containers is None else containers)

    def remove_volume(self, name: str) -> None:
        """The volume and what lies in it. NotFound; Conflict while a container uses it."""
        with self._volumes.lock():
            self._volumes.remove(name, self._records.list())
        self._journal.tell("volume", "destroy", name, {"driver": "local"})

    def _images(self) -> list[Image]:
        """Those of the store, and those of containers that the index lists no more."""
        images = {image.digest: image for image in self._store().images()}
        for one in self._records.list():
            if one.manifest not in images:
                with suppress(LayertuiError):  # an image that is not whole cannot be started
                    images[one.manifest] = self._image(one)
        return list(images.values())
