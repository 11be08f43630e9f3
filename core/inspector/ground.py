"""What every question stands on: the engine, its containers, our store, the tables of layers, and the names that were opened."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from layertui.core.bounds import set_bounds
from layertui.core.inspector.opening import Opening, containers_of

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.containers.model.container import Container
    from layertui.core.engines.engine import Containers, Engine, Upkeep
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.settings import Settings
    from layertui.core.store.store_layout import Store


class Ground:
    """Opened, asked, and closed at last."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        set_bounds(settings.bounds)
        self._opening = Opening(
            lambda: self.engine, lambda: self._embedded, self._image_of, settings.spool, settings.daemons
        )

    def close(self) -> None:
        """Let go of the archives that were opened. What was read from them cannot be read on."""
        self._opening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def engine(self) -> Engine:
        """The place where bare names are looked up."""
        from layertui.core.engines.discover import engine

        return engine(self.settings, lambda: self.catalog)

    @cached_property
    def catalog(self) -> Catalog:
        """Layer tables, each read once."""
        from layertui.core.layers.cache.catalog import Catalog

        return Catalog(self.settings.cache)

    @cached_property
    def _store(self) -> Store:
        from layertui.core.store.store_layout import Store

        return Store(self.settings.store)

    @cached_property
    def _embedded(self) -> Engine:
        if self.engine.name == "embedded":
            return self.engine
        from dataclasses import replace

        from layertui.core.engines.discover import engine

        return engine(replace(self.settings, engine="embedded"), lambda: self.catalog)

    def _image_of(self, container: Container) -> Image:
        """The image a container was made of, whether it still has a name or not."""
        return self._store.image(container.manifest)

    @property
    def _containers(self) -> Containers:
        return containers_of(self.engine)

    @property
    def _upkeep(self) -> Upkeep:
        assert self._embedded.upkeep is not None
        return self._embedded.upkeep

    @property
    def _spool(self) -> Path | None:
        return self.settings.spool
