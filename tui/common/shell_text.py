"""Commands as a POSIX shell reads them: whatever a name contains, neither the shell nor the terminal interprets it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.tui.common.command_log import ActCommand

_NAMED = {"\n": "\\n", "\t": "\\t", "\\": "\\\\", "%": "%%"}
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
"""A variable that a shell can test."""

_QUOTED = frozenset("'!\"`$")
"""Characters that mean something inside the quotes around a format, or to the history of an interactive shell."""


class Expanded(str):
    """A word whose variables the shell expands: all of it is ours, and nothing of it the user's."""

    __slots__ = ()


def shell_word(word: str) -> str:
    """A word in one line of printable characters, except for line feeds at its end, which a substitution would drop.

    A word with control characters, or with bytes that are no UTF-8, becomes the output of `printf`.
    """
    if isinstance(word, Expanded):
        return f'"{word}"'
    if word.isprintable():
        return f"'{word}'" if word.startswith("=") and "'" not in word else shlex.quote(word)  # zsh looks for a command
    text = word.rstrip("\n")
    line_feeds = word[len(text) :]
    quoted = f"\"$(printf '{printf_format(text.encode('utf-8', 'surrogateescape'))}')\"" if text else ""
    return quoted + (f"'{line_feeds}'" if line_feeds else "")


def printf_format(content: bytes) -> str:
    """The format with which `printf` writes these bytes, for single quotes; printable text stays readable."""
    text = content.decode("utf-8", "surrogateescape")
    shown = "".join(map(_for_printf, text))
    return "\\055" + shown[1:] if shown.startswith("-") else shown  # otherwise it would be taken as an option


def _for_printf(letter: str) -> str:
    if letter in _NAMED:
        return _NAMED[letter]
    if letter.isprintable() and letter not in _QUOTED:
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogateescape"))


def shell_line(words: Sequence[str]) -> str:
    """A command as it can be typed."""
    return " ".join(map(shell_word, words))


def layertui_line(command: ActCommand) -> str:
    """The shell command of an act, with its input and output; empty if no command does it."""
    if not command.words:
        return ""
    line = shell_line(command.words)
    if command.stdin is not None:
        line = f"printf '{printf_format(command.stdin)}' | {line}"
    if command.output is not None:
        line = f"{line} > {shell_word(str(command.output))}"
    given = "".join(
        f'"${{{name}:?is secret and not in the log: export it}}" '
        for name in filter(_VARIABLE.fullmatch, command.secrets)
    )
    return f": {given}&& {line}" if given else line
