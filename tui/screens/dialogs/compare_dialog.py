"""Asks which two to compare: any two names, with completion; the answer is the pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import NOTE, Dialog, lines
from layertui.tui.screens.shared.path_completion import behind_prefix, named, names_elsewhere, names_in, names_of
from layertui.tui.widgets.forms.fields import Field
from layertui.tui.widgets.forms.path_line import PathLine, completes

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

SPELLINGS = (
    tr(
        "IMAGE, ENGINE:IMAGE, container:NAME, or the path of an archive or layout (docker-archive:FILE:REF, oci:DIR:REF)"
    ),
    tr("NAME@2: as of layer 2.  NAME@2..4: what layers 2 to 4 changed"),
)


class CompareDialog(Dialog[tuple[str, str]]):
    """Two fields, and below them their completions."""

    YES = tr("Compare")

    def __init__(self, left: str = "", right: str = "") -> None:
        super().__init__()
        self._names = (left, right)
        self._known: list[str] = []
        self._others: list[str] = []
        """Names in other engines, each with its prefix, once those have answered."""
        self._candidates: list[str] = []
        self._typed = ""

    def heading(self) -> str:
        return tr("Compare any two")

    def fields(self) -> Iterable[Widget]:
        left, right = self._names
        yield Field(tr("Left"), PathLine(left, id="one"), hint=completes())
        yield Field(tr("Right"), PathLine(right, id="other"), hint=completes())

    def on_mount(self) -> None:
        """Focus the side that is not known yet."""
        super().on_mount()
        self.query_one("#other" if self._names[0] else "#one").focus()
        self.ask(
            tr("asking the engines"),
            lambda inspector, _: names_elsewhere(inspector),
            self._heard,
            group="elsewhere",
            quiet=True,
        )

    def _heard(self, names: list[str]) -> None:
        """Offer the names of other engines too."""
        self._others = names
        if isinstance(line := self.focused, PathLine):
            self._wanted(PathLine.Wanted(line, line.value))

    @on(PathLine.Wanted)
    def _wanted(self, event: PathLine.Wanted) -> None:
        text, known, others = event.text, self._known, self._others

        def look(inspector: Inspector, _progress: Progress) -> tuple[list[str], list[str]]:
            names = known or names_in(inspector)
            return names, named(dict.fromkeys([*names, *others, *behind_prefix(inspector, text)]), text)

        self.ask(
            tr("looking for names"),
            look,
            lambda found: self._offered(event.line, text, *found),
            group=str(event.line.id),
            quiet=True,
        )

    def _offered(self, line: PathLine, text: str, known: list[str], candidates: list[str]) -> None:
        self._known = known
        line.offer(text, candidates)
        if line.has_focus:
            self._typed, self._candidates = text, candidates
            self.renew()

    def effect(self) -> Content:
        """The candidates, and other forms of names."""
        width = max(20, self.query_one("#frame").size.width - 4)
        offered = names_of([safe(name) for name in self._candidates], self._typed, width)
        return lines((offered or tr("no match"), "$text-primary"), *((line, NOTE) for line in SPELLINGS))

    def command(self) -> Sequence[str]:
        return ("layertui", "compare", *self._pair())

    def _pair(self) -> tuple[str, str]:
        one, other = (self.query_one(field, Input).value.strip() for field in ("#one", "#other"))
        return one, other

    def confirm(self) -> None:
        """Open both, so that a wrong name is reported here; then answer."""
        pair = self._pair()
        for text, field in zip(pair, ("#one", "#other"), strict=True):
            if not text:
                self.query_one(field).focus()
                self.show_error_text(tr("two names are needed"))
                return

        def open_both(inspector: Inspector, progress: Progress) -> None:
            for name in pair:
                inspector.open(name, progress=progress, or_container=True)

        self.do(tr("opening both"), open_both, lambda _: self.dismiss(pair))
