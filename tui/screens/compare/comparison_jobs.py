"""The results of a comparison, and the jobs that compute them: histories and configs at once, files when they are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.compare.change_choice import ChangeChoice, Chosen, OfLayer, choose, choose_first

if TYPE_CHECKING:
    from layertui.core.analysis.packages.package_changes import PackageChanges
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import Report
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress
    from layertui.tui.common.jobs import Job
    from layertui.tui.screens.shared.base_screen import Asking


class ComparisonAnswers(Protocol):
    """Receives the results, in this order; each in the UI thread."""

    def show_names(self, a: str, b: str) -> None:
        """A comparison of these two has started."""

    def show_histories(self, report: Report) -> None:
        """Histories, configs and sizes are known, files are not."""

    def show_files(self, report: Report) -> None:
        """Files are known too."""

    def show_packages(self, report: Report) -> None:
        """Packages are known too."""

    def show_no_packages(self, why: str) -> None:
        """The user has stopped the comparison of packages."""

    def show_chosen(self, chosen: Chosen) -> None:
        """These of the differing files are to be shown."""

    def show_stopped(self) -> None:
        """The user has stopped the comparison."""

    def show_failed(self, error: Exception) -> None:
        """One side cannot be opened or read."""


class ComparisonJobs:
    """Two names, and the newest report of them."""

    def __init__(self, screen: Asking, answers: ComparisonAnswers, a: str, b: str) -> None:
        """`screen` runs the jobs."""
        self._screen = screen
        self._answers = answers
        self._newest: Job[Any] | None = None
        self.a, self.b = a, b
        self.report: Report | None = None
        """None until the histories are known."""

    def compare(self, a: str, b: str, choice: ChangeChoice | None = None) -> None:
        """Start comparing these two; show the files that match `choice`, or the default ones."""
        self.a, self.b, self.report = a, b, None
        self._answers.show_names(a, b)

        def quick(inspector: Inspector, progress: Progress) -> Report:
            one, other = (inspector.open(name, progress=progress, or_container=True) for name in (a, b))
            return inspector.compare(one, other, files=False, progress=progress)

        def known(report: Report) -> None:
            self.report = report
            self._answers.show_histories(report)
            self._compare_files(report.a, report.b, choice)

        self._ask(tr("comparing {a} and {b}", a=a, b=b), quick, known)

    def _compare_files(self, a: Subject, b: Subject, choice: ChangeChoice | None) -> None:
        def thorough(inspector: Inspector, progress: Progress) -> tuple[Report, Chosen | None]:
            report = inspector.compare(a, b, progress=progress)
            if report.files is None:
                return report, None
            return report, choose(report.files, choice, progress) if choice else choose_first(report.files, progress)

        def known(answer: tuple[Report, Chosen | None]) -> None:
            self.report, chosen = answer
            self._answers.show_files(self.report)
            if chosen is not None:
                self._answers.show_chosen(chosen)
            self._compare_packages(self.report)

        self._ask(tr("comparing files"), thorough, known)

    def _compare_packages(self, report: Report) -> None:
        """Read the databases that differ: last, since that may take longest."""
        files = report.files
        if files is None:
            return

        def known(found: PackageChanges) -> None:
            if self.report is report:  # otherwise two others are compared by now
                self.report = replace(report, packages=found)
                self._answers.show_packages(self.report)

        # Not in the group of the others: stopping this leaves the files as they are.
        self._screen.ask(
            tr("comparing packages"),
            lambda inspector, progress: inspector.analysis.package_changes(files, progress),
            known,
            group="packages",
            stopped=lambda: self._answers.show_no_packages(
                tr("stopped: {refresh} compares again", refresh=key_name("refresh", "r"))
            ),
        )

    def _ask(self, title: str, call: Callable[[Inspector, Progress], Any], then: Callable[[Any], None]) -> None:
        self._newest = self._screen.ask(
            title, call, then, group="compare", failed=self._answers.show_failed, stopped=self._stopped
        )

    def _stopped(self) -> None:
        if self._newest is None or self._newest.over:  # otherwise a newer comparison has replaced it
            self._answers.show_stopped()

    # -- choosing among the differing files

    @property
    def files_known(self) -> bool:
        """Whether it is known which files differ."""
        return self.report is not None and self.report.files is not None

    def choose_files(self, choice: ChangeChoice) -> None:
        """Show files by `choice`; nothing while files are not known."""
        if self.report is None or (files := self.report.files) is None:
            return
        self._screen.ask(
            tr("looking for files"),
            lambda _inspector, progress: choose(files, choice, progress),
            self._answers.show_chosen,
            group="files",
            quiet=True,
        )

    def choose_layers(self, left: int | None, right: int | None, choice: ChangeChoice) -> None:
        """Show the files that these layers added or removed and that match `choice`."""
        report = self.report
        if report is None or report.files is None:
            return
        files, sides = report.files, ((report.a, left), (report.b, right))

        def call(inspector: Inspector, progress: Progress) -> Chosen:
            one, other = (
                None if number is None else of_layer(inspector, subject, number, progress) for subject, number in sides
            )
            return choose(files, ChangeChoice(choice.ignoring, choice.text, (one, other)), progress)

        self._screen.ask(tr("looking for a layer's files"), call, self._answers.show_chosen, group="files", quiet=True)


def of_layer(inspector: Inspector, subject: Subject, number: int, progress: Progress) -> OfLayer:
    """A layer's number, with the paths that it removed."""
    import numpy as np

    from layertui.core.layers.table.entry import Change

    view = inspector.view(subject, only=number, progress=progress)
    gone = np.flatnonzero(view.change == Change.REMOVED).tolist()
    return OfLayer(number, frozenset(view.path(index) for index in gone))
