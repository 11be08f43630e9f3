"""Removes a name from an image, and with its last name the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr, trn
from layertui.core.oci.reference import Reference
from layertui.tui.common.format import safe, short, size
from layertui.tui.screens.dialogs.delete.delete_dialog import CANNOT_UNDO, ForceDialog
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.screens.shared.undo import may_undo, offer_name, undo_key
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.engines.image_values import ImageSummary, Removed
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.images.name_changes import NameChange
    from layertui.core.progress import Progress


def exact_name(text: str) -> Reference | None:
    """The name that was written, with a tag; None for an ID."""
    try:
        return Reference.parse(text)
    except LayertuiError:
        return None


class DeleteImageDialog(ForceDialog):
    """Removes a name from an image, or the image with its last name."""

    WHAT = tr("image")
    FORCE = tr("Force: delete although containers use it")

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self._image: ImageSummary | None = None
        self._users: tuple[str, ...] = ()
        self._shared = 0
        self._freed = 0
        self._may_undo = False

    @property
    def shown_name(self) -> str:
        return short(self._what) if self._what.startswith("sha256:") else self._what

    def _look(
        self, inspector: Inspector, progress: Progress
    ) -> tuple[ImageSummary | None, tuple[str, ...], int, int, bool]:
        image = inspector.open(self._what, progress=progress).image
        images = inspector.images.list()
        own = next((other for other in images if other.digest == image.descriptor.digest), None)
        users = tuple(
            container.name
            for container in (inspector.containers.list() if inspector.engine.containers is not None else [])
            if container.image_id == image.id
        )
        others = {diff_id for other in images if other is not own for diff_id in other.diff_ids}
        alone = [layer for layer in image.layers if layer.diff_id not in others]
        name = exact_name(self._what)
        may_undo = own is not None and name is not None and inspector.images.may_take_back_removal(own, name)
        return own, users, len(image.layers) - len(alone), sum(layer.size for layer in alone), may_undo

    def _found(self, answer: tuple[ImageSummary | None, tuple[str, ...], int, int, bool]) -> None:
        self._image, self._users, self._shared, self._freed, self._may_undo = answer
        self.offer_force(wanted=bool(self._users) and self._last_name)
        self.renew()

    def _may_go_on(self) -> bool:
        return self._image is not None and not (self._users and self._last_name)

    @property
    def _last_name(self) -> bool:
        return self._image is None or len(self._image.names) <= 1

    def effect(self) -> Content:
        """Only a name, or the image."""
        if self._image is None:
            return lines((tr("Looking it up …"), NOTE))
        if not self._last_name:
            others = ", ".join(safe(name.familiar) for name in self._image.names if name.familiar != self._what)
            return lines(
                (tr("Only this tag is removed."), ""),
                (tr("The image is kept as {others}.", others=others), KEPT),
                (may_undo(), NOTE) if self._may_undo else None,
            )
        layers = len(self._image.diff_ids)
        going = layers - self._shared
        gone = (
            tr("Frees {going} of {layers}, {size}.", going=going, layers=many(layers, "layer"), size=size(self._freed))
            if going
            else tr("No layer is freed.")
        )
        used = ", ".join(safe(name) for name in self._users)
        image_id = short(self._image.id)
        return lines(
            (
                tr("This was its last tag: image {id} is removed. {gone}", id=image_id, gone=gone)
                if self._image.names
                else tr("It has no tag: image {id} is removed. {gone}", id=image_id, gone=gone),
                LOST,
            ),
            (
                trn(
                    "{shared} is kept: other images use it.",
                    "{shared} are kept: other images use them.",
                    self._shared,
                    shared=many(self._shared, "layer"),
                ),
                KEPT,
            )
            if self._shared
            else None,
            (tr("In use by {used}.", used=used), LOST) if used else None,
            (CANNOT_UNDO, LOST),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "rmi", *(["-f"] if self.force else []), self._what)

    def _sentence(self, removed: Removed) -> str:
        if removed.deleted:
            return tr("Deleted image {what}, {size} freed", what=self.shown_name, size=size(self._freed))
        return tr("Untagged {what}; the image is kept", what=self._what)

    def confirm(self) -> None:
        name, force = self._what, self.force

        def deleted(answer: tuple[Removed, NameChange | None]) -> None:
            removed, change = answer
            self.finish(True, ActNotice(self._sentence(removed), (undo_key(),) if change is not None else ()))
            if change is not None:
                self.host.undo.offer(offer_name(change, self.engine))

        self.do(
            tr("deleting {name}", name=name),
            lambda inspector, _progress: inspector.images.remove_reversibly(name, force=force),
            deleted,
        )
