"""Checks that an unpacked layer is complete and unchanged, after a power failure, a full disk or changes by a user."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from layertui.core.containers.storage.unpacked_layers import UnpackedLayers
from layertui.core.errors import LayertuiError
from layertui.core.images.image import Layer
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, LayerTable
from layertui.core.storage.lost_and_found import LostAndFound, Problem, RepairableProblem, is_own_folder
from layertui.core.store_paths import LOST_AND_FOUND

_MODES = {Kind.FILE: stat.S_IFREG, Kind.DIR: stat.S_IFDIR, Kind.SYMLINK: stat.S_IFLNK}


def changed_files(
    unpacked: UnpackedLayers,
    layers: Iterable[Layer],
    table: Callable[[Layer], LayerTable],
    lost_and_found: LostAndFound,
) -> Iterator[RepairableProblem]:
    """The unpacked layers that differ from their tars; after the repair has moved them, the next start unpacks them again."""
    known: set[str] = set()
    for layer in layers:
        for path in unpacked.folders_of(layer):
            if path.name in known or not os.path.lexists(path):
                continue
            known.add(path.name)
            with suppress(LayertuiError):  # a layer that cannot be read is reported elsewhere
                what = _difference(path, lambda layer=layer: table(layer))  # type: ignore[misc]
                if what is not None:
                    detail = tr(
                        "{what}; `fsck --repair` moves it to {lost_and_found}, and the next start unpacks it again",
                        what=what,
                        lost_and_found=LOST_AND_FOUND,
                    )
                    yield RepairableProblem(
                        Problem("unpacked", f"unpacked/{path.name}", detail), partial(lost_and_found.move_in, path)
                    )


def _difference(folder: Path, table: Callable[[], LayerTable]) -> str | None:
    """How a folder differs from its layer, if it does. For merged layers only whether there is a folder."""
    if not is_own_folder(folder):
        return tr("is not a folder")
    path = None if folder.name.endswith("-all") else _first_changed(os.fsencode(folder), table())
    return None if path is None else tr("{path} is not there as the layer has it", path=path)


def _first_changed(folder: bytes, table: LayerTable) -> str | None:
    rows = zip(table.keys(), table.kind.tolist(), table.flags.tolist(), table.size_of.tolist(), strict=True)
    for row, (key, kind, flags, size) in enumerate(rows):
        mode = _MODES.get(kind)
        if mode is None or (kind == Kind.DIR and flags & IMPLIED):
            continue
        try:
            found = os.lstat(folder + b"/" + key.replace(b"\0", b"/"))
        except (FileNotFoundError, NotADirectoryError):
            return table.path(row)
        except OSError:  # a path longer than PATH_MAX, or a folder that a plain user may not enter
            continue
        is_as_long = kind != Kind.FILE or flags & HARDLINK or found.st_size == size
        if stat.S_IFMT(found.st_mode) != mode or not is_as_long:
            return table.path(row)
    return None
