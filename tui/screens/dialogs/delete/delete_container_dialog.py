"""Removes a container and its writable layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from layertui.core.errors import LimitExceeded
from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import safe, size
from layertui.tui.screens.dialogs.delete.delete_dialog import CANNOT_UNDO, ForceDialog
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress


def kept_in(volumes: Sequence[PreservedVolume]) -> str:
    """The sentence about anonymous volumes that were kept."""
    names = ", ".join(volume.name for volume in volumes)
    return trn("; kept as volume {names}", "; kept as volumes {names}", len(volumes), names=names) if volumes else ""


class DeleteContainerDialog(ForceDialog):
    """Removes a container and its writable layer."""

    WHAT = tr("container")
    FORCE = tr("Force: kill its process first")

    def __init__(self, container: str) -> None:
        super().__init__(container)
        self._container: Container | None = None
        self._layer: tuple[int, int] | None = None
        """The number of its changed paths, and their bytes; None if they cannot be determined."""

    def _look(self, inspector: Inspector, progress: Progress) -> tuple[Container, tuple[int, int] | None]:
        container = inspector.containers.get(self._what)
        try:
            return container, (
                len(inspector.containers.files.diff(self._what, progress)),
                inspector.containers.files.own_size(self._what),
            )
        except LimitExceeded:  # it can still be removed
            return container, None

    def _found(self, answer: tuple[Container, tuple[int, int] | None]) -> None:
        self._container, self._layer = answer
        self.offer_force(wanted=self._container.state.alive)
        self.renew()

    def _may_go_on(self) -> bool:
        return self._container is not None and not self._container.state.alive

    def effect(self) -> Content:
        """The layer goes, the image stays."""
        if self._container is None:
            return lines((tr("Looking it up …"), NOTE))
        state = self._container.state
        killed = tr("its process is killed") if self.force else tr("stop it first, or tick Force")
        paths, taken = self._layer or (0, 0)
        changes = f"{many(paths, 'changed path')}, {size(taken)}" if self._layer else tr("too deep to be measured")
        return lines(
            (
                tr("Its writable layer is deleted: {changes}.", changes=changes),
                LOST if paths or not self._layer else "",
            ),
            (tr("Volumes are kept; anonymous ones are given a name."), KEPT)
            if self._container.options.mounts
            else None,
            (tr("The image {image} stays as it is.", image=safe(self._container.image)), KEPT),
            (tr("It is {state}: {killed}.", state=state.word, killed=killed), LOST) if state.alive else None,
            (CANNOT_UNDO, LOST),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "rm", *(["-f"] if self.force else []), self._what)

    def confirm(self) -> None:
        name, force = self._what, self.force
        self.do(
            tr("deleting {name}", name=name),
            lambda inspector, _progress: inspector.containers.remove(name, force=force),
            lambda kept: self.finish(
                True,
                ActNotice(
                    tr("Deleted container {name} and its writable layer{kept_in}", name=name, kept_in=kept_in(kept)),
                    deleted=self._container.id if self._container is not None else "",
                ),
            ),
        )
