"""Pulls an image from a registry into an engine; the answer is the engine and the name that the image has there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference
from layertui.tui.common.format import safe
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, Dialog, lines
from layertui.tui.screens.home.engines.transfer_inquiry import TransferTarget, estimate_text
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Choice, Field, Line

if TYPE_CHECKING:
    from layertui.core.inspector.images.image_transfers import Transferred
    from layertui.core.inspector.images.transfer_estimate import TransferEstimate

LOOK_UP = tr("Look up")
NOTHING_ASKED = ("", "")


class PulledImage(NamedTuple):
    """What was pulled."""

    engine: str
    """See TransferTarget."""
    name: str


class PullDialog(Dialog["PulledImage | None"]):
    """The reference and the engine. The first Enter looks the image up, and shows what would be fetched; the next one pulls."""

    YES = LOOK_UP
    STOPPED = tr("stopped; layers that have arrived are not fetched again")

    def __init__(self, targets: Sequence[TransferTarget], engine: str, ref: str = "") -> None:
        """`engine` is the chosen one of the targets at first; `ref` is proposed."""
        super().__init__()
        self._targets, self._ref = tuple(targets), ref
        self._first = next((one for one in targets if one.engine == engine), targets[0])
        self._found: tuple[tuple[str, str], TransferEstimate] | None = None
        """What was looked up for a reference and an engine."""
        self._looking: tuple[str, str] = NOTHING_ASKED
        """The same, while the answer has not come."""

    def heading(self) -> str:
        return tr("Pull an image from a registry")

    def fields(self) -> Iterable[Widget]:
        """The reference, and where to if there is a choice."""
        yield Field(tr("Image"), Line(self._ref, placeholder=tr("HOST/NAME:TAG, or NAME:TAG of Docker Hub"), id="ref"))
        if len(self._targets) > 1:
            options = [(one.prefix, safe(one.title)) for one in self._targets]
            yield Field(tr("Into"), Choice(options, value=self._first.prefix, id="into"))

    @property
    def _target(self) -> TransferTarget:
        chosen = [choice.value for choice in self.query(Choice)]
        return next((one for one in self._targets if [one.prefix] == chosen), self._first)

    @property
    def _asked(self) -> tuple[str, str]:
        return self.query_one("#ref", Input).value.strip().removeprefix("docker://"), self._target.title

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self) -> None:
        self.label_submit("Pull" if self._estimate is not None else LOOK_UP)

    @property
    def _estimate(self) -> TransferEstimate | None:
        """What was found for the current fields."""
        return self._found[1] if self._found is not None and self._found[0] == self._asked else None

    def effect(self) -> Content:
        ref, engine = self._asked
        if self._estimate is None and self._looking == self._asked:
            return lines((tr("Looking {ref} up …", ref=safe(ref)), NOTE))
        if self._estimate is None:
            return lines(
                (
                    tr(
                        "{confirm} looks the image up, and shows how much would be fetched.",
                        confirm=key_name("confirm", "Enter"),
                    ),
                    NOTE,
                ),
                (tr("Only its manifest is read; {engine} is not changed.", engine=safe(engine)), NOTE),
            )
        return lines(
            (f"{safe(ref)}: {estimate_text(self._estimate, safe(engine))}", ""),
            (tr("Kept: all layers, history and config; the image ID stays the same."), KEPT),
            (tr("If the name is taken, the tag moves to the pulled image."), NOTE),
        )

    def command(self) -> Sequence[str]:
        ref, engine = self._asked
        return ("layertui", *(("--engine", engine) if self._target.engine else ()), "pull", ref or "NAME:TAG")

    def wrong_field(self, error: Exception) -> str:
        """The one that can be wrong."""
        return "#ref"

    def confirm(self) -> None:
        """Look up, or pull what was looked up."""
        ref, engine = self._asked
        if not ref:
            self.show_error_text(tr("a name is needed, such as busybox or registry.example/shop:2.1"), at="#ref")
        elif self._estimate is None:
            self._looking = self._asked
            self.ask(
                tr("looking {ref} up", ref=ref),
                lambda inspector, progress: inspector.of(engine).transfers().estimates.pull(ref, progress),
                self._looked_up,
                group="estimate",
                failed=self._not_found,
                quiet=True,
            )
            self.renew()
        else:
            self.do(
                tr("pulling {ref}", ref=ref),
                lambda inspector, progress: inspector.of(engine).transfers().pull(ref, progress=progress),
                self._pulled,
            )

    def _looked_up(self, found: TransferEstimate) -> None:
        self._found = self._looking, found
        self._changed()
        self.renew()

    def _not_found(self, error: Exception) -> None:
        self._looking = NOTHING_ASKED
        self.renew()
        self.show_error_text(one_line(error), at="#ref")

    def _pulled(self, done: Transferred) -> None:
        name, target = Reference.parse(done.name).familiar, self._target
        moved = tr("; the tag moved from {short}", short=done.moved[0][1].short) if done.moved else ""
        known = "" if done.is_new else tr("; {title} had it already", title=target.title)
        notice = ActNotice(
            tr("Pulled {name} into {title}{moved}{known}", name=name, title=target.title, moved=moved, known=known),
            (copy_key(self, tr("name"), name),),
        )
        self.finish(PulledImage(target.engine, name), notice)
