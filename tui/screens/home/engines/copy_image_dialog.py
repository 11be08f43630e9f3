"""Copies an image to another engine, a registry or an archive; the answer is the engine that has got it, or the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.tui.common.format import safe, size
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, Dialog, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Choice, Field, Line
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.inspector.images.image_transfers import Transferred
    from layertui.core.inspector.subject import Subject

ELSEWHERE = ""
"""The choice for a destination that is written with its prefix."""


class CopyTarget(NamedTuple):
    """An engine that an image can be copied to."""

    engine: str
    """By which the screen knows it: empty for the default one."""
    title: str
    prefix: str
    """Behind which its images are named, with the colon."""


class CopyImageDialog(Dialog["CopyTarget | None"]):
    """Where to, under which name, and how much it is."""

    YES = "Copy"
    STOPPED = "stopped; layers that were already copied are not sent again"

    def __init__(self, image: str, name: str, targets: Sequence[CopyTarget]) -> None:
        """`image` is opened in this dialog's engine; `name` is what it is called there, empty for none."""
        super().__init__()
        self._image, self._image_name, self._targets = image, name, tuple(targets)
        self._subject: Subject | None = None

    def heading(self) -> str:
        """The title."""
        return f"Copy {safe(self._image_name or self._image)} to …"

    def fields(self) -> Iterable[Widget]:
        """The engine, and the name there."""
        options = [(target.prefix, safe(target.title)) for target in self._targets] + [(ELSEWHERE, "elsewhere")]
        yield Field("To", Choice(options, id="target"))
        yield Field("Name", Line(self._image_name, placeholder="NAME:TAG", id="name"))

    def on_mount(self) -> None:
        """How much it is."""
        super().on_mount()
        self.find_out(
            "opening",
            lambda inspector, progress: inspector.open(self._image, progress=progress),
            self._opened,
            group="open",
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        self.renew()

    def _destination(self) -> str:
        return self.query_one("#target", Choice).value + self.query_one("#name", Input).value.strip()

    def effect(self) -> Content:
        """What is sent, and what is kept."""
        image = self._subject.image if self._subject is not None else None
        elsewhere = self.query_one("#target", Choice).value == ELSEWHERE
        how = "docker://HOST/NAME:TAG, oci:DIR:REF, oci-archive:FILE, docker-archive:FILE, ENGINE:NAME"
        return lines(
            (f"{many(len(image.layers), 'layer')}, {size(image.stored_size)}.", "") if image is not None else None,
            ("Kept: all layers, history and config; the image ID stays the same.", KEPT),
            (f"Write one of {how}.", NOTE)
            if elsewhere
            else ("Where the name is taken, the tag moves to the copy.", NOTE),
        )

    def command(self) -> Sequence[str]:
        """`layertui copy …`."""
        return ("layertui", "copy", self._image, self._destination() or "DESTINATION")

    def wrong_field(self, error: Exception) -> str:
        """The one that can be wrong."""
        del error
        return "#name"

    def confirm(self) -> None:
        """Copy."""
        if not self.query_one("#name", Input).value.strip():
            self.say_error("a name is needed, such as shop:2.1", at="#name")
            return
        image, destination = self._image, self._destination()
        target = next((one for one in self._targets if one.prefix == self.query_one("#target", Choice).value), None)
        where = target.title if target is not None else "elsewhere"

        def copied(done: Transferred) -> None:
            moved = f"; the tag moved from {done.moved[0][1].short}" if done.moved else ""
            self.finish(
                target or CopyTarget(ELSEWHERE, where, ELSEWHERE),
                ActNotice(f"Copied {self._image_name or image} to {where} as {done.name}{moved}"),
            )

        self.do(
            f"copying {self._image_name or image}",
            lambda inspector, progress: inspector.transfers().copy(image, destination, progress=progress),
            copied,
        )
