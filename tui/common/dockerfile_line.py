"""DockerfileLine: one line of an image's Dockerfile, as text that is safe to show."""

from __future__ import annotations

from typing import NamedTuple


class DockerfileLine(NamedTuple):
    """One line of the file, safe to show."""

    text: str
    step: int | None = None
    """The index of its step; None for what is before the steps."""
    is_comment: bool = False
    is_waste: bool = False
    """A comment that says what the step wastes."""
    is_continued: bool = False
    """It continues the instruction of the line above."""
