"""Restores the config that an import has lost; the answer is the new image's name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Field, Line

if TYPE_CHECKING:
    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector_answers import Report


class RestoreConfigDialog(Dialog["str | None"]):
    """Asks for the new image's name, and shows what is restored."""

    YES = tr("Restore")

    def __init__(self, report: Report) -> None:
        super().__init__()
        assert report.imported is not None
        self._lost = report.imported.lost
        self._copy, self._original = (report.a, report.b) if report.imported.copy == "a" else (report.b, report.a)

    def heading(self) -> str:
        return tr("Restore the config")

    def fields(self) -> Iterable[Widget]:
        """The name: by default the import's, as the new image replaces it."""
        yield Field(tr("Name"), Line(self._copy.title if ":" in self._copy.title else "", id="ref"))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#ref").focus()

    def effect(self) -> Content:
        """What is restored, and what is not."""
        back = [safe(loss.what) for loss in self._lost if loss.what[:1].isalpha()]
        gone = [safe(loss.what) for loss in self._lost if not loss.what[:1].isalpha()]
        copy, original = safe(self._copy.title), safe(self._original.title)
        return lines(
            (tr("A new image: the layer of {copy}, the config of {original}.", copy=copy, original=original), ""),
            (tr("Restored: {back}.", back=", ".join(back) or tr("nothing")), KEPT),
            (tr("Still lost: {gone}.", gone=", ".join(gone) or tr("nothing")), LOST if gone else NOTE),
            (tr("The tag moves to it; the image that has it now keeps its ID.") if self._ref else "", NOTE),
        )

    @property
    def _ref(self) -> str:
        return self.query_one("#ref", Input).value.strip()

    def confirm(self) -> None:
        ref = self._ref
        if not ref:
            self.show_error_text(tr("a name is needed"), at="#ref")
            return
        self.do(
            tr("restoring the config"),
            lambda inspector, progress: inspector.images.with_config_of(self._copy, self._original, ref, progress),
            partial(self._restored, ref),
        )

    def _restored(self, ref: str, image: Image) -> None:
        sentence = tr(
            "Restored the config of {title}: {ref} is {short} now",
            title=self._original.title,
            ref=ref,
            short=image.id.short,
        )
        self.finish(
            ref, ActNotice(sentence, (copy_key(self, tr("image ID"), str(image.id), tr("the ID of {ref}", ref=ref)),))
        )
