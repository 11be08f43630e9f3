"""The part of a LogScreen that adds what the container writes, while it runs, and turns times on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.container.container_log import ContainerLog
    from layertui.tui.screens.file.file_reading import FileReading
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.pages.paged_view import PagedView


class LogFollowing:
    """Reads on in a job; what has come is shown by the clock, however fast it comes."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        view: PagedView,
        reading: FileReading,
        log: ContainerLog,
        changed: Callable[[], object],
    ) -> None:
        """`changed` is called when following was turned on or off."""
        self._screen, self._view = screen, view
        self._reading, self._log = reading, log
        self._changed = changed
        self.is_on = True

    def actions(self) -> dict[str, Action]:
        """`F` and `t`."""
        return {
            "follow": Action(self._turn, self._reading.not_read),
            "times": Action(self._turn_times, self._reading.not_read),
        }

    def opened(self) -> None:
        """The log was opened: go to its end, and wait for more."""
        if self.is_on:
            self._read_on()
            self._show_end()

    def show_more(self) -> None:
        """Show what has come since."""
        pages, spool = self._reading.pages, self._log.spool
        if pages is None or spool is None or spool.size <= pages.size:
            return
        if pages.stored_as:  # decoded as a whole
            self._reading.open()
            return
        pages.grow(spool.size)
        self._reading.count_lines()
        if self.is_on:
            self._show_end()
        else:
            self._reading.ask_rows(self._view.top_offset)

    def _show_end(self) -> None:
        if self._reading.pages is not None and self._reading.pages.size:
            self._view.ask_for(self._reading.pages.size)

    def _turn(self) -> None:
        self.is_on = not self.is_on
        if self.is_on:
            self._read_on()
            self.show_more()
            self._show_end()
        else:
            self._screen.host.jobs.stop(self._screen, "follow")
        self._changed()

    def _turn_times(self) -> None:
        self._log.with_times = not self._log.with_times
        self._reading.open()

    def _read_on(self) -> None:
        log, spool = self._log, self._log.spool
        if spool is None:
            return

        def call(inspector: Inspector, progress: Progress) -> None:
            known = spool.lines
            lines = inspector.containers.output.logs(log.identity, follow=True, progress=progress)
            for number, line in enumerate(lines):
                if number >= known:
                    spool.add([line])

        def ended(_: object) -> None:
            if self.is_on and spool is log.spool:
                self.is_on = False
                self.show_more()
                self._changed()

        def failed(error: Exception) -> None:
            self._screen.show_error(error)
            ended(None)

        self._screen.ask(tr("following the log"), call, ended, group="follow", quiet=True, failed=failed)
