"""Enter on a file: its content on a screen of its own; through a symlink, what it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.tui.common.format import kind_text, safe
from layertui.tui.common.keys.key_names import key_name

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_screen import FileScreen
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.files.file_tree import FileTree


class ShownFiles(NamedTuple):
    """Which files are looked at: those of a Subject, as of layer `upto`, or of layer `only` alone."""

    subject: Subject
    upto: int | None = None
    only: int | None = None


class FileOpening:
    """Opens a file that a screen shows; devices, fifos and sockets are never opened."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        push: Callable[[FileScreen], object],
        show_folder: Callable[[str], object],
        tree: FileTree | None = None,
    ) -> None:
        """`show_folder` goes to a folder; `tree` has the entries, and the files beside the one that is opened."""
        self._screen = screen
        self._push = push
        self._show_folder = show_folder
        self._tree = tree

    def open(self, files: ShownFiles, entry: Entry) -> None:
        """Open an entry, or say why there is nothing to open."""
        from layertui.core.layers.table.entry import Change, Kind

        if entry.change == Change.REMOVED:
            self._warn(tr("Removed by this layer: {lookup} shows the versions below.", lookup=key_name("lookup", "f")))
        elif entry.kind == Kind.FILE:
            self._show(files, entry.path)
        elif entry.kind == Kind.SYMLINK:
            self._follow(files, entry)
        elif entry.kind == Kind.DIR:
            self._show_folder(entry.path)
        else:
            self._warn(tr("A {word} has no content of its own, and is not opened.", word=kind_text(entry.kind.word)))

    def _warn(self, text: str) -> None:
        self._screen.show_notice(text, severity="warning", seconds=4)

    def _show(self, files: ShownFiles, path: str) -> None:
        from layertui.tui.screens.file.file_neighbours import TreeNeighbours
        from layertui.tui.screens.file.file_screen import FileScreen
        from layertui.tui.screens.file.file_target import LayerFile

        beside = None if self._tree is None else TreeNeighbours(self._tree, *files)
        self._push(FileScreen(LayerFile(files.subject, path, files.upto, files.only), beside))

    def _follow(self, files: ShownFiles, link: Entry) -> None:
        from layertui.core.layers.table.entry import Kind

        def resolved(inspector: Inspector, progress: Progress) -> Entry:
            subject, upto, only = files
            view, path = inspector.view_at(subject, link.path, upto=upto, only=only, progress=progress)
            try:
                return view.resolve(path)
            except NotFound:
                leads = tr("{path}: a link to {link}", path=link.path, link=link.link)
                raise NotFound(
                    tr("{leads}, which is not in this layer", leads=leads)
                    if only
                    else tr("{leads}, which is not there", leads=leads)
                ) from None

        def then(entry: Entry) -> None:
            if entry.kind == Kind.DIR:
                self._show_folder(entry.path)
            elif entry.kind == Kind.FILE:
                self._show(files, link.path)
            else:
                self._warn(tr("It leads to a {word}, which is not opened.", word=kind_text(entry.kind.word)))

        self._screen.ask(tr("following {path}", path=safe(link.path)), resolved, then, group="file-open")
