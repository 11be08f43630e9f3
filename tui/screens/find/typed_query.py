"""What was typed and chosen on the find screen, and the query that it means: patterns are those of the filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from layertui.tui.widgets.text.text_match import GLOB_SIGNS

if TYPE_CHECKING:
    from layertui.core.analysis.search.content_tests import ContentTest
    from layertui.core.analysis.search.file_query import FileQuery

Where = Literal["this", "all", "engines"]
What = Literal["name", "content"]


class TypedQuery(NamedTuple):
    """One state of the find screen."""

    typed: str = ""
    where: Where = "this"
    what: What = "name"
    hidden: bool = False

    def query(self) -> FileQuery | None:
        """The query; None where nothing was typed. Raises UsageError, and LayertuiError without RE2.

        Text ignores case, unless it has capitals. A glob matches the name, or the path if it has a slash; `/…/` is an expression.
        """
        from layertui.core.analysis.search.file_query import FileQuery
        from layertui.core.analysis.search.globs import Glob
        from layertui.core.analysis.search.linear_regex import LinearRegex

        text = self.typed
        if not text:
            return None
        ignore_case = not any(letter.isupper() for letter in text)
        expression = text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" and text.count("/") == 2 else None
        if self.what == "content":
            return FileQuery(content=_content(text, expression, ignore_case=ignore_case), hidden=self.hidden)
        if expression is not None:
            return FileQuery(regex=LinearRegex(expression, ignore_case=ignore_case), hidden=self.hidden)
        if not GLOB_SIGNS & set(text):
            glob = Glob.containing(text, ignore_case=ignore_case)
        else:
            glob = Glob(text if "/" not in text or text.startswith("/") else f"*/{text}", ignore_case)
        _ = glob.expression
        return FileQuery(path=glob, hidden=self.hidden) if "/" in text else FileQuery(name=glob, hidden=self.hidden)


def _content(text: str, expression: str | None, *, ignore_case: bool) -> ContentTest:
    from layertui.core.analysis.search.content_tests import ContainsRegex, ContainsText
    from layertui.core.analysis.search.linear_regex import LinearRegex

    if expression is not None:
        return ContainsRegex(LinearRegex(expression, ignore_case=ignore_case))
    if ignore_case and text.lower() != text.upper():
        return ContainsRegex(LinearRegex(text, ignore_case=True, is_text=True))
    return ContainsText(text.encode("utf-8", "surrogateescape"))
