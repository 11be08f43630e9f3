"""Deletes a path from a container's files: hidden by a whiteout, or gone for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.tui.common.format import size
from layertui.tui.screens.dialogs.delete.delete_dialog import DeleteDialog
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.screens.shared.undo import no_way_back, offer_path, remove_path, said, undo_key
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress


class DeleteFileDialog(DeleteDialog):
    """Deletes a path from a container's files."""

    WHAT = tr("file")

    def __init__(self, container: str, path: str) -> None:
        super().__init__(path)
        self._container = container
        self._entry: Entry | None = None
        self._below: int | None = None
        self._own = 0
        self._inside: LostFiles | None = None
        self._no_way_back: str | None = None

    def _look(
        self, inspector: Inspector, progress: Progress
    ) -> tuple[Entry | None, int | None, int, LostFiles | None, str]:
        subject = inspector.open(f"container:{self._container}", progress=progress)
        trace = inspector.trace(subject, self._what, deep=True, progress=progress)
        own = len(subject.image.layers) + 1
        shown = next((step.entry for step in trace.steps if step.visible), None)
        below = next((step for step in trace.steps if step.layer < own and step.found != "absent"), None)
        why_not = no_way_back(inspector, self._container, self._what)
        lower = below.layer if below is not None and below.found == "present" else None
        return shown, lower, own, _lost_files(inspector.view(subject, progress=progress), self._what, own), why_not

    def _found(self, answer: tuple[Entry | None, int | None, int, LostFiles | None, str]) -> None:
        self._entry, self._below, self._own, self._inside, self._no_way_back = answer
        self.renew()

    @property
    def _is_folder(self) -> bool:
        return self._entry is not None and self._entry.kind.word == "dir"

    def effect(self) -> Content:
        """A whiteout, or deleted for good."""
        all_below = tr(" and all that is in it") if self._is_folder else ""
        if self._below is not None:
            return lines(
                (tr("A whiteout in the writable layer hides it{all_below}.", all_below=all_below), ""),
                (tr("Layer {below} stays as it is: the image still has it.", below=self._below), KEPT),
                (tr("The version in the writable layer is lost."), LOST) if self._in_own else None,
                self._lost_inside(),
                self._undo_line(),
            )
        all_of_it = tr("it and all that is in it") if self._is_folder else tr("it")
        for_good = "" if self._no_way_back == "" else tr(" for good")
        return lines(
            (
                tr(
                    "It exists only in the writable layer: deleting removes {all_of_it}{for_good}.",
                    all_of_it=all_of_it,
                    for_good=for_good,
                ),
                LOST,
            ),
            self._lost_inside(),
            self._undo_line(),
        )

    def _may_go_on(self) -> bool:
        return self._no_way_back is not None

    def _lost_inside(self) -> tuple[str, str] | None:
        """What no layer of the image has: of a folder how much, of a file its size."""
        if self._inside is None or not self._inside.files:
            return None
        what = many(self._inside.files, "file") if self._is_folder else tr("this version")
        return tr("Lost: {what} of the writable layer, {size}.", what=what, size=size(self._inside.bytes)), LOST

    def _undo_line(self) -> tuple[str, str] | None:
        line = said(self._no_way_back)
        return (line, LOST if self._no_way_back else NOTE) if line else None

    @property
    def _in_own(self) -> bool:
        return self._entry is not None and self._entry.layer == self._own

    def command(self) -> Sequence[str]:
        return ("layertui", "unlink", *(["-r"] if self._is_folder else []), self._container, self._what)

    def confirm(self) -> None:
        name, path, folder = self._container, self._what, self._is_folder
        still = (
            tr(": a whiteout hides it, layer {below} still has it", below=self._below)
            if self._below is not None
            else ""
        )

        def deleted(way: WayBack | None) -> None:
            self.finish(
                True,
                ActNotice(
                    tr("Deleted {path} in {name}{still}", path=path, name=name, still=still),
                    (undo_key(),) if way is not None else (),
                ),
            )
            if way is not None:
                self.host.undo.offer(offer_path(way, name, path, self.engine))

        self.do(
            tr("deleting {path}", path=path),
            lambda inspector, _progress: remove_path(inspector, name, path, recursive=folder),
            deleted,
        )


class LostFiles(NamedTuple):
    """What the writable layer alone has at and below a path."""

    files: int
    bytes: int


def _lost_files(view: View, path: str, own: int) -> LostFiles | None:
    at = view.find(path)
    if at is None or at < 0:
        return None
    rows = slice(at, int(view.end[at]))
    mine = view.layer[rows] == own
    files = mine & (view.kind[rows] != Kind.DIR)
    return LostFiles(int(files.sum()), int(view.size[rows][files].sum()))
