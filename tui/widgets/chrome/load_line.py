"""CPU and memory use of a container over the last minutes, as two small charts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import binary_size, size
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.observe.resource_usage import ResourceUsage

KEPT = 120
"""The number of samples kept."""


BARS = "▁▂▃▄▅▆▇█"

LOWEST = 20
"""Memory up to 2 to the power of this many bytes has a chart of its own height: 1 MiB."""


class UsageChart(Widget):
    """The last samples as bars, the newest at the right; a full one is the ceiling."""

    DEFAULT_CSS = """
    UsageChart { width: 1fr; height: 1; margin: 0 2 0 1; color: $text-success; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shares: list[float] = []

    def show(self, samples: Iterable[float], ceiling: float) -> None:
        """Show samples beside a ceiling that is at least as high."""
        self._shares = [sample / ceiling for sample in samples]
        self.refresh()

    def render(self) -> Content:
        bars = "".join(BARS[min(len(BARS) - 1, int(share * len(BARS)))] for share in self._shares)
        width = self.size.width
        return Content(bars[-width:].rjust(width) if width else "")


class LoadLine(Horizontal):
    """CPU and memory as charts, the rest as numbers; empty while the container does not run."""

    DEFAULT_CSS = """
    LoadLine { height: 1; padding: 0 1; margin: 0 0 1 0; display: none; }
    LoadLine Static { width: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._cpu: deque[float] = deque(maxlen=KEPT)
        self._memory: deque[float] = deque(maxlen=KEPT)

    def compose(self) -> ComposeResult:
        yield Static(id="cpu")
        yield UsageChart(id="cpu-line")
        yield Static(id="memory")
        yield UsageChart(id="memory-line")
        yield Static(id="rest")

    def show(self, stats: ResourceUsage | None) -> None:
        """Add a sample; None if the container does not run, which also drops the samples of the previous run."""
        self.display = stats is not None
        if stats is None:
            self._cpu.clear()
            self._memory.clear()
            return
        now = stats.now
        self._cpu.append(stats.cpu_percent)
        self._memory.append(now.memory)
        self.query_one("#cpu", Static).update(Content(tr("CPU {cpu_percent:5.1f}%", cpu_percent=stats.cpu_percent)))
        self.query_one("#memory", Static).update(
            Content(tr("memory {binary_size}", binary_size=binary_size(now.memory)))
        )
        # Beside whole cores, and a power of 2 bytes: a chart between its own bounds would make much of what changes little.
        self.query_one("#cpu-line", UsageChart).show(self._cpu, 100 * max(1, ceil(max(self._cpu) / 100)))
        self.query_one("#memory-line", UsageChart).show(
            self._memory, 1 << max(LOWEST, (int(max(self._memory)) - 1).bit_length())
        )
        parts = [many(now.pids, "pid")]
        if self.size.width >= 120:
            parts += [
                tr("net {size} / {size2}", size=size(now.received), size2=size(now.sent)),
                tr("disk {size} / {size2}", size=size(now.read), size2=size(now.written)),
            ]
        self.query_one("#rest", Static).update(Content(" · ".join(parts)))
