"""The engines there are: each asked what it is and has, and its runtimes whether they work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.runtimes.advice import advice
from layertui.core.containers.storage.user_namespace import refused
from layertui.core.engines.bounded_asking import answers
from layertui.core.errors import LayertuiError, Unreachable
from layertui.core.inspector.inspector_answers import EngineReport
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.model.probe_result import ProbeResult
    from layertui.core.engines.discover import Engines
    from layertui.core.engines.engine import Engine
    from layertui.core.settings import Settings

PATIENCE = 5.0
"""Seconds that all daemons together have for their answers."""


def engine_reports(engines: Engines, settings: Settings, *, probe: bool = True) -> list[EngineReport]:
    """One of each engine, ours first; one that cannot be loaded or asked says why. Without `probe` no runtime is tried.

    Daemons are asked all at the same time, and may be silent; engines in this process answer by themselves.
    """
    names = list(dict.fromkeys((*engines.names(), settings.engine)))
    daemons = {
        name: partial(_report, name, engines, settings, probe=probe) for name in names if name in engines.endpoints
    }
    found = answers(daemons, PATIENCE)
    return [
        _failed(name, engines, settings, error)
        if isinstance(error := found.get(name), Exception)
        else error or _report(name, engines, settings, probe=probe)
        for name in names
    ]


def start_engine(engine: Engine) -> None:
    """Start the service of an engine that can be started, see `EngineReport.can_be_started`. Raises Unreachable."""
    if engine.about is not None:
        engine.about.version()


def _report(name: str, engines: Engines, settings: Settings, *, probe: bool) -> EngineReport:
    endpoint = engines.endpoints.get(name)
    if endpoint is not None and endpoint.service is not None and not endpoint.may_listen and name != settings.engine:
        # To be listed is no reason to start it.
        why = tr(
            "Podman at {address}: nothing listens there; `--engine {name}` or `{name}:NAME` starts it",
            address=endpoint.address,
            name=name,
        )
        return replace(_failed(name, engines, settings, Unreachable(why)), can_be_started=True)
    try:
        engine = engines.named(name)
        about = engine.about
        version = about.version() if about is not None else ""
        found = EngineReport(
            name, name == settings.engine, reachable=True, version=version, takes_images=engine.sink is not None
        )
        if about is not None:
            address = endpoint.reached_at if endpoint is not None else about.address
            found = replace(found, kind=about.kind, address=address)
    except Exception as error:  # noqa: BLE001  # also that of another package's code
        return _failed(name, engines, settings, error)
    try:
        return _with_content(engine, found, settings, probe=probe)
    except Exception as error:  # noqa: BLE001
        return replace(found, problem=_line(error))


def _with_content(engine: Engine, report: EngineReport, settings: Settings, *, probe: bool) -> EngineReport:
    """The same, with what the engine has, and by what its containers would be started."""
    report = replace(report, images=len(engine.images.list()))
    if engine.containers is None:
        return report
    report = replace(report, containers=len(engine.containers.list()))
    if not probe:
        return report
    survey = engine.containers.survey
    tried, connecting = (survey.runtimes(), survey.networks()) if survey is not None else ((), ())
    return replace(
        report,
        problem=engine.containers.lifecycle.unavailable,
        runtimes=tuple(tried),
        ids=ids().mode if tried else None,
        advice=tuple(_advice(settings, tried, connecting)),
        networks=tuple(connecting),
    )


def _failed(name: str, engines: Engines, settings: Settings, error: Exception) -> EngineReport:
    why = _line(error)
    endpoint = engines.endpoints.get(name)
    report = EngineReport(name, name == settings.engine, problem=why, why=why)
    if endpoint is None:
        return replace(report, kind="embedded") if name == "embedded" else report
    if isinstance(error, Unreachable) and endpoint.address not in why:
        why = f"{endpoint.address}: {why}"
    return replace(report, kind=endpoint.kind, address=endpoint.address, problem=why, why=why)


def _line(error: Exception) -> str:
    return str(error) if isinstance(error, LayertuiError) else f"{type(error).__name__}: {error}"


def _advice(settings: Settings, tried: Sequence[ProbeResult], connecting: Sequence[ProbeResult]) -> Iterator[str]:
    yield from advice(f"{one.name}: {one.reason}" for one in (*tried, *connecting) if one.reason)
    if tried and os.geteuid() != 0 and (reason := refused(settings.store)):
        yield tr("for more than one user id: {reason}", reason=reason)
