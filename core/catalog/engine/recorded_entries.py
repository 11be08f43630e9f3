"""A file that a question to the catalog found, as the entry that a view would have; what is not recorded it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Entry, Kind

if TYPE_CHECKING:
    from layertui.core.catalog.questions.find_paths import FoundPath

_KINDS = {kind.word: kind for kind in Kind}


def entry_of(found: FoundPath) -> Entry:
    """The entry; which change of its layer it was is not recorded. Raises Damaged for a type that there is not."""
    kind = _KINDS.get(found.type)
    if kind is None:
        raise Damaged(tr("the catalog has an entry of a layer that is none"))
    is_symlink = kind is Kind.SYMLINK
    return Entry(
        path=found.path,
        kind=kind,
        mode=found.mode or 0,
        uid=found.uid or 0,
        gid=found.gid or 0,
        size=found.size or 0,
        mtime=found.mtime or 0,
        link=found.link if is_symlink else None,
        hardlink_to=None if is_symlink else found.link,
        layer=found.layer,
    )
