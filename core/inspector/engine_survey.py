"""The engines there are: each asked what it has, and its runtimes whether they work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.runtimes.advice import advice
from layertui.core.containers.storage.user_namespace import refused
from layertui.core.errors import LayertuiError
from layertui.core.inspector.inspector_answers import EngineReport

if TYPE_CHECKING:
    from layertui.core.containers.runtimes.runtime import ProbeResult
    from layertui.core.engines.discover import Engines
    from layertui.core.settings import Settings


def engine_reports(engines: Engines, settings: Settings) -> list[EngineReport]:
    """One of each engine, ours first; one that cannot be loaded or asked says why."""
    return [_report(name, engines, settings) for name in engines.names()]


def _advice(settings: Settings, tried: Sequence[ProbeResult], connecting: Sequence[ProbeResult]) -> Iterator[str]:
    yield from advice(f"{one.name}: {one.reason}" for one in (*tried, *connecting) if one.reason)
    if tried and os.geteuid() != 0 and (reason := refused(settings.store)):
        yield f"for more than one user id: {reason}"


def _report(name: str, engines: Engines, settings: Settings) -> EngineReport:
    default = name == settings.engine
    try:
        one = engines.named(name)
        images = len(one.images.list())
        if one.containers is None:
            return EngineReport(name, default, images)
        survey = one.containers.survey
        tried, connecting = (survey.runtimes(), survey.networks()) if survey is not None else ((), ())
        return EngineReport(
            name,
            default,
            images,
            len(one.containers.list()),
            one.containers.lifecycle.unavailable,
            tuple(tried),
            ids().mode if tried else None,
            tuple(_advice(settings, tried, connecting)),
            tuple(connecting),
        )
    except LayertuiError as error:
        return EngineReport(name, default, problem=str(error))
    except Exception as error:  # noqa: BLE001  # the code of another package
        return EngineReport(name, default, problem=f"{type(error).__name__}: {error}")
