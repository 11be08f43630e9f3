"""The files before and after the one that is shown, in the list from which it was opened; the list's cursor goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertui.tui.screens.file.file_target import EntryFile, LayerFile

if TYPE_CHECKING:
    from layertui.core.inspector.subject import Subject
    from layertui.tui.screens.file.file_target import FileTarget
    from layertui.tui.widgets.files.file_tree import FileTree
    from layertui.tui.widgets.pages.archive_list import ArchiveList


class FileNeighbours(Protocol):
    """A list of files with a cursor."""

    def step(self, by: int) -> FileTarget | None:
        """Go to the next file (1) or the previous one (-1); None if there is none."""
        ...


class TreeNeighbours:
    """The rows of a file tree; with a filter, the files among them that match."""

    def __init__(self, tree: FileTree, subject: Subject, upto: int | None, only: int | None) -> None:
        self._tree = tree
        self._subject = subject
        self._upto = upto
        self._only = only

    def step(self, by: int) -> FileTarget | None:
        """Go to the next file (1) or the previous one (-1); None if there is none."""
        path = self._tree.next_file(by)
        return None if path is None else LayerFile(self._subject, path, self._upto, self._only)


class EntryNeighbours:
    """The entries of an archive; with a filter, those that match."""

    def __init__(self, archive: FileTarget, entries: ArchiveList) -> None:
        self._archive = archive
        self._entries = entries

    def step(self, by: int) -> FileTarget | None:
        """Go to the next file (1) or the previous one (-1); None if there is none."""
        entry = self._entries.next_file(by)
        return None if entry is None else EntryFile(self._archive, entry)
