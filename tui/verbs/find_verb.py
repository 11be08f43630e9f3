"""The command find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.search.content_tests import ContentTest
    from layertui.core.analysis.search.file_query import FileQuery

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


@verb(
    "find",
    "find --name 'libssl*'",
    "find --mode 4000 --type f demo:1.0",
    "find --content 'BEGIN RSA PRIVATE KEY' --hidden demo.tar",
    "find --path '/etc/*.conf' --json archives/",
)
@click.option("--name", metavar="GLOB", help="The last part of the path: * ? [a-z], as find -name.")
@click.option("--path", metavar="GLOB", help="The whole path; * matches slashes too, as find -path.")
@click.option("--regex", metavar="RE", help="A regular expression (RE2) that is found in the path.")
@click.option("--type", "kind", type=click.Choice(list(_KINDS)), help="File, directory, link; c, b, p: devices, fifo.")
@click.option(
    "--size",
    "sizes",
    type=_Size(),
    metavar="+N|-N",
    help="Files of more, or fewer, than N bytes (k, M, G: times 1024).",
)
@click.option("--mode", type=_Mode(), metavar="OCTAL", help="All these bits are set: 4000 is setuid.")
@click.option("--owner", "uid", type=click.IntRange(min=0), metavar="UID", help="Owned by this user ID.")
@click.option("--layer", type=click.IntRange(min=1), metavar="N", help="Added or changed last by this layer.")
@click.option("--content", metavar="TEXT", help="Files that contain this text.")
@click.option("--content-regex", metavar="RE", help="Files with a line in which this is found.")
@click.option("--digest", metavar="SHA256", help="Files with this content.")
@click.option("--package", metavar="NAME", help="Files that this package owns: dpkg, apk, rpm, Python, Node, Go, Java.")
@click.option("--no-package", "unowned", is_flag=True, help="Files that no package owns.")
@click.option("--hidden", is_flag=True, help="Also versions that upper layers hide or remove; -l marks them.")
@click.option("-l", "--long", is_flag=True, help="Mode, owner, size, time, change and layer of each.")
@click.option("--all-engines", is_flag=True, help="Without IMAGE: the images of all engines, not of one.")
@words("images", required=False, metavar="[IMAGE]...")
@pass_context
def find_verb(
    context: CliContext, /, *, images: tuple[str, ...], hidden: bool, long: bool, all_engines: bool, **conditions: Any
) -> int:
    """Find files in images: those named, or all of the engine; every condition must hold.

    IMAGE may also be a container, an archive, or a folder of archives. Hidden versions are found with --hidden.
    An image that cannot be read is an error, and the others are searched all the same.
    """
    from layertui.core.inspector.find_files import FilesInImage, find_files
    from layertui.tui.report.found_files import json_found, text_found

    if images and all_engines:
        raise UsageError(tr("--all-engines searches all images; it cannot be used together with IMAGE"))
    query = _query(hidden=hidden, **conditions)
    code = 0

    def found() -> Iterator[FilesInImage]:
        nonlocal code
        answers = find_files(context.inspector, query, images, all_engines=all_engines, progress=context.progress())
        for one in answers:
            if isinstance(one, FilesInImage):
                yield one
            else:
                why = one.why if one.name in one.why else f"{one.name}: {one.why}"
                # Without a condition all files would be found, so a word that has no tag may be meant as one.
                has_tag = ":" in one.name or "@" in one.name
                is_meant = (
                    one.is_unknown and not has_tag and all(value in (None, False) for value in conditions.values())
                )
                context.fail(
                    tr("{why}; did you mean `{with_name}`?", why=why, with_name=_with_name(one.name))
                    if is_meant
                    else why
                )
                code = 1

    if context.json:
        rows = (row for one in found() for row in json_found(one, versions=hidden))
        first = next(rows, None)
        if first is not None:
            context.out.array(_with(first, rows))
        elif not code:
            context.out.array(())
        return code
    for one in found():
        context.out.lines(text_found(one, versions=hidden, long=long))
        context.out.raw.flush()
    return code


def _with_name(word: str) -> str:
    """The command that finds files of this name, or at this path."""
    from layertui.tui.common.shell_text import shell_line

    return shell_line(("layertui", "find", "--path" if "/" in word else "--name", word))


def _with(first: str, others: Iterator[str]) -> Iterator[str]:
    yield first
    yield from others


def _query(
    *,
    name: str | None,
    path: str | None,
    regex: str | None,
    kind: str | None,
    content: str | None,
    content_regex: str | None,
    digest: str | None,
    **others: Any,
) -> FileQuery:
    """The query that the options make. Raises UsageError."""
    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.analysis.search.globs import Glob
    from layertui.core.analysis.search.linear_regex import LinearRegex
    from layertui.core.layers.table.entry import Kind

    if path is not None and path[:1] not in ("/", "*", "?", "["):
        path = f"/{path}"  # as nothing else could match
    if others["unowned"] and others["package"] is not None:
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
    from layertui.core.oci.digest import Digest

    tests: list[ContentTest] = []
    if text is not None:
        tests.append(ContainsText(text.encode("utf-8", "surrogateescape")))
    if regex is not None:
        tests.append(ContainsRegex(LinearRegex(regex)))
    if digest is not None:
        found = re.fullmatch(r"(?:sha256:)?([0-9a-fA-F]{64})", digest)
        if found is None:
            raise UsageError(tr("invalid --digest {digest!r}: write the 64 hex digits of a sha256", digest=digest))
        tests.append(HasDigest(Digest(f"sha256:{found[1].lower()}")))
    return AllOf(tests) if len(tests) > 1 else tests[0] if tests else None
