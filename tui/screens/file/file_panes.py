"""The panes of a FileScreen: what is known of the file, and below it the content in one of three forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.report.analysis.file_report import fact_rows
from layertui.tui.widgets.pages.archive_list import ArchiveList
from layertui.tui.widgets.pages.paged_view import PagedView
from layertui.tui.widgets.pages.picture_view import PictureView
from layertui.tui.widgets.text.lines import content_of
from layertui.tui.widgets.text.pieces import fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.file_facts.fact_values import FileFacts
    from layertui.tui.widgets.text.pieces import Pieces

SHORT = 3
"""So many facts say only how a text is written, and are not shown until they are asked for."""


class FilePanes:
    """The rows of the file, the entries of an archive and a picture, of which one is visible."""

    def __init__(self) -> None:
        self.rows = PagedView(id="pages")
        self.entries = ArchiveList(id="entries")
        self.picture = PictureView(id="picture")
        self._facts = Static("", id="facts", markup=False)

    def compose(self, version: Widget) -> Iterator[Widget]:
        """From top to bottom; `version` is the line that says which version of the path it is."""
        yield version
        yield self._facts
        yield from self._forms

    @property
    def _forms(self) -> tuple[Widget, ...]:
        return self.rows, self.entries, self.picture

    def turn_to(self, pane: Widget) -> None:
        """Show the content in this pane, and in no other one; what has the focus keeps it where nothing changes."""
        if pane.display and all(not one.display for one in self._forms if one is not pane):
            return
        for one in self._forms:
            one.display = one is pane
        pane.screen.set_focus(pane)

    def show_title(self, title: str) -> None:
        """Show a title in the frame of each form."""
        for one in self._forms:
            one.border_title = title

    def show_facts(self, facts: FileFacts, *, decide: bool) -> None:
        """What is known of the file. With `decide` it is shown if it is more than how a text is written, else it is hidden."""
        rows = list(fact_rows(facts))
        lines: list[Pieces] = [[(fit(name, 13), "dim"), (value, "")] for name, value in rows]
        self._facts.update(content_of(lines or [[(fit(tr("kind"), 13), "dim"), (safe(facts.what), "")]]))
        if decide:
            self._facts.display = len(rows) > SHORT or bool(facts.damage)

    def hide_facts(self) -> None:
        """There is no file to know anything of."""
        self._facts.display = False

    def turn_facts(self) -> None:
        """Show what is known of the file, or hide it."""
        self._facts.display = not self._facts.display
