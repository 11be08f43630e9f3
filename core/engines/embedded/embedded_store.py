"""What the embedded engine knows and does about its store as a whole: events, volumes with a name, and upkeep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.engines.embedded.embedded_state import EmbeddedState
    from layertui.core.engines.store_usage import Usage
    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Event
    from layertui.core.storage.lost_and_found import IsComplete
    from layertui.core.store.store_check import SweptBlobs
    from layertui.core.store.store_examination import StoreReport


class EmbeddedEvents:
    """See Events in `store_protocols.py`."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event]:
        return self._state.journal.events(past=past, follow=follow, progress=progress)

    def changes(self, container: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        from layertui.core.engines.embedded.upkeep.store_changes import changes

        folder = self._state.records.path(self._state.get(container).id) if container is not None else None
        return changes(self._state.journal.folder, folder, progress)


class EmbeddedVolumes:
    """See NamedVolumes in `store_protocols.py`."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state

    def list(self) -> Sequence[Volume]:
        return self._state.volumes.list(self._state.records.list())

    def sizes(self) -> Sequence[tuple[Volume, int | None]]:
        from layertui.core.engines.embedded.upkeep.measure_store import size_or_none

        return [(one, size_or_none(one.folder)) for one in self.list()]

    def remove(self, name: str) -> None:
        with self._state.volumes.lock():
            self._state.volumes.remove(name, self._state.records.list())
        self._state.journal.record("volume", "destroy", name, {"driver": "local"})


class EmbeddedUpkeep:
    """See Upkeep in `store_protocols.py`."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state

    def fsck(self, *, repair: bool = False, progress: Progress | None = None) -> StoreReport:
        from dataclasses import replace

        from layertui.core.engines.embedded.upkeep.container_upkeep import ContainerUpkeep
        from layertui.core.engines.embedded.upkeep.event_memory import last_names
        from layertui.core.layers.cache.cache_files import Cache
        from layertui.core.storage.lost_and_found import Problem, RepairableProblem
        from layertui.core.store import store_check
        from layertui.core.store_paths import IMAGE_SUMMARIES

        upkeep, store = ContainerUpkeep(self._state), self._state.store()

        def findings(is_complete: IsComplete) -> list[RepairableProblem]:
            damaged = Cache(store.paths.cache).damaged()
            if store.summary_file.is_damaged:
                damaged.append(IMAGE_SUMMARIES)
            cached = (Problem("leftover", f"cache/{name}", tr("is damaged and not used")) for name in damaged)
            return [*upkeep.findings(is_complete), *(RepairableProblem(one, harmless=True) for one in cached)]

        def remembered() -> dict[Reference, Digest]:
            return last_names(self._state.journal)

        report = store_check.fsck(
            store, findings, needed=upkeep.names_by_image, remembered=remembered, repair=repair, progress=progress
        )
        return replace(report, checked={**report.checked, "containers": len(self._state.records.list())})

    def gc(self, *, dry_run: bool = False) -> SweptBlobs:
        from layertui.core.engines.embedded.upkeep.container_upkeep import ContainerUpkeep
        from layertui.core.store import store_check

        upkeep = ContainerUpkeep(self._state)
        return store_check.gc(self._state.store(), upkeep.needed, upkeep.sweep, dry_run=dry_run)

    def df(self) -> Sequence[Usage]:
        from layertui.core.engines.embedded.upkeep.measure_store import df

        return df(self._state)
