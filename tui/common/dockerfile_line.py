"""DockerfileLine: a line of an image's Dockerfile as it is shown, with the step that it is of."""

from __future__ import annotations

from typing import NamedTuple


class DockerfileLine(NamedTuple):
    """One line of the file, safe to show."""

    text: str
    step: int | None = None
    """The index of its step; None for what is before the steps."""
    is_comment: bool = False
    is_continued: bool = False
    """It continues the instruction of the line above."""
