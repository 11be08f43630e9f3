"""What a search finds, in pieces that the find screen appends as they come; runs on a thread of its own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from layertui.tui.widgets.lists.found_list import FoundRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.find_files import FilesInImage
    from layertui.core.progress import Progress

MOST = 10_000
"""Rows after which a search ends: with that many, the user should narrow it."""
_PIECE = 1000


def found_rows(
    inspector: Inspector, query: FileQuery, names: Sequence[str], progress: Progress, *, all_engines: bool
) -> Iterator[list[FoundRow] | str]:
    """Rows as they are found; a text for what could not be searched. Ends after `MOST` rows, with one more piece that is empty."""
    from layertui.core.inspector.find_files import NotSearched, find_files

    count = 0
    for one in find_files(inspector, query, names, all_engines=all_engines, progress=progress):
        if isinstance(one, NotSearched):
            yield one.why if one.name in one.why else f"{one.name}: {one.why}"
            continue
        rows = _rows(one, inspector.settings.engine)
        while piece := list(islice(rows, min(_PIECE, MOST - count))):
            progress.advance(0)
            count += len(piece)
            yield piece
            if count >= MOST:
                yield []
                return


def _rows(found: FilesInImage, default: str) -> Iterator[FoundRow]:
    for entry, visible in found.files.entries():
        yield FoundRow(
            image=found.image,
            engine="" if found.engine == default else found.engine,
            local=found.local,
            path=entry.path,
            is_folder=entry.is_folder,
            size=entry.size,
            layer=entry.layer or 0,
            visible=visible,
        )
