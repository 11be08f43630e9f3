"""A language in which every letter of a text is another one of the same width: what stays as it was is in no catalogue."""

import gettext
import re
import string

# Mathematical sans-serif letters: one cell each, and no data has them.
_MARKED = str.maketrans(
    {
        **{letter: chr(0x1D5A0 + index) for index, letter in enumerate(string.ascii_uppercase)},
        **{letter: chr(0x1D5BA + index) for index, letter in enumerate(string.ascii_lowercase)},
    }
)
_PLACE = re.compile(r"(\{[^{}]*\})")


def marked(text: str) -> str:
    """The text with other letters, except in its places for values."""
    return "".join(part if _PLACE.fullmatch(part) else part.translate(_MARKED) for part in _PLACE.split(text))


class Pseudo(gettext.NullTranslations):
    """The catalogue that has every text."""

    def gettext(self, message: str) -> str:
        return marked(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return marked(msgid1 if n == 1 else msgid2)
