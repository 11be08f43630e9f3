"""What a daemon answers about its images, as values: rows of its list, and one image that it was asked for."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from layertui.core.engines.daemon.api_json.json_values import texts
from layertui.core.engines.image_values import ImageSummary
from layertui.core.errors import Damaged, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = dict[str, Any]
_NAMES = 4096
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class InspectedImage:
    """One image as `GET /images/NAME/json` has it."""

    engine_id: Digest
    names: tuple[Reference, ...]
    diff_ids: tuple[str, ...]
    driver: str
    """The name of the storage driver."""
    root: PurePosixPath | None
    """The daemon's data folder, where a layer's path gives it."""
    digests: tuple[str, ...] = ()
    """`NAME@DIGEST` by which registries have it, or would have it."""


def inspected(answer: object) -> InspectedImage:
    """Read the answer of one image. Damaged where it is none."""
    if not isinstance(answer, dict):
        raise Damaged(tr("the daemon's answer is not a JSON object"))
    graph = answer.get("GraphDriver")
    graph = graph if isinstance(graph, dict) else {}
    data = graph.get("Data")
    upper = data.get("UpperDir") if isinstance(data, dict) else None
    # ROOT/overlay2/ID/diff, and in Podman's store ROOT/overlay/ID/diff.
    path = PurePosixPath(upper) if isinstance(upper, str) else None
    root = path.parents[2] if path is not None and path.is_absolute() and len(path.parents) > 3 else None
    rootfs = answer.get("RootFS")
    layers = rootfs.get("Layers") if isinstance(rootfs, dict) else None
    diff_ids = tuple(map(str, layers)) if isinstance(layers, list) else ()
    digests = tuple(f"{name}@{digest}" for name, digest in _pulled_digests(answer))
    return InspectedImage(_engine_id(answer), names_of(answer), diff_ids, str(graph.get("Name") or ""), root, digests)


def rows_of(answer: object) -> list[Row]:
    """The rows of a list. Damaged where it is none."""
    if answer is None:  # Go's spelling of an empty list
        return []
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise Damaged(tr("the daemon's list of images is not a list of JSON objects"))
    return answer


def summary_of(row: Row, config_digest: Callable[[Digest], Digest | None] | None) -> ImageSummary:
    """One row of a list; `config_digest` gives the image ID where the daemon's own is another digest."""
    engine_id = _engine_id(row)
    image_id = (config_digest(engine_id) if config_digest is not None else None) or engine_id
    created, size, stated = row.get("Created"), row.get("Size"), row.get("Digest")
    digest = Digest(stated) if isinstance(stated, str) and stated else None
    if digest is None and config_digest is not None:
        digest = engine_id
    architecture, system = _platform(row)
    return ImageSummary(
        id=image_id,
        engine_id=engine_id if engine_id != image_id else None,
        digest=digest,
        pulled_digests=_pulled_digests(row) if digest is None else (),
        names=names_of(row),
        created=_time(created) if isinstance(created, int) else None,
        architecture=architecture,
        os=system,
        size=size if isinstance(size, int) else None,
    )


def _pulled_digests(row: Row) -> tuple[tuple[str, Digest], ...]:
    parts = (text.rpartition("@") for text in texts(row, "RepoDigests"))
    return tuple((repository, Digest(digest)) for repository, _, digest in parts if _SHA256.fullmatch(digest))


def _platform(row: Row) -> tuple[str, str]:
    """Architecture and system: Podman's from 5 on, Docker's of the containerd image store from API 1.47 on; else empty.

    Of an image for several platforms those of the only one that the daemon has.
    """
    manifests = row.get("Manifests")
    held = [
        data["Platform"]
        for one in (manifests if isinstance(manifests, list) else ())
        if isinstance(one, dict) and one.get("Kind") == "image" and one.get("Available") is True
        if isinstance(data := one.get("ImageData"), dict) and isinstance(data.get("Platform"), dict)
    ]
    said = (held[0].get("architecture"), held[0].get("os")) if len(held) == 1 else (row.get("Arch"), row.get("Os"))
    architecture, system = (one if isinstance(one, str) else "" for one in said)
    return architecture, system


def has_manifest_ids(rows: Sequence[Row]) -> bool | None:
    """Whether the IDs of a list are digests of manifests; None where no row shows it."""
    for row in rows:
        digests = [text.partition("@")[2] for text in texts(row, "RepoDigests")]
        if row.get("Id") in digests:
            return True
        if names_of(row):  # with the containerd image store, whatever has a name has its digest too
            return False
    return None


def names_of(row: Row) -> tuple[Reference, ...]:
    """The names of an image; `<none>:<none>` and what is no reference are none."""
    named = (_name(text) for text in texts(row, "RepoTags") if "<none>" not in text)
    return tuple(name for name in named if name is not None)


@lru_cache(_NAMES)
def _name(text: str) -> Reference | None:
    """A name as it comes again and again: parsing it takes half of the time that a list does."""
    try:
        return Reference.parse(text)
    except UsageError:
        return None


def step_id(row: Row) -> Digest | None:
    """The ID of the image as of one step of a history; None for `<missing>`."""
    found = row.get("Id")
    if not isinstance(found, str):
        return None
    whole = found if ":" in found else f"sha256:{found}"  # as Podman writes it
    return Digest(whole) if _SHA256.fullmatch(whole) else None


def _engine_id(row: Row) -> Digest:
    found = row.get("Id")
    if not isinstance(found, str):
        raise Damaged(tr("the daemon's answer has an image without an ID"))
    return Digest(found if ":" in found else f"sha256:{found}")


def _time(seconds: int) -> str | None:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return None
