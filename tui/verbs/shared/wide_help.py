"""The help of commands in a language whose characters are two cells wide: wrapped and aligned by cells, broken between characters."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.cells import cell_len

from layertui.core.language.texts import tr
from layertui.tui.common.cells.wide_text import wrapped


class WideHelp(click.HelpFormatter):
    """As click's formatter, which takes each character for one cell and breaks at blanks only."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is used, its arguments below each other."""
        lead = f"{prefix or tr('Usage:')} {prog} "
        indent = " " * cell_len(lead)
        lines = wrapped(args, max(20, self.width - len(indent)))
        self.write(lead + f"\n{indent}".join(lines) + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, which empty lines separate."""
        indent = " " * self.current_indent
        paragraphs = (
            "\n".join(indent + line for line in wrapped(_joined(paragraph), self.width - self.current_indent))
            for paragraph in text.split("\n\n")
        )
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms, and beside each what it means."""
        rows = list(rows)
        first = min(max((cell_len(term) for term, _ in rows), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in rows:
            self.write(indent + term)
            lines = wrapped(" ".join(meaning.split()), max(20, self.width - self.current_indent - first))
            if cell_len(term) <= first - col_spacing:
                self.write(" " * (first - cell_len(term)))
            else:
                self.write("\n" + " " * (first + self.current_indent))
            self.write(("\n" + " " * (first + self.current_indent)).join(lines) + "\n")


def _joined(paragraph: str) -> str:
    """The lines of a paragraph as one: with a blank between words, none between wide characters."""
    text = ""
    for line in paragraph.split("\n"):
        between = " " if text and cell_len(text[-1]) == 1 and cell_len(line[:1]) == 1 else ""
        text += between + line
    return text
