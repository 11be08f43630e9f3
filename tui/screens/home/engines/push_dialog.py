"""Pushes an image to a registry; the answer is the reference that it has there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.core.oci.reference import DEFAULT_REGISTRY, Reference
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, Dialog, lines
from layertui.tui.screens.home.engines.transfer_inquiry import TransferInquiry
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Field, Line

if TYPE_CHECKING:
    from layertui.core.inspector.images.image_transfers import Transferred


class PushDialog(Dialog["Reference | None"]):
    """The reference in the registry, and what would be sent."""

    YES = tr("Push")
    STOPPED = tr("stopped; layers that have arrived are not sent again")

    def __init__(self, image: str, destination: str) -> None:
        """`image` is opened in this dialog's engine; `destination` is proposed."""
        super().__init__()
        self._image, self._proposed = image, destination
        self._inquiry = TransferInquiry(self)

    def heading(self) -> str:
        return tr("Push {image}", image=safe(self._image))

    def fields(self) -> Iterable[Widget]:
        yield Field(tr("To"), Line(self._proposed, placeholder=tr("HOST/NAME:TAG"), id="to"))

    def on_mount(self) -> None:
        """Ask the proposed registry what it has."""
        super().on_mount()
        self._ask(typed=False)

    @property
    def _to(self) -> str:
        return self.query_one("#to", Input).value.strip().removeprefix("docker://")

    def _ref(self) -> str | None:
        """The destination, for `push`; None if it is the image's own name, which a daemon pushes by itself."""
        return None if _parsed(self._to) == _parsed(self._image) else self._to

    @on(Input.Changed, "#to")
    def _typed(self) -> None:
        self._ask()

    def _ask(self, *, typed: bool = True) -> None:
        to, ref, image = self._to, self._ref(), self._image
        if (place := _parsed(to)) is not None:
            self._inquiry.ask(
                to,
                place.registry,
                lambda estimates, progress: estimates.push(image, ref, progress),
                typed=typed,
            )

    def effect(self) -> Content:
        """What is sent, and where to."""
        to, place = self._to, _parsed(self._to)
        hub = place is not None and place.registry == DEFAULT_REGISTRY
        return lines(
            self._inquiry.line(to, place.registry) if place is not None else (tr("Write HOST/NAME:TAG."), NOTE),
            (tr("Kept: all layers, history and config; the image ID stays the same."), KEPT),
            (tr("A name without a host is one of Docker Hub, docker.io."), NOTE) if hub else None,
            (tr("If the name is taken there, the tag moves to this image."), NOTE),
        )

    def command(self) -> Sequence[str]:
        ref = self._ref()
        return ("layertui", "push", self._image, *([ref or "HOST/NAME:TAG"] if ref is not None else ()))

    def wrong_field(self, error: Exception) -> str:
        """The one that can be wrong."""
        return "#to"

    def confirm(self) -> None:
        if not self._to:
            self.show_error_text(tr("a name is needed, such as registry.example/shop:2.1"), at="#to")
            return
        image, ref = self._image, self._ref()

        def pushed(done: Transferred) -> None:
            digest = tr(", digest {short}", short=done.digest.short) if done.digest is not None else ""
            copy = copy_key(self, tr("name"), done.name)
            self.finish(
                Reference.parse(done.name),
                ActNotice(tr("Pushed {image} to {name}{digest}", image=image, name=done.name, digest=digest), (copy,)),
            )

        self.do(
            tr("pushing {image}", image=image),
            lambda inspector, progress: inspector.transfers().push(image, ref, progress),
            pushed,
        )


def _parsed(text: str) -> Reference | None:
    try:
        return Reference.parse(text) if text else None
    except LayertuiError:
        return None


def proposed_destination(names: Sequence[Reference], last: Reference | None) -> str:
    """Where to push an image with these names: to a registry that one of them has, else to the one last pushed to."""
    own = next((name for name in names if name.registry != DEFAULT_REGISTRY), None)
    if own is not None:
        return own.canonical
    if not names:
        return ""
    name = names[0]
    if last is None or last.registry == DEFAULT_REGISTRY:
        return name.familiar
    folder = last.repository.rpartition("/")[0]
    return "/".join(filter(None, (last.registry, folder, name.repository.rpartition("/")[2]))) + f":{name.tag}"
