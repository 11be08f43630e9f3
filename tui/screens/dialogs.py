"""The frame that every dialog stands in, and the two simplest: a question and a notice."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class Confirm(InspectorDialog[bool]):
    """A yes-or-no question."""

    def __init__(self, question: str, *, title: str = "", yes: str = "Yes", command: str = "") -> None:
        super().__init__()
        self._question = question
        self._title = title
        self._yes = yes
        self._command = command
