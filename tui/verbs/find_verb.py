"""The command find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words
from layertui.tui.verbs.shared.file_conditions import condition_options, file_query

if TYPE_CHECKING:
    from collections.abc import Iterator


@verb(
    "find",
    "find --name 'libssl*'",
    "find --mode 4000 --type f demo:1.0",
    "find --content 'BEGIN RSA PRIVATE KEY' --hidden demo.tar",
    "find --path '/etc/*.conf' --json archives/",
)
@condition_options
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
    query = file_query(hidden=hidden, **conditions)
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
