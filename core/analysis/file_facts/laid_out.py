"""JSON, TOML and YAML laid out: one value a line, indented, each value as it is written in the file.

Nothing is evaluated: numbers keep their digits, keys their order, also those that are there twice, and an alias of YAML stays an
alias, so that no bomb unfolds. Comments are left out of YAML; TOML has lines by itself and is only checked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.core.analysis.file_facts.fact_values import FileKind
from layertui.core.analysis.file_facts.text_content import decoded_text
from layertui.core.bounds import bounds, check, exceeded
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

_INDENT = "  "
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_ENDS = {"{": "}", "[": "]"}
# So many parts of a dotted key take a parser of TOML, and a reader, too long: each is looked up with all before it.
_DOTTED = re.compile(r"(?<![\w-])(?:[\w-]*+[\"']?+[ \t]{0,9}+\.[ \t]{0,9}+[\"']?+){100}")


def laid_out(content: bytes, kind: FileKind) -> str:
    """The text of a document of JSON, TOML or YAML, one value a line.

    Raises Damaged for what cannot be parsed, and LimitExceeded for more bytes or levels than the bounds `json` and `json_depth`.
    """
    what = tr("the {name}", name=kind.name)
    check("json", len(content), tr("{what} is {content:,} bytes long", what=what, content=len(content)))
    decoded = decoded_text(content)
    if decoded is None:
        raise Damaged(tr("{what} is no text", what=what))
    text = decoded[0]
    if kind is FileKind.JSON:
        strict_json.loads(text.encode(), what=what)
        return _bounded(_json_lines(text), what)
    if kind is FileKind.TOML:
        return _toml(text, what)
    return _yaml(text, what)


def _bounded(pieces: Iterator[str], what: str) -> str:
    """The pieces joined, within the bound of documents."""
    gathered: list[str] = []
    length, most = 0, bounds().json
    for piece in pieces:
        gathered.append(piece)
        length += len(piece)
        if length > most:
            raise exceeded("json", tr("{what} is longer than {most:,} bytes when it is laid out", what=what, most=most))
    return "".join(gathered)


def _json_lines(text: str) -> Iterator[str]:
    """Valid JSON as pieces, with line ends and indents put between its tokens."""
    depth = 0
    words = _TOKEN.findall(text)
    before = ""
    for number, word in enumerate(words):
        if word in "}]":
            depth -= 1
            if _ENDS.get(before) != word:
                yield "\n" + _INDENT * depth
            yield word
        elif word == ",":
            yield ",\n" + _INDENT * depth
        elif word == ":":
            yield ": "
        else:
            yield word
            if word in _ENDS:
                depth += 1
                if number + 1 < len(words) and words[number + 1] != _ENDS[word]:
                    yield "\n" + _INDENT * depth
        before = word
    yield "\n"


def _toml(text: str, what: str) -> str:
    import tomllib

    if _DOTTED.search(text):
        raise Damaged(tr("{what} has a key of more than 100 parts", what=what))
    try:
        tomllib.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise exceeded("json_depth", tr("{what} is nested too deeply", what=what)) from None
    except ValueError as error:
        raise Damaged(tr("{what} cannot be parsed: {error}", what=what, error=error)) from None
    return text.replace("\r\n", "\n")


def _yaml(text: str, what: str) -> str:
    """Events in, events out: no value is made of them, and an alias stays one."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    try:
        events = _block_style(yaml.parse(text, Loader=loader), what)
        found: str = yaml.emit(events, Dumper=dumper, allow_unicode=True, width=100)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = tr(", line {line}", line=mark.line + 1) if mark is not None else ""
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise Damaged(tr("{what} cannot be parsed{where}: {why}", what=what, where=where, why=why)) from None
    except RecursionError:
        raise exceeded("json_depth", tr("{what} is nested too deeply", what=what)) from None
    return _bounded(iter([found]), what)


def _block_style(events: Iterator[object], what: str) -> Iterator[object]:
    """The same events, collections a value a line, as long as they are not nested too deeply."""
    from yaml import events as kinds

    depth, most = 0, bounds().json_depth
    for event in events:
        if isinstance(event, kinds.CollectionStartEvent):
            depth += 1
            if depth > most:
                raise exceeded("json_depth", tr("{what} is nested too deeply", what=what))
            event.flow_style = False
        elif isinstance(event, kinds.CollectionEndEvent):
            depth -= 1
        yield event
