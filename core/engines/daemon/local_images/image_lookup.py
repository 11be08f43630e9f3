"""Finds the one image that a user's word means among those that an engine lists."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from layertui.core.errors import Ambiguous, ImageChoice, NotFound, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DIGEST_WORD
from layertui.core.oci.reference import DEFAULT_NAMESPACE, DEFAULT_REGISTRY, Reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.oci.digest import Digest

_LOCAL = "localhost"


def not_there(text: str, owner: str, engine: str = "") -> NotFound:
    """The error for an image that `owner` does not have, with the command that lists those of its engine, if it is one."""
    listed_by = ""
    if engine:
        listed_by = tr("`layertui --engine {engine} images` lists the images", engine=shlex.quote(engine))
    return NotFound(tr("no image {text} in {owner}", text=text, owner=owner), listed_by)


def find_image(images: Sequence[ImageSummary], text: str, owner: str, engine: str = "") -> ImageSummary:
    """The image of a name, of name@digest, of an ID or of a unique prefix of one with at least four hex digits.

    `owner` is what an error calls the place, and `engine` names its engine there. Raises UsageError, NotFound, and Ambiguous with the IDs to choose from.
    """
    is_digest = DIGEST_WORD.fullmatch(text) is not None
    try:
        name: Reference | None = Reference.parse(text)
    except UsageError:
        if not is_digest:
            raise
        name = None
    found = _named(images, name) if name is not None else []
    if not found and is_digest:
        found = [one for one in images if any(digest.is_meant_by(text) for digest in _digests(one))]
    if not found:
        raise not_there(text, owner, engine)
    if len({one.id for one in found}) > 1:
        choices = [
            ImageChoice(one.id.encoded, f"{', '.join(name.familiar for name in one.names) or '<none>'}  {one.id.short}")
            for one in found
        ]
        listed = ", ".join(choice.title for choice in choices)
        raise Ambiguous(
            tr(
                "{text} fits {found} images in {owner}: {listed}; write more of the ID",
                text=text,
                found=len(found),
                owner=owner,
                listed=listed,
            ),
            choices,
        )
    return found[0]


def _named(images: Sequence[ImageSummary], name: Reference) -> list[ImageSummary]:
    if name.digest is not None:
        return [
            one
            for one in images
            if name.digest in _digests(one)
            and any(own.full_name == name.full_name and name.tag in (None, own.tag) for own in one.names)
        ]
    found = [one for one in images if name in one.names]
    if found or name.registry != DEFAULT_REGISTRY:
        return found
    # What Podman builds without a registry in its name is in this one.
    local = Reference(_LOCAL, name.repository.removeprefix(f"{DEFAULT_NAMESPACE}/"), name.tag)
    return [one for one in images if local in one.names]


def _digests(image: ImageSummary) -> list[Digest]:
    return [one for one in (image.id, image.digest, image.engine_id) if one is not None]
