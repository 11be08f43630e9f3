"""Text of a Dockerfile that stays within its instruction, whatever it holds: exec forms, words, lines that are continued."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from layertui.core.unsafe_text import UNSAFE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE = 16_000
"""Characters of a line; a builder refuses lines of 65,536 bytes."""
_PLAIN_WORD = re.compile(r"[\w./*?@%+=:,~^{}()-]+", re.ASCII)
_HEREDOC = re.compile(r"(?:^|[\s\"'])\d*<<-?")
_BLANKS = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)|(?<=\S)\t(?=\S)")
_CONTINUED = re.compile(r"\\[ \t]*\Z")


def is_one_line(text: str) -> bool:
    """Whether a text can be written as it is: one line, without characters that are not shown, not continued on the next one."""
    return not UNSAFE.search(text.replace("\t", " ")) and not _CONTINUED.search(text)


def has_heredoc(text: str) -> bool:
    """Whether a builder might take the lines that follow for the content of a here-document."""
    return _HEREDOC.search(text) is not None


def is_plain_word(text: str) -> bool:
    """Whether a text needs no quotes."""
    return _PLAIN_WORD.fullmatch(text) is not None


def json_array(words: Sequence[str]) -> str:
    """The exec form: a JSON array. Characters that are not shown are escaped, so that none is lost."""
    text = json.dumps(list(words), ensure_ascii=False)
    # In quotes a builder may still look for here-documents.
    return UNSAFE.sub(_escape, text).replace("<<", r"\u003c<")


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1] if match.group() != "\x7f" else r"\u007f"


def json_words(text: str) -> tuple[str, ...] | None:
    """The words of an exec form; None for another text."""
    if not text.startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    return tuple(words)


def continued_lines(text: str) -> tuple[str, ...]:
    r"""One instruction as lines, all but the last ended by `\`; joined again, they are the same text.

    They break where the author's did: before blanks that were the indentation of a line.
    """
    lines: list[str] = []
    begin = counted = 0
    quotes = {"'": 0, '"': 0}
    for blanks in _BLANKS.finditer(text):
        for quote in quotes:
            quotes[quote] += text.count(quote, counted, blanks.start())
        counted = blanks.start()
        is_indentation = "\t" in blanks[0] or len(blanks[0]) > 2
        # Builders drop a line that looks like a comment, and a backslash before the break would escape it.
        if not is_indentation or text[blanks.start() - 1] == "\\" or text[blanks.end()] == "#":
            continue
        if any(count % 2 for count in quotes.values()):
            continue
        at = blanks.start() + blanks[0].startswith(" ")
        lines.append(text[begin:at] + "\\")
        begin = at
    lines.append(text[begin:])
    return tuple(part for line in lines for part in _short(line))


def _short(line: str) -> Iterator[str]:
    while len(line) > _LINE:
        at = _LINE
        while at > 1 and (line[at - 1] in "\\ \t" or line[at] in "\\# \t"):
            at -= 1
        if at == 1:  # nothing but such characters
            break
        yield line[:at] + "\\"
        line = line[at:]
    yield line


def heredoc(text: str) -> tuple[str, ...] | None:
    """The lines of `RUN <<EOF` for a script of several lines; None where they cannot be written so."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 2 or text.startswith("#!") or any(UNSAFE.search(line.replace("\t", " ")) for line in lines):
        return None
    word = next(word for word in ("EOF", "END", *(f"EOF{number}" for number in range(len(lines)))) if word not in lines)
    return (f"RUN <<{word}", *lines, word)
