"""Finder: the filters of one screen, and the find bar in which they are typed.

A screen has named targets that can be filtered: the panes of home, the tabs of a container, a whole comparison. The screen
defines how a target is filtered and what has the focus afterwards; everything else is the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.tui.common.screen_memory import Memory
    from layertui.tui.widgets.forms.find_bar import FindBar

Narrow = Callable[[str, Pattern | None], tuple[int, int] | None]
"""Show only the matching rows of a target; returns how many match, of how many. None if a job counts them: it calls `show_found`."""


@runtime_checkable
class Stepping(Protocol):
    """A list with a next and a previous match."""

    def next_match(self, by: int) -> None: ...


class Finder:
    """Opens the find bar, keeps a Pattern for each target, filters the target with each letter, and clears the filter."""

    def __init__(
        self,
        mount: Callable[[FindBar], object],
        narrow: Narrow,
        closed: Callable[[str, bool], object],
        memory: Callable[[], Memory] | None = None,
    ) -> None:
        """`mount` puts the bar on the screen; `closed` gets the target and whether its filter is kept, and sets the focus."""
        self._mount = mount
        self._narrow = narrow
        self._closed = closed
        self._memory = memory
        self._bar: FindBar | None = None
        self._patterns: dict[str, Pattern] = {}
        self.target = ""
        """The target of the bar, or its last one."""

    def pattern(self, target: str) -> Pattern | None:
        """The filter of a target."""
        return self._patterns.get(target)

    # -- the bar

    @property
    def is_open(self) -> bool:
        """Whether the bar is on the screen."""
        return self._bar is not None

    def open(self, target: str, label: str) -> None:
        """Open the bar; `label` is what the user knows the target as."""
        from layertui.tui.widgets.forms.find_bar import FindBar
        from layertui.tui.widgets.forms.typed_history import TypedHistory

        if self._bar is not None:
            return
        self.target = target
        pattern = self.pattern(target)
        memory = self._memory
        history = TypedHistory(lambda: memory().typed("filters")) if memory is not None else None
        self._bar = FindBar(label, pattern.typed if pattern else "", history=history)
        self._mount(self._bar)

    def typed(self, text: str) -> None:
        """For `FindBar.Typed`: filter the target, or show in the bar why the pattern is invalid."""
        try:
            pattern = Pattern.of(text)
        except re.error as error:
            self._show(tr("invalid pattern: {msg}", msg=error.msg))
            return
        except LayertuiError as error:
            self._show(str(error))
            return
        self.narrow(self.target, pattern)

    def bar_closed(self, *, keep: bool) -> None:
        """For `FindBar.Closed`: keep the filter, or show all rows again."""
        if not keep:
            self.narrow(self.target, None)
        elif self._memory is not None and (pattern := self.pattern(self.target)) is not None:
            self._memory().note_typed("filters", pattern.typed)
        self._closed(self.target, keep)  # sets the focus; if the bar was removed first, Textual would focus any widget
        self.close()

    def close(self) -> None:
        """Remove the bar, if there is one; the filter stays."""
        if self._bar is not None:
            self._bar.remove()
            self._bar = None

    # -- the filters

    def narrow(self, target: str, pattern: Pattern | None) -> None:
        """Filter a target; None shows all of it."""
        if pattern is None:
            self._patterns.pop(target, None)
        else:
            self._patterns[target] = pattern
        if (found := self._narrow(target, pattern)) is not None:
            self.show_found(target, *found)

    def clear(self, target: str) -> bool:
        """For Esc: show all rows of a target again; False if it was not filtered."""
        if target not in self._patterns:
            return False
        self.narrow(target, None)
        return True

    def forget(self, target: str) -> None:
        """Drop the filter of a target whose rows were replaced."""
        self._patterns.pop(target, None)

    # -- counts

    def show_found(self, target: str, found: int, of: int) -> None:
        """Show in the bar how many rows match, if it is open for this target."""
        self.show_count(target, tr("{found} of {of}", found=count_text(found), of=count_text(of)))

    def show_count(self, target: str, text: str) -> None:
        """Show another text instead of a count."""
        if target == self.target:
            self._show(text)

    def _show(self, text: str) -> None:
        if self._bar is not None:
            self._bar.show_count(text)


def step(rows: object, by: int) -> None:
    """Go to the next match, or the previous one; nothing for rows without matches."""
    if isinstance(rows, Stepping):
        rows.next_match(by)
