"""The images of a layout that lists very many, by the names in its index alone: no manifest or config is read to choose among them."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

from layertui.core.errors import Ambiguous, ImageChoice
from layertui.core.images.archive.archive_members import FolderMembers
from layertui.core.images.archive.docker_archive import MANIFEST_JSON
from layertui.core.images.archive.layout_archive import entries_here
from layertui.core.images.image_choice import shown_names
from layertui.core.images.image_index import INDEX_JSON, is_image, name_of
from layertui.core.language.texts import tr
from layertui.core.oci.media_types import is_index

if TYPE_CHECKING:
    from os import PathLike

    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference

_FEW = 100
"""Images of which a choice says the ID and the platform, for which each is read."""


def many_choices(folder: str | PathLike[str]) -> Ambiguous | None:
    """The error that lists the images of a layout folder; None where all of them have to be read to know, or are few.

    What is not an image is left out as far as the index tells. Raises Damaged, StorageError.
    """
    members = FolderMembers(folder)
    try:
        if members.size(INDEX_JSON) is None or members.size(MANIFEST_JSON) is not None:
            return None
        entries = entries_here(members)
    finally:
        members.close()
    named: dict[Digest, list[Reference]] = {}
    for entry in filter(is_image, entries):
        name = name_of(entry, [])
        # What an index of several platforms means here, and what an image without a name is, only its documents say.
        if is_index(entry.media_type) or name is None:
            return None
        named.setdefault(entry.digest, []).append(name)
    if len(named) <= _FEW:
        return None
    owners = Counter(name for names in named.values() for name in set(names))
    choices = [_choice(digest, names, owners) for digest, names in named.items()]
    listed = shown_names([choice.name for choice in choices])
    source = PurePath(folder).name or str(folder)
    return Ambiguous(
        tr("{source} holds {choices} images; choose one: {listed}", source=source, choices=len(choices), listed=listed),
        choices,
    )


def _choice(digest: Digest, names: list[Reference], owners: Counter[Reference]) -> ImageChoice:
    name = next((str(name) for name in names if owners[name] == 1), str(digest))
    return ImageChoice(name, f"{', '.join(one.familiar for one in names)}  {digest.short}")
