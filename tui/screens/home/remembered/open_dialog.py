"""Asks which archive or layout folder to open in place: a path with completion, or one that was opened before."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import NOTE, Dialog, lines
from layertui.tui.screens.shared.path_completion import on_host
from layertui.tui.widgets.forms.fields import Field
from layertui.tui.widgets.forms.path_line import PathLine, completes
from layertui.tui.widgets.lists.choice_list import ChoiceList
from layertui.tui.widgets.lists.row_list import RowList


class OpenDialog(Dialog["str | None"]):
    """The path, and below it what was opened before; the answer is a path."""

    YES = tr("Open")

    def __init__(self, recent: Sequence[str], *, to_choose: bool = False) -> None:
        """With `to_choose` one of the list is wanted, which gets the focus: the archives of a folder."""
        super().__init__()
        self._recent = recent
        self._to_choose = to_choose

    def heading(self) -> str:
        return tr("Open an archive or a layout folder")

    def fields(self) -> Iterable[Widget]:
        yield Field(
            tr("Path"),
            PathLine(placeholder=tr("e.g. ./image.tar"), id="path"),
            hint=completes(),
        )
        if self._recent:
            yield ChoiceList(self._recent, id="recent")

    def on_mount(self) -> None:
        super().on_mount()
        if self._to_choose:
            self.query_one(ChoiceList).focus()

    def effect(self) -> Content:
        return lines((tr("The image is opened in place; nothing is loaded into the store."), NOTE))

    def command(self) -> Sequence[str]:
        return ("layertui", self._typed or self._under_cursor or "PATH")

    def act(self) -> None:
        """Nothing is changed."""

    @property
    def _typed(self) -> str:
        return self.query_one("#path", Input).value.strip()

    @property
    def _under_cursor(self) -> str:
        """The one under the cursor of the list that has the focus."""
        rows = self.focused
        return self._recent[rows.cursor] if isinstance(rows, ChoiceList) else ""

    @on(PathLine.Wanted)
    def _wanted(self, event: PathLine.Wanted) -> None:
        line, text = event.line, event.text
        self.ask(
            "completing", lambda *_: on_host(text), lambda found: line.offer(text, found), group="complete", quiet=True
        )

    @on(RowList.Moved)
    def _moved(self) -> None:
        self.renew()

    @on(RowList.Chosen)
    def _chosen(self) -> None:
        self._open(self._recent[self.query_one(ChoiceList).cursor])

    def confirm(self) -> None:
        path = self._under_cursor or self._typed
        if path:
            self._open(path)
        else:
            self.show_error_text(tr("a path is needed, such as ./image.tar"), at="#path")

    def _open(self, path: str) -> None:
        def found(is_there: bool) -> None:
            if is_there:
                self.dismiss(path)
            else:
                self.show_error_text(tr("{path}: no such file or folder", path=safe(path)))

        self.ask("looking", lambda *_: os.path.exists(os.path.expanduser(path)), found, group="exists", quiet=True)
