"""The results of `fsck`, `gc` and `df`, as JSON objects and as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import marked, tr, trn
from layertui.tui.common.format import count_text, one_line, size
from layertui.tui.report.json_output import docker_table

if TYPE_CHECKING:
    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.engines.store_usage import Usage
    from layertui.core.store.store_check import Problem, SweptBlobs
    from layertui.core.store.store_examination import StoreReport

Object = dict[str, Any]

_TYPES = {
    "images": "Images",
    "containers": "Containers",
    "volumes": "Volumes",
    "unpacked": "Unpacked layers",
    "cache": "Cache",
}


def fsck_object(report: StoreReport) -> Object:
    """What `fsck --json` prints."""
    found: Object = {
        "ok": report.ok,
        "checked": dict(report.checked),
        "problems": [_problem_object(problem) for problem in report.problems],
    }
    if report.repaired:
        found["repaired"] = [_problem_object(problem) for problem in report.repaired]
    if report.leftovers:
        found["leftovers"] = [_problem_object(problem) for problem in report.leftovers]
    return found


def _problem_object(problem: Problem) -> Object:
    return {"kind": problem.kind, "what": problem.what, "detail": problem.detail}


# What is counted.
_CHECKED = (marked("names"), marked("images"), marked("blobs"), marked("bytes"), marked("containers"))


def fsck_lines(report: StoreReport) -> Iterator[str]:
    """Each problem on a line, then remains of interrupted work, and what was checked."""
    yield from (tr("repaired {problem_line}", problem_line=_problem_line(problem)) for problem in report.repaired)
    yield from map(_problem_line, (*report.problems, *report.leftovers))
    looked_at = ", ".join(f"{count_text(number)} {tr(what)}" for what, number in report.checked.items())
    problems = len(report.problems)
    outcome = "ok" if report.ok else trn("{count} problem", "{count} problems", problems)
    yield tr("{outcome}: {looked_at} checked", outcome=outcome, looked_at=looked_at)


def _problem_line(problem: Problem) -> str:
    return f"{problem.kind} {one_line(problem.what)}: {one_line(problem.detail)}"


def gc_object(swept: SweptBlobs) -> Object:
    """What `gc --json` prints."""
    return {"deleted": list(swept.blobs), "temporary": swept.temporary, "size": swept.size}


def gc_lines(swept: SweptBlobs, *, dry_run: bool) -> Iterator[str]:
    """Each blob on a line, and the total."""
    verb = tr("would delete") if dry_run else tr("deleted")
    yield from (f"{verb}: {digest}" for digest in swept.blobs)
    yield tr(
        "{word} space: {size}", word=tr("Reclaimable") if dry_run else tr("Total reclaimed"), size=size(swept.size)
    )


def df_object(rows: Iterable[Usage]) -> Object:
    """What `df --json` prints."""
    return {
        row.what: {"count": row.count, "active": row.active, "size": row.size, "reclaimable": row.reclaimable}
        for row in rows
    }


def df_lines(rows: Iterable[Usage]) -> Iterator[str]:
    """`df` in the layout of `docker system df`."""
    table = [
        [_TYPES[row.what], count_text(row.count), count_text(row.active), size(row.size), _reclaimable(row)]
        for row in rows
    ]
    return docker_table(["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"], table)


def volume_object(volume: Volume, taken: int | None) -> Object:
    """One volume of `df -v --json`."""
    return {"name": volume.name, "size": taken, "containers": list(volume.containers)}


def volume_lines(volumes: Iterable[tuple[Volume, int | None]]) -> Iterator[str]:
    """The volumes, in the layout of `docker system df -v`."""
    rows = [
        [volume.name, str(len(volume.containers)), "?" if taken is None else size(taken)] for volume, taken in volumes
    ]
    yield ""
    yield from docker_table(["VOLUME NAME", "LINKS", "SIZE"], rows)


def _reclaimable(row: Usage) -> str:
    share = f" ({100 * row.reclaimable // row.size}%)" if row.size else ""
    return size(row.reclaimable) + share
