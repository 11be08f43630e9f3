"""A container's log as a file: found in, wrapped, followed, with or without times, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.screens.container.log_following import LogFollowing
from layertui.tui.screens.file.file_screen import FileScreen

if TYPE_CHECKING:
    from layertui.tui.screens.container.container_log import ContainerLog
    from layertui.tui.screens.file.file_pages import FilePages

EVERY = 0.25
"""Seconds between two looks whether there are more lines."""


class LogScreen(FileScreen):
    """The file view of a log."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "follow", tr("follow"), tooltip=tr("Follow the log to its end as it grows, or stay here")),
        Binding("t", "times", tr("times"), tooltip=tr("Show or hide the time of each line")),
    ]

    def __init__(self, log: ContainerLog) -> None:
        super().__init__(log)
        self._following = LogFollowing(self, self._panes.rows, self.reading, log, self._follow_changed)
        self.offer(self._following.actions())

    def on_mount(self) -> None:
        self.set_interval(EVERY, self._following.show_more)

    def _opened(self, pages: FilePages, is_other: bool) -> None:
        super()._opened(pages, is_other)
        self._following.opened()

    def _title(self, pages: FilePages) -> str:
        return super()._title(pages) + (tr(", following") if self._following.is_on else "")

    def _follow_changed(self) -> None:
        if self.reading.pages is not None:
            self._panes.show_title(self._title(self.reading.pages))
        self.refresh_bindings()
