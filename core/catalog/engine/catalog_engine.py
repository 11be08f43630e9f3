"""The engine `catalog`: the images that `catalog add` recorded, to look at without their layers; nothing is changed here.

`catalog` is the catalog of the settings, `catalog:PLACE` another one. What needs the extra is imported when an image is asked for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from layertui.core.catalog.engine.catalog_events import CatalogEvents
from layertui.core.catalog.engine.catalog_images import CatalogImages
from layertui.core.engines.engine import About, Engine
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.settings import Settings


def catalog_engine(settings: Settings, _catalog: Callable[[], Catalog], place: str = "") -> Engine:
    """The engine of the catalog at a place; of the settings' own for none. Nothing is opened yet."""
    images = CatalogImages(place or settings.catalog)
    reason = tr("a catalog is only read; `layertui catalog add` adds images to it")
    name = f"catalog:{place}" if place else "catalog"
    about = About("catalog", images.place, images.check)
    return Engine(name, images, events=CatalogEvents(images.number), read_only=reason, about=about)


def catalog_at(place: str) -> Callable[[Settings, Callable[[], Catalog]], Engine]:
    """What makes the engine of the catalog at a place."""
    return partial(catalog_engine, place=place)
