"""Parses `WWW-Authenticate`: how a registry wants its users to prove who they are (RFC 9110, section 11)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - the grammar's word for a word
_PARAMETER = re.compile(rf'[\s,]*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_SCHEME = re.compile(rf"[\s,]*({_TOKEN})(?=[\s,]|$)")
_TOKEN68 = re.compile(r"\s+[A-Za-z0-9._~+/-]+=*\s*(?=,|$)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One scheme, in lower case, with its parameters, whose names are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """The challenges of all `WWW-Authenticate` headers of an answer; what cannot be parsed ends its header."""
    return [challenge for header in headers for challenge in _parsed(header)]


def _parsed(header: str) -> list[Challenge]:
    found: list[Challenge] = []
    at = 0
    while (scheme := _SCHEME.match(header, at)) is not None:
        at = scheme.end()
        parameters: dict[str, str] = {}
        while (one := _PARAMETER.match(header, at)) is not None:
            name, quoted, plain = one.groups()
            parameters.setdefault(name.lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
            at = one.end()
        if not parameters and (opaque := _TOKEN68.match(header, at)) is not None:
            at = opaque.end()
        found.append(Challenge(scheme[1].lower(), parameters))
    return found
