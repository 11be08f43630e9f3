"""The conditions on files that `find` and `catalog find` have in common: their options, and the query that these make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.analysis.search.content_tests import ContentTest
    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.oci.digest import Digest

_KINDS = {"f": "FILE", "d": "DIR", "l": "SYMLINK", "c": "CHAR", "b": "BLOCK", "p": "FIFO"}
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_ANY_SIZE = 1 << 62


class _Size(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in newer versions of click
    """Bytes: `+N` more, `-N` fewer, `N` exactly."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> range:
        """The sizes that are asked for."""
        found = re.fullmatch(r"([+-]?)(\d{1,18})([kmg]?)", str(value), re.IGNORECASE)
        if found is None:
            self.fail(tr("{value!r} is not +N, -N or N, in bytes or with k, M or G", value=value), param, ctx)
        bytes_ = int(found[2]) * _UNITS[found[3].lower()]
        if found[1] == "+":
            return range(bytes_ + 1, _ANY_SIZE)
        return range(bytes_) if found[1] == "-" else range(bytes_, bytes_ + 1)


class _Mode(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Permission bits in octal."""

    name = "octal"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bits; what is no octal number of at most five digits fails as a usage error."""
        if not re.fullmatch(r"[0-7]{1,5}", str(value)):
            self.fail(tr("{value!r} is not an octal mode such as 4000", value=value), param, ctx)
        return int(value, 8)


_OPTIONS = (
    click.option("--name", metavar="GLOB", help="The last part of the path: * ? [a-z], as find -name."),
    click.option("--path", metavar="GLOB", help="The whole path; * matches slashes too, as find -path."),
    click.option("--regex", metavar="RE", help="A regular expression (RE2) that is found in the path."),
    click.option(
        "--type", "kind", type=click.Choice(list(_KINDS)), help="File, directory, link; c, b, p: devices, fifo."
    ),
    click.option(
        "--size",
        "sizes",
        type=_Size(),
        metavar="+N|-N",
        help="Files of more, or fewer, than N bytes (k, M, G: times 1024).",
    ),
    click.option("--mode", type=_Mode(), metavar="OCTAL", help="All these bits are set: 4000 is setuid."),
    click.option("--owner", "uid", type=click.IntRange(min=0), metavar="UID", help="Owned by this user ID."),
)


def condition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options for names, paths, types, sizes, modes and owners."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def file_query(
    *,
    name: str | None,
    path: str | None,
    regex: str | None,
    kind: str | None,
    content: str | None = None,
    content_regex: str | None = None,
    digest: str | None = None,
    **others: Any,
) -> FileQuery:
    """The query that the options make. Raises UsageError."""
    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.analysis.search.globs import Glob
    from layertui.core.analysis.search.linear_regex import LinearRegex
    from layertui.core.layers.table.entry import Kind

    if path is not None and path[:1] not in ("/", "*", "?", "["):
        path = f"/{path}"  # as nothing else could match
    if others.get("unowned") and others.get("package") is not None:
        raise UsageError(tr("--no-package finds what no package owns; it cannot be used together with --package"))
    query = FileQuery(
        name=None if name is None else Glob(name),
        path=None if path is None else Glob(path),
        regex=None if regex is None else LinearRegex(regex),
        kind=None if kind is None else Kind[_KINDS[kind]],
        content=_content_test(content, content_regex, digest),
        **others,
    )
    for glob in filter(None, (query.name, query.path)):
        _ = glob.expression  # an invalid one is an error before anything is searched
    return query


def _content_test(text: str | None, regex: str | None, digest: str | None) -> ContentTest | None:
    from layertui.core.analysis.search.content_tests import AllOf, ContainsRegex, ContainsText, HasDigest
    from layertui.core.analysis.search.linear_regex import LinearRegex

    tests: list[ContentTest] = []
    if text is not None:
        tests.append(ContainsText(text.encode("utf-8", "surrogateescape")))
    if regex is not None:
        tests.append(ContainsRegex(LinearRegex(regex)))
    if digest is not None:
        tests.append(HasDigest(content_digest(digest)))
    return AllOf(tests) if len(tests) > 1 else tests[0] if tests else None


def content_digest(text: str) -> Digest:
    """The sha256 of a content, as the user writes it. Raises UsageError."""
    from layertui.core.oci.digest import Digest

    found = re.fullmatch(r"(?:sha256:)?([0-9a-fA-F]{64})", text)
    if found is None:
        raise UsageError(tr("invalid --digest {text!r}: write the 64 hex digits of a sha256", text=text))
    return Digest(f"sha256:{found[1].lower()}")
