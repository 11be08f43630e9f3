"""Events, NamedVolumes and Upkeep: what an engine knows and does about its store as a whole. Each is an optional part of an Engine.

Besides what is named, any method raises Unreachable where a daemon does not answer, and StorageError for a file of this machine that
cannot be read or written; where it has a `progress`, Cancelled once the user has stopped the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.engines.store_usage import Usage
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Event
    from layertui.core.store.store_check import SweptBlobs
    from layertui.core.store.store_examination import StoreReport


class Events(Protocol):
    """What was done to images and containers, and what changes now."""

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event]:
        """With `past` those until now, the oldest first; with `follow` those that come, until `progress` is cancelled."""

    def changes(self, container: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """Tell, each time something has changed, what; until `progress` is cancelled.

        `life`: something was done to an image or to any container. Of the container named: `logs`, `layer`.
        """


class NamedVolumes(Protocol):
    """Volumes that have a name and outlive the containers that use them."""

    def list(self) -> Sequence[Volume]:
        """Every volume that has a name, and the containers that use it."""

    def sizes(self) -> Sequence[tuple[Volume, int | None]]:
        """The same, each with the bytes of its files; None where its folders are nested too deeply to be measured."""

    def remove(self, name: str) -> None:
        """Remove a volume and its files. Raises NotFound; Conflict while a container uses it."""


class Upkeep(Protocol):
    """A store of the engine's own, checked, cleaned and measured."""

    def fsck(self, *, repair: bool = False, progress: Progress | None = None) -> StoreReport:
        """Check the digest of every blob, every image and every container; with `repair`, repair what can be mended without guessing.

        Nothing is deleted: what cannot be mended is moved to `lost+found`.
        """

    def gc(self, *, dry_run: bool = False) -> SweptBlobs:
        """Delete what no image and no container uses, and what interrupted work has left; with `dry_run` only report it.

        Raises Conflict while another process writes to the store, Damaged where it cannot be known what is used.
        """

    def df(self) -> Sequence[Usage]:
        """What images, containers, volumes, unpacked layers and caches take on disk."""
