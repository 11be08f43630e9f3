"""Files that `find` found, as JSON or text: the rows of `ls`, each with its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.analysis.search.image_search import FoundFiles
from layertui.tui.common.format import safe
from layertui.tui.report.json_output import json_bytes
from layertui.tui.report.row_objects import entry_object, json_each, long_line, text_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.find_files import FilesInImage

_NOT_RECORDED = ("uname", "gname", "mtime_ns", "dev", "xattrs", "change")  # what a catalog does not say of a file
_WIDTH = 12  # of the sizes of entries that are written one by one


def json_found(found: FilesInImage, *, versions: bool) -> Iterator[str]:
    """One JSON object per text; with ``versions``, `visible` says whether the image shows that version."""
    image = f'{{"image":{json_bytes(found.image).decode()},'
    if not versions and isinstance(found.files, FoundFiles):
        for row in json_each(found.files.view, found.files.indexes):
            yield image + row[1:]
        return
    for entry, visible in found.files.entries():
        more: dict[str, Any] = {} if isinstance(found.files, FoundFiles) else dict.fromkeys(_NOT_RECORDED)
        if versions:
            more["visible"] = visible
        yield image + json_bytes(entry_object(entry) | more).decode()[1:]


def text_found(found: FilesInImage, *, versions: bool, long: bool) -> Iterator[str]:
    """One line per text: the path, or as `ls -l`; after the image's name unless only that was searched."""
    image = "" if found.is_only else safe(found.image) + (": " if long else ":")
    if not versions and isinstance(found.files, FoundFiles):
        for rows in text_rows(found.files.view, found.files.indexes, long=long, marked=False):
            yield from (image + row for row in rows.split("\n"))
        return
    for entry, visible in found.files.entries():
        if long:
            yield image + long_line(entry, _WIDTH) + ("" if visible else "  (hidden)")
        else:
            yield image + safe(entry.path)
