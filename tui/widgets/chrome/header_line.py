"""The line at the top: engine, selection, and running jobs."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import clock, count_text, safe, size
from layertui.tui.common.jobs import JobState
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.text.pieces import fit, fit_left


class HeaderLine(Widget):
    """Brand, engine, subject; on the right the newest job with bytes, share, rate and remaining time."""

    DEFAULT_CSS = """
    HeaderLine { height: 1; dock: top; background: $panel; color: $text-muted; }
    """

    engine: reactive[str] = reactive("")
    subject: reactive[str] = reactive("")
    own: reactive[str] = reactive("")
    jobs: reactive[tuple[JobState, ...]] = reactive(())

    def render(self) -> Content:
        """What fits; the job has priority, because it changes."""
        width = self.size.width
        job = job_text(self.jobs, width - 12)
        left: list[tuple[str, str]] = [(" layertui ", "bold $background on $primary")]
        room = width - cell_len(left[0][0]) - (cell_len(job) + 2 if job else 0)
        subject, own = safe(self.subject), safe(self.own)
        own_text = tr(" + writable layer of {own}", own=own) if own else ""
        if self.engine and room > cell_len(self.engine) + cell_len(subject + own_text) + 4:
            left.append((f"  {self.engine}", "$text-success"))
            room -= cell_len(self.engine) + 2
        if subject and room > 6:
            whole = in_room(subject, room - 2)
            left.append(("  " + whole, "bold $foreground"))
            room -= cell_len(whole) + 2
            if own_text and room > 8:
                left.append((fit(own_text, min(cell_len(own_text), room)), "bold $text-accent"))
        used = sum(cell_len(text) for text, _ in left)
        gap = " " * max(0, width - used - cell_len(job) - 1)
        return Content.assemble(*left, gap, (job, "$text-warning"))


def in_room(subject: str, room: int) -> str:
    """As much of the subject as fits: the end of a name, which is more specific than its beginning; for two names, of both."""
    one, between, other = subject.partition(" ⇄ ")
    if not between:
        return fit_left(subject, min(cell_len(subject), room))
    both = max(2, room - cell_len(between))
    left = min(cell_len(one), max(both // 2, both - cell_len(other)))
    return fit_left(one, left) + between + fit_left(other, min(cell_len(other), both - left))


def job_text(jobs: tuple[JobState, ...], width: int) -> str:
    """The newest job in `width` cells: its name is shortened first."""
    if not jobs:
        return ""
    job = jobs[-1]
    figures = "  ".join(part for part in job_figures(job) if part)
    more = tr("{jobs} jobs: ", jobs=len(jobs)) if len(jobs) > 1 else ""
    name = more + safe(job.what or job.title)
    stop = tr("  {back} stops", back=key_name("back", "Esc"))
    if cell_len(name) + cell_len(figures) + cell_len(stop) + 2 <= width:
        return f"{name}  {figures}{stop}" if figures else name + stop
    room = max(0, width - cell_len(figures) - 2)
    name = fit(name, min(cell_len(name), room))
    return f"{name}  {figures}" if figures else name


def job_figures(job: JobState) -> tuple[str, ...]:
    """Amount, share, rate and remaining time."""
    is_bytes = job.unit == "bytes"
    amount = size(job.done) if is_bytes else f"{count_text(job.done)} {job.unit}"
    rate = f"{size(round(job.rate))}/s" if is_bytes and job.rate else ""
    share = f"{job.share:.0%}" if job.share is not None else ""
    left = clock(job.left) + " left" if job.left is not None else clock(job.seconds)
    return (amount if job.done else "", share, rate, left)
