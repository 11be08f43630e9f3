"""Which engines there are: the only file that names ours. A stranger's comes by the entry point `layertui.engines`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from layertui.core.engines.engine import Engine
from layertui.core.errors import NotFound
from layertui.core.settings import Settings

if TYPE_CHECKING:
    from layertui.core.layers.cache.catalog import Catalog

GROUP = "layertui.engines"
Maker = Callable[[Settings, Callable[[], "Catalog"]], Engine]

# Imported when asked for: each brings what only it needs.
_OURS = {"embedded": "layertui.core.engines.embedded.embedded_engine:embedded"}


def engine(settings: Settings, catalog: Callable[[], Catalog]) -> Engine:
    """The engine that the settings name; `catalog` gives the one that all share. NotFound, which names those there are."""
    if (spelled := _OURS.get(settings.engine)) is not None:
        return _maker(spelled)(settings, catalog)
    for name, spelled in _strangers():
        if name == settings.engine:
            return _maker(spelled)(settings, catalog)
    raise NotFound(f"no engine {settings.engine!r}; there are: {', '.join(names())}")


def names() -> list[str]:
    """The names of all engines, ours first."""
    return [*_OURS, *sorted(name for name, _ in _strangers() if name not in _OURS)]


def _strangers() -> Iterator[tuple[str, str]]:
    from importlib.metadata import entry_points

    yield from ((point.name, point.value) for point in entry_points(group=GROUP))


def _maker(spelled: str) -> Maker:
    module, _, name = spelled.partition(":")
    maker: Maker = getattr(import_module(module), name)
    return maker
