"""Gives an image another name; the answer is the name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference
from layertui.tui.common.format import safe, short
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.screens.shared.undo import offer_name, undo_key
from layertui.tui.widgets.forms.fields import Field, Line

if TYPE_CHECKING:
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.inspector.images.name_changes import NameChange


class TagDialog(Dialog["str | None"]):
    """The new name, and which image has it now."""

    YES = tr("Tag")

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
        self._taken: dict[str, ImageSummary] = {}

    def heading(self) -> str:
        return tr("Tag {image}", image=safe(self._image))

    def fields(self) -> Iterable[Widget]:
        yield Field(tr("New name"), Line(placeholder="NAME:TAG", id="new"))

    def on_mount(self) -> None:
        """Start reading which names are taken."""
        super().on_mount()
        self.ask("names", lambda inspector, _progress: inspector.images.list(), self._listed, group="names", quiet=True)

    def _listed(self, images: list[ImageSummary]) -> None:
        self._taken = {name.familiar: image for image in images for name in image.names}
        self.renew()

    def _new(self) -> str:
        return self.query_one("#new", Input).value.strip()

    def effect(self) -> Content:
        """A name is not a copy; and one that is taken moves."""
        note = (tr("The image stays as it is: a tag is a name that points to it."), NOTE)
        holder = self._taken.get(familiar(self._new()) or "")
        if holder is None:
            return lines(note)
        rest = "" if len(holder.names) > 1 else tr(", which keeps no other name")
        return lines(
            note,
            (
                tr(
                    "{new} now names {id}{rest}: the tag moves.",
                    new=familiar(self._new()),
                    id=short(holder.id),
                    rest=rest,
                ),
                LOST,
            ),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "tag", self._image, self._new() or "NAME:TAG")

    def confirm(self) -> None:
        new = self._new()
        if not new:
            self.show_error_text(tr("a name is needed, such as shop:2.1"), at="#new")
            return
        name = familiar(new) or new
        by_id = self._image.startswith("sha256:")

        def tagged(change: NameChange | None) -> None:
            undo = (undo_key(),) if change is not None else ()
            self.finish(
                new,
                ActNotice(
                    tr("Tagged {image} as {name}", image=short(self._image) if by_id else self._image, name=name),
                    (copy_key(self, tr("name"), name), *undo),
                ),
            )
            if change is not None:
                self.host.undo.offer(offer_name(change, self.engine, was_nameless=by_id and change.was is None))

        self.do("tagging", lambda inspector, _progress: inspector.images.tag_reversibly(self._image, new), tagged)


def familiar(text: str) -> str | None:
    """A reference as docker shows it; None if it is invalid."""
    try:
        return Reference.parse(text).familiar if text else None
    except LayertuiError:
        return None
