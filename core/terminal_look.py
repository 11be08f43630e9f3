"""What the environment says about the look of the user's terminal: its background, and the characters that it can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CONSOLES = ("linux", "vt100", "vt102", "vt220", "ansi")
"""Terminals, by TERM, whose fonts have few characters besides ASCII, and that answer no question about their colours."""


@dataclass(frozen=True, slots=True)
class TerminalLook:
    """The look of a terminal; `settings.py` alone reads the environment."""

    is_light: bool | None = None
    """Whether its background is light; None if it is unknown."""
    only_ascii: bool = False
    """Whether lines, marks and signs are drawn in ASCII."""
    can_answer: bool = True
    """Whether it may be asked for its background."""

    @classmethod
    def of(cls, environ: Mapping[str, str], glyphs: str = "") -> TerminalLook:
        """The look of the terminal of an environment; `glyphs` is the user's choice, `ascii` or `unicode`."""
        is_console = environ.get("TERM", "") in CONSOLES
        return cls(
            is_light=_is_light(environ.get("COLORFGBG", "")),
            only_ascii=glyphs == "ascii" or (not glyphs and (is_console or _is_plain_locale(environ))),
            can_answer=not is_console,
        )


def _is_light(colours: str) -> bool | None:
    """Parse COLORFGBG, such as `15;0` or `0;default;15`: the last is the number of the background in the palette of 16."""
    number = colours.rpartition(";")[2]
    if not (number.isascii() and number.isdecimal() and len(number) < 3):
        return None
    return int(number) in (7, *range(9, 16))


def _is_plain_locale(environ: Mapping[str, str]) -> bool:
    """Whether the locale of characters is C by name: such a system promises no characters but those of ASCII.

    No locale at all is the usual case of a container or a service, seen in a terminal that has them. LC_CTYPE=C.UTF-8 is what
    Python itself sets when it finds LANG=C, so it does not count.
    """
    named = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if not named[0] and named[1] in ("C.UTF-8", "C.utf8", "UTF-8"):
        named[1] = ""
    return next(filter(None, named), "") in ("C", "POSIX")
