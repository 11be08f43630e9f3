"""Text from images in Markdown, and tables of it.

Names and commands are in `<code>`, and every character that Markdown or HTML could interpret there is an entity, so
that no name becomes a link, a mention, a table cell or an element. No line starts with text from an image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_LIVE = re.compile(
    r"""
    [^\w /,;+→….:()=?%'"-] | _         # all but letters of any language and what never means anything within a line
    | (?<= www ) [.]                   # GitHub makes links of these (GFM, "autolinks")
    | : (?= // ) | (?<= mailto ) : | (?<= xmpp ) :
    | : (?= [\w+-]+ : )                # and of `:name:` a picture
    """,
    re.VERBOSE | re.IGNORECASE,
)


def escaped(text: str) -> str:
    """Text with all characters that Markdown may interpret as entities."""
    return _LIVE.sub(lambda found: f"&#{ord(found[0])};", text)


def code(text: str) -> str:
    """Text from an image, as code."""
    return f"<code>{escaped(text)}</code>" if text else ""


def markdown_table(title: str, aligns: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A heading and a table of cells that are Markdown already; columns are aligned by `l` and `r`."""
    yield ""
    yield f"### {title}"
    yield ""
    yield f"| {' | '.join(headers)} |"
    yield f"| {' | '.join('--:' if align == 'r' else '---' for align in aligns)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
