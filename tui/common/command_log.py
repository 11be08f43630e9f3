"""The command log: what was done in this session, each act with the command that does the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ActCommand:
    """The command of an act: what `layertui` has to be called with to do the same."""

    words: tuple[str, ...]
    """`layertui` and its arguments; empty if no command does it."""
    stdin: bytes | None = None
    """What it reads from standard input; None for nothing."""
    output: Path | None = None
    """The file that its output goes to; None for the terminal."""
    secrets: tuple[str, ...] = ()
    """Variables that it takes from the environment, as their values are not to be kept."""
    prints: str = ""
    """The ID of the image that it made and prints; each run makes one with another ID."""


@dataclass(frozen=True, slots=True)
class LoggedAct:
    """One act of this session."""

    time: datetime
    text: str
    """What was done, as a sentence; may contain anything that an image or an archive can name."""
    command: ActCommand


class CommandLog:
    """All acts of one session, oldest first. Only in memory: it ends with the session, unless it is saved."""

    def __init__(self, options: Sequence[str] = (), clock: Callable[[], datetime] | None = None) -> None:
        """`options` are global options that every command needs to act on the same store and engine."""
        self._options = tuple(options)
        self._clock = clock or (lambda: datetime.now().astimezone())
        self.acts: list[LoggedAct] = []
        self.listeners: list[Callable[[ActCommand], None]] = []
        """Called with each act's command, without the options of this session."""

    def add(self, text: str, command: ActCommand) -> None:
        """Append an act that was just done."""
        given, words = command, command.words
        if words:
            words = (words[0], *self._options, *words[1:])
        command = replace(command, words=words)
        self.acts.append(LoggedAct(self._clock(), text, command))
        for listener in self.listeners:
            listener(given)


def command_in(engine: str, words: Sequence[str]) -> tuple[str, ...]:
    """A command with its names looked up in this engine; empty: the default one."""
    return (words[0], "--engine", engine, *words[1:]) if words and engine else tuple(words)
