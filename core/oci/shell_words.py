"""Splits a line of a Dockerfile into words, removes quotes and expands variables (Dockerfile reference).

Quotes are kept while the line is split and removed when a word is expanded, as the builder does. So a blank inside
quotes does not split a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"""(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+""", re.DOTALL)
_PIECE = re.compile(
    r"""\\(?P<escaped>.)|'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<variable>\$)|(?P<plain>[^\\'"$]+)""",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")


def split(text: str) -> list[str]:
    """The words of ``text``, with their quotes. Raises UsageError for an unclosed quote."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _WORD.match(text, at)
        if match is None or (match.end() < len(text) and not text[match.end()].isspace()):
            raise UsageError(tr("unclosed quote"))
        words.append(match[0])
        at = match.end()
    return words


def split_pairs(text: str) -> list[tuple[str, str]]:
    """Parse ``k=v k2="v 2"``, or ``k the rest of the line``. Raises UsageError."""
    text = text.strip()
    if not text:
        raise UsageError(tr("a name and a value are needed"))
    first = _WORD.match(text)
    if "=" not in (first[0] if first else text):
        key, *rest = text.split(maxsplit=1)
        if not rest:
            raise UsageError(tr("{key!r} has no value; write {key}=VALUE", key=key))
        return [(key, rest[0])]
    pairs = []
    for word in split(text):
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(tr("{word!r} is no NAME=VALUE; a value with blanks needs quotes", word=word))
        if not name:
            raise UsageError(tr("{word!r} has no name before its '='", word=word))
        pairs.append((name, value))
    return pairs


def expand(text: str, env: Iterable[str]) -> str:
    """``text`` without quotes, and ``$NAME``, ``${NAME}``, ``${NAME:-word}``, ``${NAME:+word}`` expanded. Raises UsageError."""
    values = {name: value for name, _, value in (entry.partition("=") for entry in env)}
    return _expand(text, values)


def _expand(text: str, values: dict[str, str]) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            if text[at] == "\\":  # the last character: it escapes nothing, and is dropped
                break
            raise UsageError(tr("unclosed quote"))
        at = match.end()
        if match["variable"]:
            value, at = _variable(text, at, values)
            out.append(value)
        elif match["double"] is not None:
            out.append(_expand_quoted(match["double"], values))
        else:
            out.append(match["escaped"] or match["single"] or match["plain"] or "")
    return "".join(out)


def _expand_quoted(text: str, values: dict[str, str]) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        at += 1
        if character == "\\" and at < len(text):
            # Inside double quotes a backslash escapes only these.
            out.append(text[at] if text[at] in '"\\$' else "\\" + text[at])
            at += 1
        elif character == "$":
            value, at = _variable(text, at, values)
            out.append(value)
        else:
            out.append(character)
    return "".join(out)


def _variable(text: str, at: int, values: dict[str, str]) -> tuple[str, int]:
    """The value of the variable after the ``$`` at ``at - 1``, and the position after it."""
    if text[at : at + 1] != "{":
        match = _NAME.match(text, at)
        return ("$", at) if match is None else (values.get(match[0], ""), match.end())
    end = _closing_brace(text, at + 1)
    inside = text[at + 1 : end]
    match = _NAME.match(inside)
    if match is None:
        raise UsageError(tr("'${{{inside}}}' has no variable name", inside=inside))
    name, rest = match[0], inside[match.end() :]
    if not rest:
        return values.get(name, ""), end + 1
    # With the colon an empty value counts as unset.
    colon = rest.startswith(":")
    modifier, word = rest[colon : colon + 1], rest[colon + 1 :]
    is_there = bool(values.get(name)) if colon else name in values
    if modifier == "-":
        return (values[name] if is_there else _expand(word, values)), end + 1
    if modifier == "+":
        return (_expand(word, values) if is_there else ""), end + 1
    raise UsageError(tr("'${{{inside}}}' has a modifier that is not supported; use :- or :+", inside=inside))


def _closing_brace(text: str, at: int) -> int:
    depth = 1
    while at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    raise UsageError("unclosed '${'")
