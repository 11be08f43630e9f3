"""The one door: everything a person can ask of images and containers, as one call each.

Both faces, the command line and the screen, knock here and nowhere else. All names are text as the user wrote it; `spelling`
reads them. Rooms that need numpy are imported by the calls that look inside layers, so that asking for a list of images stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.inspector.in_and_out import InAndOut
from layertui.core.inspector.life import Life
from layertui.core.inspector.own_layer import OwnLayer
from layertui.core.inspector.watching import Watching
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.inspector.inspector_answers import EngineReport, Usage
    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress
    from layertui.core.store.store_check import Report as StoreReport
    from layertui.core.store.store_check import Swept


class Inspector(InAndOut, Life, Watching, OwnLayer):
    """Answers questions about images and containers, and does what is asked for with them."""

    def engines(self) -> list[EngineReport]:
        """The engines there are, what each has, and by what its containers would be started."""
        from layertui.core.inspector.places import engine_reports

        return engine_reports(self.settings, lambda: self.catalog)

    def fsck(self, *, repair: bool = False, progress: Progress | None = None) -> StoreReport:
        """Every blob summed, every manifest and record read; with `repair`, what can be mended is."""
        from layertui.core.engines.embedded.event_memory import names_told
        from layertui.core.inspector.upkeep import fsck

        events = self._embedded.events

        def remembered() -> dict[Reference, Digest]:
            return names_told(events) if events is not None else {}

        return fsck(self._store, self._upkeep, remembered, repair=repair, progress=progress or quiet())

    def gc(self, *, dry_run: bool = False) -> Swept:
        """What neither an image nor a container reaches, swept."""
        from layertui.core.inspector.upkeep import gc

        return gc(self._store, self._upkeep, dry_run=dry_run)

    def df(self) -> list[Usage]:
        """What images, containers and caches take."""
        from layertui.core.inspector.upkeep import df

        return df(self._store, self._containers, self._upkeep)

    def volumes(self) -> Sequence[Volume]:
        """Every volume that has a name, and who uses it."""
        return self._upkeep.volumes()

    def volume_sizes(self) -> Sequence[tuple[Volume, int | None]]:
        """The same, each with the bytes that lie in it; None where it is too deep to be measured."""
        from layertui.core.inspector.upkeep import size_or_none

        return [(one, size_or_none(one.folder)) for one in self.volumes()]

    def remove_volume(self, name: str) -> None:
        """A volume and what lies in it. NotFound; Conflict while a container uses it."""
        self._upkeep.remove_volume(name)
