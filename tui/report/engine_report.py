"""Engines as JSON objects and as text, with the test results of every runtime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, safe
from layertui.tui.report.json_output import docker_table

if TYPE_CHECKING:
    from layertui.core.containers.model.probe_result import ProbeResult
    from layertui.core.inspector.inspector_answers import EngineReport

_IDS = {
    "root": tr("every user id, each as itself"),
    "multi": tr("a range of user ids, by newuidmap"),
    "single": tr("one user id, yours; owners of files are kept beside the layer"),
}


def engine_object(one: EngineReport) -> dict[str, Any]:
    """One of `engines --json`."""
    return {
        "name": one.name,
        "kind": one.kind,
        "address": one.address,
        "reachable": one.reachable,
        "version": one.version,
        "why": one.why,
        "default": one.default,
        "images": one.images,
        "containers": one.containers,
        "problem": one.problem,
        "runtime": one.runtime.name if one.runtime is not None else None,
        "ids": one.ids,
        "runtimes": list(map(_tried_object, one.runtimes)),
        "networks": list(map(_tried_object, one.networks)),
        "advice": list(one.advice),
    }


def _tried_object(tried: ProbeResult) -> dict[str, Any]:
    return {"name": tried.name, "program": tried.program, "works": tried.reason is None, "reason": tried.reason}


def engines_lines(found: Sequence[EngineReport], *, verbose: bool) -> Iterator[str]:
    """A table; with `verbose`, more about each engine below it."""
    rows = [
        [
            safe(one.name) + (" *" if one.default else ""),
            one.kind,
            one_line(one.version) if one.reachable else "-",
            "-" if one.images is None else str(one.images),
            "-" if one.containers is None else str(one.containers),
            one.runtime.name if one.runtime is not None else "-",
            one_line(one.address),
            _problem(one)[:80] if not verbose else "",
        ]
        for one in found
    ]
    yield from docker_table(
        ["ENGINE", "KIND", "VERSION", "IMAGES", "CONTAINERS", "RUNTIME", "ADDRESS", "PROBLEM"], rows
    )
    if verbose:
        for one in found:
            yield from _in_full(one)


def _problem(one: EngineReport) -> str:
    """Its problem, without the address that another column has."""
    line = one_line(one.problem or "")
    return line.partition(f" at {one.address}: ")[2] or line


def _in_full(one: EngineReport) -> Iterator[str]:
    yield ""
    yield f"{safe(one.name)}: {one_line(one.problem) if one.problem and not one.runtimes else tr('what would start a container')}"
    yield from map(_tried_line, one.runtimes)
    if one.networks:
        yield tr("  what would connect one, with ports of its own")
        yield from map(_tried_line, one.networks)
    if one.ids is not None:
        yield tr("  ids     {ids}", ids=_IDS[one.ids])
    yield from (tr("  help    {line}", line=line) for line in one.advice)


def _tried_line(tried: ProbeResult) -> str:
    what = safe(tried.program or tried.name)
    return (
        tr("  works   {what}", what=what)
        if tried.reason is None
        else tr("  fails   {what}: {reason}", what=what, reason=one_line(tried.reason))
    )
