"""The engines there are: each asked what it has, and its runtimes whether they work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.runtimes.advice import advice
from layertui.core.containers.storage.user_namespace import refused
from layertui.core.engines.discover import engine, names
from layertui.core.errors import LayertuiError
from layertui.core.inspector.inspector_answers import EngineReport

if TYPE_CHECKING:
    from layertui.core.containers.runtimes.runtime import Tried
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.settings import Settings


def engine_reports(settings: Settings, catalog: Callable[[], Catalog]) -> list[EngineReport]:
    """One of each engine, ours first."""
    return [_report(replace(settings, engine=name), catalog, default=name == settings.engine) for name in names()]


def _advice(settings: Settings, tried: Sequence[Tried], connecting: Sequence[Tried]) -> Iterator[str]:
    yield from advice(f"{one.name}: {one.reason}" for one in (*tried, *connecting) if one.reason)
    if tried and os.geteuid() != 0 and (reason := refused(settings.store)):
        yield f"for more than one user id: {reason}"


def _report(settings: Settings, catalog: Callable[[], Catalog], *, default: bool) -> EngineReport:
    try:
        one = engine(settings, catalog)
        images = len(one.images.list())
        if one.containers is None:
            return EngineReport(settings.engine, default, images)
        tried, connecting = tuple(one.containers.runtimes()), tuple(one.containers.networks())
        return EngineReport(
            settings.engine,
            default,
            images,
            len(one.containers.list()),
            one.containers.unavailable,
            tried,
            ids().mode if tried else None,
            tuple(_advice(settings, tried, connecting)),
            connecting,
        )
    except LayertuiError as error:
        return EngineReport(settings.engine, default, problem=str(error))
