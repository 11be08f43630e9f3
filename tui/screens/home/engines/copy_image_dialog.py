"""Copies an image to another engine, a registry or an archive; the answer is the engine that has got it, or the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, Dialog, lines
from layertui.tui.screens.home.engines.transfer_inquiry import TransferInquiry, TransferTarget
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Choice, Field, Line

if TYPE_CHECKING:
    from layertui.core.inspector.images.image_transfers import Transferred

ELSEWHERE = ""
"""The choice for a destination that is written with its prefix."""


class CopyImageDialog(Dialog["TransferTarget | None"]):
    """Where to, under which name, and how much it is."""

    YES = tr("Copy")
    STOPPED = tr("stopped; layers that were already copied are not sent again")

    def __init__(self, image: str, name: str, targets: Sequence[TransferTarget]) -> None:
        """`image` is opened in this dialog's engine; `name` is what it is called there, empty for none."""
        super().__init__()
        self._image, self._image_name, self._targets = image, name, tuple(targets)
        self._inquiry = TransferInquiry(self)

    def heading(self) -> str:
        return tr("Copy {safe} to …", safe=safe(self._image_name or self._image))

    def fields(self) -> Iterable[Widget]:
        """The engine, and the name there."""
        options = [(target.prefix, safe(target.title)) for target in self._targets] + [(ELSEWHERE, tr("elsewhere"))]
        yield Field(tr("To"), Choice(options, id="target"))
        yield Field(tr("Name"), Line(self._image_name, placeholder="NAME:TAG", id="name"))

    def on_mount(self) -> None:
        """Ask what the first engine lacks."""
        super().on_mount()
        self._ask(typed=False)

    @on(Input.Changed, "#name")
    @on(Choice.Changed)
    def _destination_changed(self) -> None:
        self._ask()

    def _ask(self, *, typed: bool = True) -> None:
        image, destination, name = self._image, self._destination(), self._new_name()
        if name:
            self._inquiry.ask(
                destination,
                self._place,
                lambda estimates, progress: estimates.copy(image, destination, progress),
                typed=typed,
            )

    @property
    def _target(self) -> TransferTarget | None:
        """The chosen engine; None for elsewhere."""
        chosen = self.query_one("#target", Choice).value
        return next((one for one in self._targets if one.prefix == chosen), None)

    @property
    def _place(self) -> str:
        return self._target.title if self._target is not None else tr("that place")

    def _new_name(self) -> str:
        return self.query_one("#name", Input).value.strip()

    def _destination(self) -> str:
        return self.query_one("#target", Choice).value + self._new_name()

    def effect(self) -> Content:
        """What is sent, and what is kept."""
        how = tr("docker://HOST/NAME:TAG, oci:DIR:REF, oci-archive:FILE, docker-archive:FILE, ENGINE:NAME")
        return lines(
            self._inquiry.line(self._destination(), self._place) if self._new_name() else None,
            (tr("Kept: all layers, history and config; the image ID stays the same."), KEPT),
            (tr("Write one of {how}.", how=how), NOTE)
            if self._target is None
            else (tr("Where the name is taken, the tag moves to the copy."), NOTE),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "copy", self._image, self._destination() or "DESTINATION")

    def wrong_field(self, error: Exception) -> str:
        """The one that can be wrong."""
        return "#name"

    def confirm(self) -> None:
        if not self._new_name():
            self.show_error_text(tr("a name is needed, such as shop:2.1"), at="#name")
            return
        image, destination = self._image, self._destination()
        target = self._target
        where = target.title if target is not None else tr("elsewhere")

        def copied(done: Transferred) -> None:
            moved = tr("; the tag moved from {short}", short=done.moved[0][1].short) if done.moved else ""
            sentence = tr(
                "Copied {image_name} to {where} as {name}{moved}",
                image_name=self._image_name or image,
                where=where,
                name=done.name,
                moved=moved,
            )
            notice = ActNotice(sentence, (copy_key(self, tr("name"), done.name),))
            self.finish(target or TransferTarget(ELSEWHERE, where, ELSEWHERE), notice)

        self.do(
            tr("copying {image_name}", image_name=self._image_name or image),
            lambda inspector, progress: inspector.transfers().copy(image, destination, progress=progress),
            copied,
        )
