"""SharedResources: what all Inspectors of one process use together, whichever engine is the default of each."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from layertui.core.engines.discover import Engines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layertui.core.engines.discover import Maker
    from layertui.core.inspector.names.open_archives import OpenArchives
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.settings import Settings

T = TypeVar("T")


class SharedResources:
    """Engines, the Catalog and the archives that were opened; each is made when first used, and once."""

    def __init__(self, settings: Settings, makers: Mapping[str, Maker] | None = None) -> None:
        """`makers` are engines besides those that `discover` finds, by name."""
        self.settings = settings
        self.engines = Engines(settings, lambda: self.catalog, makers)
        self._made: dict[str, Any] = {}
        self._catalog: Catalog | None = None
        self._archives: OpenArchives | None = None
        self._lock = Lock()

    def once(self, engine: str, make: Callable[[Settings], T]) -> T:
        """What `make` makes with this engine as the default, the same each time."""
        with self._lock:
            if engine not in self._made:
                self._made[engine] = make(replace(self.settings, engine=engine))
            found: T = self._made[engine]
            return found

    @property
    def catalog(self) -> Catalog:
        """Layer tables, each read once."""
        with self._lock:
            if self._catalog is None:
                from layertui.core.layers.cache.catalog import Catalog

                self._catalog = Catalog(self.settings.cache)
            return self._catalog

    @property
    def archives(self) -> OpenArchives:
        """The archives that were opened."""
        with self._lock:
            if self._archives is None:
                from layertui.core.inspector.names.open_archives import OpenArchives

                self._archives = OpenArchives(self.settings.spool)
            return self._archives

    def close(self) -> None:
        """Close the archives. What was read from them cannot be read on."""
        if self._archives is not None:
            self._archives.close()
