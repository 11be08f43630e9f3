"""Images, their history steps and their layers, as JSON objects and as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import english
from layertui.tui.common.format import age, count_text, one_line, safe, short, shorten, size
from layertui.tui.report.json_output import aligned, docker_table

if TYPE_CHECKING:
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.oci.digest import Digest

Object = dict[str, Any]

# The width to which docker cuts a command in `history`.
COMMAND_WIDTH = 45


def image_object(image: ImageSummary) -> Object:
    """One image of `images --json`."""
    return {
        "id": image.id,
        **({"engine_id": image.engine_id} if image.engine_id is not None else {}),
        "tags": [name.familiar for name in image.names],
        "digests": _digests(image),
        "diff_ids": list(image.diff_ids),
        "created": image.created,
        "architecture": image.architecture,
        "os": image.os,
        "size": image.size,
        "stored_size": image.stored_size,
    }


def _digests(image: ImageSummary) -> list[Digest]:
    if image.digest is not None:
        return [image.digest]
    return list(dict.fromkeys(digest for _, digest in image.pulled_digests))


@english()
def image_lines(images: Iterable[ImageSummary], *, full: bool, digests: bool) -> Iterator[str]:
    """`images` as docker prints it: a row for each name, and one for an image without names."""
    headers = ["REPOSITORY", "TAG", *(["DIGEST"] if digests else []), "IMAGE ID", "CREATED", "SIZE"]
    rows = []
    for image in images:
        identity = str(image.id) if full else short(image.id)
        for name, tag in image_names(image):
            own: dict[str, str] = dict(image.pulled_digests)
            digest = [str(image.digest or own.get(name, "<none>"))] if digests else []
            rows.append([name, tag, *digest, identity, age(image.created), size(image.size)])
    return docker_table(headers, rows)


def image_names(image: ImageSummary) -> list[tuple[str, str]]:
    """Repository and tag of each name; `<none>` if there is none."""
    return [(safe(name.name), safe(name.tag or "<none>")) for name in image.names] or [("<none>", "<none>")]


def step_object(step: Step) -> Object:
    """One step of `history --json`."""
    return {
        "created_by": step.created_by,
        "created": step.created,
        "comment": step.comment,
        "author": step.author,
        "size": step.size,
        "empty_layer": step.empty_layer,
        "diff_id": step.diff_id,
        "chain_id": step.chain_id,
        "layer": step.number,
    }


def identity_text(image_id: Digest | None, *, full: bool) -> str:
    """The ID of the image as of a step, as `history` prints it."""
    if image_id is None:
        return "<missing>"
    return str(image_id) if full else short(image_id)


@english()
def step_lines(steps: Sequence[Step], identities: Sequence[str], *, full: bool) -> Iterator[str]:
    """`history` as docker prints it; `steps` are newest first, each with its ID as `identity_text` writes it."""
    rows = []
    for step, identity in zip(steps, identities, strict=True):
        command = safe((step.created_by or "").replace("\t", " "))
        comment = one_line(step.comment or "")
        rows.append(
            [
                identity,
                age(step.created),
                command if full else shorten(command, COMMAND_WIDTH),
                size(step.size),
                comment if full else shorten(comment, COMMAND_WIDTH),
            ]
        )
    return docker_table(["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"], rows)


def layer_object(layer: LayerSummary) -> Object:
    """One layer of `layers --json`; a container's writable layer has no digests."""
    row: Object = {
        "number": layer.number,
        "diff_id": layer.layer.diff_id if layer.layer else None,
        "chain_id": layer.layer.chain_id if layer.layer else None,
        "digest": layer.layer.digest if layer.layer and not layer.layer.is_recorded else None,
        "media_type": layer.layer.media_type if layer.layer and not layer.layer.is_recorded else None,
        "size": layer.size,
        "stored_size": layer.stored_size,
        "entries": layer.entries,
        "added": layer.added,
        "modified": layer.modified,
        "removed": layer.removed,
        "created_by": layer.created_by,
    }
    return {**row, "writable": True} if layer.writable else row


def layer_lines(layers: Iterable[LayerSummary]) -> Iterator[str]:
    """Layers from the bottom up, one per line, numbers right-aligned."""
    rows = [["LAYER", "SIZE", "STORED", "ENTRIES", "ADDED", "MODIFIED", "REMOVED", "DIFF ID", "CREATED BY"]]
    rows += [
        [
            count_text(layer.number),
            size(layer.size),
            size(layer.stored_size) if layer.stored_size is not None else "-",
            *map(count_text, (layer.entries, layer.added, layer.modified, layer.removed)),
            short(layer.layer.diff_id) if layer.layer else "-",
            "(writable)" if layer.writable else shorten(one_line(layer.command or layer.created_by or ""), 60),
        ]
        for layer in layers
    ]
    return aligned("rrrrrrrll", rows)
