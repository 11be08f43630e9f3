"""Reads the files of package databases, in the order in which they are stored, within limits.

A file that is damaged gives what could be read of it, and one line that says why there is no more.
"""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar, runtime_checkable

import numpy as np

from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Cancelled, Damaged, LayertuiError, LimitExceeded
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.layers.diff.file_contents import Bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from layertui.core.analysis.packages.layer_databases import DatabaseNote, LayerDatabases
    from layertui.core.analysis.packages.package import RecordedPackage
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

Item = TypeVar("Item")

_MOST_PROBLEMS = 100  # lines; an image of a million damaged files needs no million of them


@runtime_checkable
class KnownDatabases(Protocol):
    """What the contents of a layer have besides, where these files are known without the layer: see LayerContent."""

    def databases(self) -> LayerDatabases | None:
        """What the databases in it say; None where they are to be read."""
        ...


class DatabaseReader:
    """Opens rows of a stack one after another; `problems` are the reasons why something was not read.

    `may_pass` says whether one of them may be gone the next time, as a disk's or a registry's, and is not one of the content.
    """

    def __init__(self, stack: Timeline, progress: Progress) -> None:
        self._stack, self._progress = stack, progress
        self._kept: dict[int, LayerDatabases | None] = {}
        self._notes: dict[int, DatabaseNote] = {}
        self._left = bounds().package_databases
        self.problems: list[str] = []
        self.may_pass = False

    def each(self, rows: Column) -> Iterator[tuple[int, BinaryIO]]:
        """Each of some rows of the stack (int64) with its content, which is valid until the next one, layer by layer from the lowest.

        A row that cannot be opened is left out.
        """
        inodes = self._stack.inode[rows].astype(np.int64)
        order = np.lexsort((self._stack.column("body", inodes), self._stack.layer[rows]))
        self._progress.begin(tr("reading packages"), len(rows), "files")
        rows, inodes = rows[order], inodes[order]
        self._notes = {row: note for row in rows.tolist() if (note := self._note(row)) is not None}
        opened = np.array([row not in self._notes for row in rows.tolist()], bool)
        with Bodies(self._stack, inodes[opened]) as bodies:
            for row, inode in zip(rows.tolist(), inodes.tolist(), strict=True):
                self._progress.advance()
                if (note := self._notes.get(row)) is not None:
                    yield row, io.BytesIO(note.content or b"")
                    continue
                for stream in self.guarded(row, partial(self._open, bodies, inode)):
                    yield row, stream

    def _note(self, row: int) -> DatabaseNote | None:
        """What is kept of a file; of a hard link to another layer nothing is."""
        stack = self._stack
        layer = int(stack.layer[row])
        if layer not in self._kept:
            content: object = stack.layers[layer - 1].content
            self._kept[layer] = content.databases() if isinstance(content, KnownDatabases) else None
        kept = self._kept[layer]
        if kept is None or int(stack.layer[stack.inode[row]]) != layer:
            return None
        return kept.get(stack.key(int(stack.path_id[row])), int(stack.size[row]))

    def kept(self, row: int) -> Iterator[RecordedPackage] | None:
        """The packages that are kept of a file in place of its content; None where there are none. Raises Damaged after the last one."""
        note = self._notes.get(row)
        return None if note is None or note.content is not None else _packages(note)

    def path(self, row: int) -> str:
        """The path of a row."""
        return self._stack.path(int(self._stack.path_id[row]))

    @staticmethod
    def _open(bodies: Bodies, inode: int) -> list[BinaryIO]:
        return [bodies.open(inode)]

    def content(self, row: int, stream: BinaryIO) -> bytes:
        """All bytes of a file. Raises LimitExceeded for more than a database may have."""
        size = int(self._stack.size[row])
        limit = bounds().package_database
        if size > limit:
            raise exceeded("package_database", tr("it has {size:,} bytes", size=size))
        self._left -= size
        if self._left < 0:
            raise exceeded("package_databases", tr("the package databases have more bytes together"))
        return read_fully(stream.read, min(size, limit))

    def guarded(self, row: int, items: Callable[[], Iterable[Item]], most: int = 1 << 62) -> list[Item]:
        """The items, up to the first error, which becomes a line of `problems`; no more than `most`. Raises Cancelled."""
        found: list[Item] = []
        try:
            for item in items():
                if len(found) >= most:
                    break
                found.append(item)
        except Cancelled:
            raise
        except (LayertuiError, OSError) as error:
            self.say(row, str(error))
            self.may_pass |= not isinstance(error, (Damaged, LimitExceeded))
        return found

    def say(self, row: int, why: str) -> None:
        """Keep a reason, with the file and the layer."""
        if len(self.problems) < _MOST_PROBLEMS:
            number = int(self._stack.layer[row])
            self.problems.append(tr("{path} in layer {number}: {why}", path=self.path(row), number=number, why=why))


def _packages(note: DatabaseNote) -> Iterator[RecordedPackage]:
    yield from note.packages
    if note.problem:
        raise Damaged(note.problem)
