"""CPU and memory use of a container over the last minutes, as two small line charts."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Sparkline, Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import binary_size, size
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.observe.resource_usage import ResourceUsage

KEPT = 120
"""The number of samples kept."""


class LoadLine(Horizontal):
    """CPU and memory as sparklines, the rest as numbers; empty while the container does not run."""

    DEFAULT_CSS = """
    LoadLine { height: 1; padding: 0 1; margin: 0 0 1 0; display: none; }
    LoadLine Static { width: auto; }
    LoadLine Sparkline { width: 1fr; height: 1; margin: 0 2 0 1; }
    LoadLine Sparkline > .sparkline--max-color { color: $text-warning; }
    LoadLine Sparkline > .sparkline--min-color { color: $text-success; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._cpu: deque[float] = deque(maxlen=KEPT)
        self._memory: deque[float] = deque(maxlen=KEPT)

    def compose(self) -> ComposeResult:
        yield Static(id="cpu")
        yield Sparkline(id="cpu-line")
        yield Static(id="memory")
        yield Sparkline(id="memory-line")
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
        # From zero on: a chart from its own minimum on would exaggerate small changes.
        self.query_one("#cpu-line", Sparkline).data = [0.0, *self._cpu]
        self.query_one("#memory-line", Sparkline).data = [0.0, *self._memory]
        parts = [many(now.pids, "pid")]
        if self.size.width >= 120:
            parts += [
                tr("net {size} / {size2}", size=size(now.received), size2=size(now.sent)),
                tr("disk {size} / {size2}", size=size(now.read), size2=size(now.written)),
            ]
        self.query_one("#rest", Static).update(Content(" · ".join(parts)))
