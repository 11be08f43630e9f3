"""Lists the running jobs: how far each is and how fast, and stops one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine, job_figures
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.lists.empty_hint import Advising
from layertui.tui.widgets.text.pieces import Pieces, fit, many, right

if TYPE_CHECKING:
    from layertui.tui.common.jobs import Job

_COLUMNS = (12, 6, 12, 14)
"""Cells for the amount, the share, the rate, and the remaining time."""


class JobList(Advising):
    """One line a job, oldest first."""

    TITLE_OF_KEYS = tr("Jobs")
    OPENS = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.jobs: tuple[Job[Any], ...] = ()

    def show_jobs(self, jobs: Sequence[Job[Any]]) -> None:
        """Show these jobs; the cursor stays on its job while that runs."""
        current = self.current
        self.jobs = tuple(jobs)
        self.advise()
        cursor = self.jobs.index(current) if current in self.jobs else self.cursor
        self.show_count(len(jobs) or len(self.advice), cursor=cursor if jobs else 0)

    def advice_text(self) -> str:
        if self.jobs:
            return ""
        return tr(
            "Work that takes more than a moment is listed here while it runs: opening and loading images, saving, copying. "
            "{confirm} in the dialog of such work sends it to the background.",
            confirm=key_name("confirm", "Enter"),
        )

    def has_cursor(self) -> bool:
        return bool(self.jobs)

    @property
    def current(self) -> Job[Any] | None:
        """The job under the cursor."""
        return self.jobs[self.cursor] if 0 <= self.cursor < len(self.jobs) else None

    def draw_row(self, index: int, width: int) -> Pieces:
        if not self.jobs:
            return self.draw_advice(index)
        state = self.jobs[index].state
        figures = "".join(map(right, job_figures(state), _COLUMNS))
        room = width - len(figures) - 3
        if room < 12:  # too narrow for all: the amount and the share say most
            figures = "".join(map(right, job_figures(state)[:2], _COLUMNS))
            room = max(1, width - len(figures) - 3)
        return [(f" {fit(one_line(state.title), room)} ", ""), (figures, "dim")]


class JobsScreen(InspectorScreen[None]):
    """The jobs; what the header line shows of the newest, for each."""

    DEFAULT_CSS = """
    JobsScreen JobList { height: 1fr; border: round $primary; border-title-color: $primary; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop_job", tr("stop"), tooltip=tr("Stop the job under the cursor")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.offer({"stop_job": Action(self._stop_job, self._no_stop_job)})

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield JobList(id="jobs")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        header = self.query_one(HeaderLine)
        header.subject, header.jobs = tr("jobs"), self.host.jobs.running
        self.query_one(JobList).focus()
        self.watch(header, "jobs", self._show)  # it changes with each progress

    def _show(self) -> None:
        shown = self.query_one(JobList)
        shown.show_jobs(self.host.jobs.shown)
        count = len(shown.jobs)
        shown.border_title = Content(
            tr("Jobs: {count} running", count=many(count, "job")) if count else tr("Jobs: none is running")
        )
        self.refresh_bindings()

    def _no_stop_job(self) -> str:
        return "" if self.query_one(JobList).current is not None else tr("stop: no job is running")

    def _stop_job(self) -> None:
        if (job := self.query_one(JobList).current) is not None:
            self.host.jobs.stop_one(job)
            self.show_notice(tr("Stopped: {title}", title=job.title), seconds=3)

    def action_back(self) -> None:
        """Go back; unlike elsewhere, nothing is stopped, as the list is there to choose what is."""
        self.dismiss(None)
