"""The frame of a page, and tables: one HTML file without script and without links to elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --both: #5b8def; --left: #d9534f; --right: #3a9d5d; --changed: #b8860b }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.2em } h2 { font-size: 1.05em; margin-top: 2em } p.verdict { font-size: 1.15em; font-weight: 600 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .15em .6em; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right; white-space: nowrap } code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
.bar { display: inline-block; height: .8em; vertical-align: middle }
"""


def page_head(title: str, style: str) -> Iterator[str]:
    """All up to the heading, which is the title; ``title`` is HTML already. The page ends with `</body></html>`."""
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}</title><style>{_STYLE}{style}</style></head><body>"
    yield f"<h1>{title}</h1>"


def html_code(text: str) -> str:
    """Text from an image, as code."""
    return f"<code>{escape(text)}</code>" if text else ""


def html_table(
    title: str, aligns: str, headers: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]
) -> Iterator[str]:
    """A heading and a table; each row has a class for its meaning."""
    yield f"<h2>{title}</h2><table>"
    yield f"<thead>{_row('', 'th', aligns, headers)}</thead><tbody>"
    yield from (_row(word, "td", aligns, cells) for word, cells in rows)
    yield "</tbody></table>"


def _row(word: str, cell: str, aligns: str, cells: Sequence[str]) -> str:
    classes = {"r": ' class="number"', "l": ""}
    inner = "".join(f"<{cell}{classes[align]}>{text}</{cell}>" for align, text in zip(aligns, cells, strict=True))
    return f'<tr class="{word}">{inner}</tr>' if word else f"<tr>{inner}</tr>"
