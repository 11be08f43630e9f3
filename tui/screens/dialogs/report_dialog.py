"""Saves a comparison's report as text, JSON, Markdown or HTML; the answer is the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.report.comparison.report_forms import FORMS, SUFFIXES, report_in
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, lines
from layertui.tui.screens.dialogs.target_dialog import TargetDialog, Work
from layertui.tui.screens.shared.copy_targets import file_for
from layertui.tui.widgets.forms.fields import Choice, Field

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import Report
    from layertui.core.progress import Progress

ENDINGS = {form: ending for ending, form in SUFFIXES.items()}


class SaveReportDialog(TargetDialog):
    """Asks for format and target."""

    YES = tr("Save")
    OUTPUT = True

    def __init__(self, report: Report, names: tuple[str, str]) -> None:
        super().__init__()
        self._report = report
        self._names = names

    def heading(self) -> str:
        return tr("Save the report")

    def fields(self) -> Iterable[Widget]:
        """Format and target; the suffix of the file's name follows the format."""
        yield Field(tr("Form"), Choice([(form, form) for form in FORMS], id="form"))
        a, b = (name.rpartition("/")[2] for name in self._names)
        yield self.target_field(file_for(f"{a}-{b}", ENDINGS[FORMS[0]]))

    @on(Choice.Changed, "#form")
    def _form_turned(self, event: Choice.Changed) -> None:
        target = self.query_one("#target", Input)
        stem, dot, ending = target.value.rpartition(".")
        if dot and f".{ending}" in SUFFIXES:
            target.value = stem + ENDINGS[event.value]

    @on(Input.Changed, "#target")
    def _target_changed(self, event: Input.Changed) -> None:
        if (form := SUFFIXES.get("." + event.value.rpartition(".")[2])) is not None:
            self.query_one("#form", Choice).value = form

    @property
    def _form(self) -> str:
        return self.query_one("#form", Choice).value

    def effect(self) -> Content:
        files = self._report.files
        return lines(
            (tr("The verdict, both histories, all files that differ, the configs."), KEPT),
            (tr("Files are still being compared and are left out."), NOTE) if files is None else None,
            self.overwriting(),
        )

    def what(self) -> str:
        """The report, named by its two sides."""
        return tr("the comparison of {} with {}").format(*self._names)

    def command_for(self, target: str) -> Sequence[str]:
        form = self._form
        return ("layertui", "compare", *(() if form == FORMS[0] else ("--format", form)), *self._names)

    def work(self) -> Work:
        report, target, form = self._report, self.target(), self._form

        def write(_inspector: Inspector, _progress: Progress) -> None:
            save_report(report, target, form)

        return write


def save_report(report: Report, target: Path, form: str) -> None:
    """Write a report in one of the formats: as JSON the very document of `compare --json`, which has no packages unless asked for."""
    from layertui.core.errors import as_storage_error
    from layertui.tui.report.json_output import Output

    with as_storage_error(target), open(target, "wb") as stream:
        Output(stream).lines(report_in(form, replace(report, packages=None) if form == "json" else report))
