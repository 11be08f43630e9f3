"""The embedded engine: images in our own store, containers on this machine, no daemon."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from layertui import __version__
from layertui.core.engines.embedded.embedded_containers import EmbeddedContainers
from layertui.core.engines.embedded.embedded_images import StoredImages, StoreSink
from layertui.core.engines.embedded.embedded_state import EmbeddedState
from layertui.core.engines.embedded.embedded_store import EmbeddedEvents, EmbeddedUpkeep, EmbeddedVolumes
from layertui.core.engines.engine import About, Engine
from layertui.core.ownership import refusal
from layertui.core.settings import Settings
from layertui.core.storage.event_journal import EventJournal
from layertui.core.store_paths import StorePaths

if TYPE_CHECKING:
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.store.store_layout import Store

NAME = "embedded"


def embedded(settings: Settings, catalog: Callable[[], Catalog]) -> Engine:
    """The engine of the store that the settings name; store and catalog are opened when first needed."""

    @cache
    def store() -> Store:
        from layertui.core.store.store_layout import Store

        return Store(settings.store)

    state = EmbeddedState(settings, store, catalog, EventJournal(StorePaths(settings.store).events))
    images, sink, events = StoredImages(store, catalog), StoreSink(state), EmbeddedEvents(state)
    about = About("embedded", str(settings.store), lambda: __version__)
    parts: Any = EmbeddedContainers(state, sink), EmbeddedUpkeep(state), EmbeddedVolumes(state)
    if (refused := refusal(settings.store)) is not None:
        from layertui.core.engines.embedded.read_only import ReadOnly

        containers, upkeep, volumes = (ReadOnly(part, refused) for part in parts)
        return Engine(NAME, images, None, containers, events, upkeep, volumes, refused, about)
    containers, upkeep, volumes = parts
    return Engine(NAME, images, sink, containers, events, upkeep, volumes, about=about)
