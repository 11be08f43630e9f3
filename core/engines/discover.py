"""Which engines there are: the only file that names ours.

The embedded one; Docker, Podman and each docker context; containerd's files; a registry, by its host; and those of other packages, which come by the entry
point group `layertui.engines`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError, NotFound
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.engines.daemon.endpoints import Endpoint
    from layertui.core.engines.engine import Engine
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.settings import Settings

    Maker = Callable[[Settings, Callable[[], Catalog]], Engine]
    """Makes an engine; the callable gives the Catalog of layer tables that all engines share, made when first called."""

GROUP = "layertui.engines"

# Imported when asked for: each brings what only it needs.
_OURS = {"embedded": "layertui.core.engines.embedded.embedded_engine:embedded"}
CONTAINERD = "containerd"
# Not listed by themselves: what the first has is Podman's too, the second is listed where its files can be read.
_UNLISTED = {
    "containers-storage": "layertui.core.engines.daemon.local_images.storage_engine:storage_engine",
    CONTAINERD: "layertui.core.engines.daemon.local_images.containerd_engine:containerd_engine",
}
CATALOG = "catalog"
_RECORDED = "layertui.core.catalog.engine.catalog_engine"  # by name, as an engine of another package: it stands above the Inspector
REGISTRY = "registry:"
"""What the name of a registry's engine begins with; its host follows."""


class Engines:
    """The engines of one Inspector, each made when first asked for, and once."""

    def __init__(
        self, settings: Settings, catalog: Callable[[], Catalog], makers: Mapping[str, Maker] | None = None
    ) -> None:
        """`makers` are engines besides those that are found, by name."""
        self._settings, self._catalog, self._makers = settings, catalog, makers or {}
        self._made: dict[str, Engine] = {}
        self._lock = Lock()

    @property
    def default(self) -> Engine:
        """The one that the settings name, in which bare names are looked up. NotFound where there is none of that name."""
        return self.named(self._settings.engine)

    def named(self, name: str) -> Engine:
        """The engine of this name. NotFound, which lists those there are; LayertuiError for one that cannot be loaded."""
        with self._lock:
            if name not in self._made:
                own = self._settings if name == self._settings.engine else replace(self._settings, engine=name)
                self._made[name] = self._maker(name)(own, self._catalog)
            return self._made[name]

    def names(self) -> list[str]:
        """The names of all engines, ours first; a daemon or an entry point is listed whether it can be used or not."""
        first = dict.fromkeys((*_OURS, *self._makers, *self.endpoints, *self.readable_stores, *self.catalogs))
        return [*first, *sorted(name for name in _entry_points() if name not in first)]

    def to_look_into(self, first: str) -> list[str]:
        """The first, then all others that may answer; of several names for one address the first.

        Nothing is connected to: a socket that is not there is left out, a host on a network is not.
        """
        found: list[str] = []
        seen: set[str] = set()
        for name in dict.fromkeys((first, *self.names())):
            endpoint = self.endpoints.get(name) if name not in self._makers else None
            if endpoint is not None:
                if endpoint.identity in seen or not (endpoint.may_listen or name == first):
                    continue
                seen.add(endpoint.identity)
            found.append(name)
        return found

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Daemons that are configured or may be there, by the name of their engine."""
        from layertui.core.engines.daemon.endpoints import endpoints

        return endpoints(self._settings.clients)

    @cached_property
    def readable_stores(self) -> Sequence[str]:
        """Engines that are files of this machine, and can be read."""
        from layertui.core.engines.daemon.local_images.containerd_folder import can_read_containerd

        return [CONTAINERD] if can_read_containerd(self._settings.clients) else []

    @cached_property
    def catalogs(self) -> Sequence[str]:
        """The catalog of the settings, where they name one, or there is one in the store."""
        return [CATALOG] if self._settings.has_catalog else []

    def _maker(self, name: str) -> Maker:
        if name in self._makers:
            return self._makers[name]
        if (spelled := _OURS.get(name) or _UNLISTED.get(name)) is not None:
            module, _, function = spelled.partition(":")
            maker: Maker = getattr(import_module(module), function)
            return maker
        if (endpoint := self.endpoints.get(name)) is not None:
            from layertui.core.engines.daemon.daemon_engine import daemon_engine

            return partial(daemon_engine, endpoint)
        if name.startswith(REGISTRY):
            from layertui.core.engines.registry.registry_engine import registry_engine

            return partial(registry_engine, name.removeprefix(REGISTRY))
        if name == CATALOG:
            recorded: Maker = import_module(_RECORDED).catalog_engine
            return recorded
        if name.startswith(f"{CATALOG}:"):
            of_place: Maker = import_module(_RECORDED).catalog_at(name.removeprefix(f"{CATALOG}:"))
            return of_place
        found = _entry_points()
        if name not in found:
            raise NotFound(tr("no engine {name!r}; there are: {names}", name=name, names=", ".join(self.names())))
        return _of_another_package(name, found[name])


def _entry_points() -> dict[str, str]:
    """Engines of other packages: name to `module:function`. Looks into every installed package: call it late."""
    if not any(_may_have_engines(folder) for folder in sys.path):
        return {}
    from importlib.metadata import entry_points  # late: its import alone takes 20 ms, and 1.4 MB

    return {point.name: point.value for point in entry_points(group=GROUP)}


def _may_have_engines(folder: str) -> bool:
    """Whether a package there names our group; true for what is no folder, such as a zip, where only importlib.metadata can look."""
    # os.path: of a folder that may not be looked into, Path raises.
    if not os.path.isdir(folder or "."):
        return os.path.exists(folder)
    installed = Path(folder)
    for file in (*installed.glob("*.dist-info/entry_points.txt"), *installed.glob("*.egg-info/entry_points.txt")):
        with suppress(OSError):
            if GROUP.encode() in file.read_bytes():
                return True
    return False


def _of_another_package(name: str, spelled: str) -> Maker:
    """What makes an engine of another package; whatever goes wrong in it is one line that names it."""

    def make(settings: Settings, catalog: Callable[[], Catalog]) -> Engine:
        module, _, function = spelled.partition(":")
        try:
            made: Engine = getattr(import_module(module), function)(settings, catalog)
        except LayertuiError:
            raise
        except Exception as error:
            raise LayertuiError(
                tr(
                    "the engine {name} ({spelled}) cannot be loaded: {name2}: {error}",
                    name=name,
                    spelled=spelled,
                    name2=type(error).__name__,
                    error=error,
                )
            ) from error
        return made

    return make
