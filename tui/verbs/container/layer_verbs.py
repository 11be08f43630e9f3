"""The commands for a container's writable layer: write, mkdir, unlink, cp, diff, commit, export."""

from __future__ import annotations

import click

from layertui.core.errors import LayertuiError, NotFound, UsageError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.verbs.image_verbs import given, print_id, stdin, target
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb


@verb("write", "write kind_banzai /etc/motd motd", "write -p kind_banzai /srv/new/hello < hello")
@click.option("--mode", metavar="OCTAL", help="Mode; default: unchanged, or 0644.")
@click.option("--owner", metavar="UID:GID", help="Owner; default: unchanged, or 0:0.")
@click.option("-p", "--parents", is_flag=True, help="Make missing parents.")
@click.argument("name")
@click.argument("path")
@click.argument("file", required=False, default="-", metavar="[FILE|-]")
@pass_context
def write_verb(
    context: CliContext, name: str, path: str, file: str, mode: str | None, owner: str | None, parents: bool
) -> None:
    """Write a file into a container, from a file or stdin; running or not."""
    bits, ids = _mode(mode), _owner(owner)
    source = stdin() if file == "-" else given(file)
    with source:
        context.inspector.containers.files.writable_layer(name).write(
            path, source, mode=bits, owner=ids, parents=parents
        )
    context.done(path=path)


@verb("mkdir", "mkdir -p kind_banzai /srv/new")
@click.option("-p", "--parents", is_flag=True, help="Make missing parents; what exists is fine.")
@click.argument("name")
@click.argument("path")
@pass_context
def mkdir_verb(context: CliContext, name: str, path: str, parents: bool) -> None:
    """Make a folder in a container; running or not."""
    context.inspector.containers.files.writable_layer(name).mkdir(path, parents=parents)
    context.done(path=path)


@verb("unlink", "unlink kind_banzai /etc/motd", "unlink -r kind_banzai /srv/app")
@click.option("-r", "--recursive", is_flag=True, help="Also folders, with their content.")
@click.argument("name")
@click.argument("path")
@pass_context
def unlink_verb(context: CliContext, name: str, path: str, recursive: bool) -> None:
    """Remove a path from what a container sees; its image keeps it."""
    context.inspector.containers.files.writable_layer(name).unlink(path, recursive=recursive)
    context.done(path=path)


@verb("cp", "cp motd kind_banzai:/etc/motd", "cp kind_banzai:/etc .", "cp kind_banzai:/srv - | tar t")
@click.option("-a", "--archive", is_flag=True, help="Keep owners.")
@click.option("-L", "--follow-link", is_flag=True, help="Follow a link that the source names.")
@click.argument("source", metavar="SRC")
@click.argument("destination", metavar="DST")
@pass_context
def cp_verb(context: CliContext, source: str, destination: str, archive: bool, follow_link: bool) -> None:
    """Copy between a container (NAME:PATH) and the host; `-` streams a tar."""
    inside, outside = _container_path(source), _container_path(destination)
    if inside and outside:
        raise LayertuiError(tr("copying between containers is not supported; copy to the host first"))
    if not inside and not outside:
        raise UsageError(tr("must specify at least one container source: write NAME:PATH on one side"))
    progress = context.progress()
    if outside:
        name, path = outside
        if not path:
            raise NotFound(
                tr("{destination} names no folder; write {name}:/ for the root", destination=destination, name=name)
            )
        given = stdin() if source == "-" else source
        context.inspector.containers.copy_in(name, given, path, archive=archive, follow=follow_link, progress=progress)
    elif inside:
        name, path = inside
        if not path:
            raise NotFound(tr("{source} names no path; write {name}:/ for the root", source=source, name=name))
        if destination == "-":
            with target("-") as out:
                context.inspector.containers.copy_out(
                    name, path, out, archive=archive, follow=follow_link, progress=progress
                )
            return
        left_out = context.inspector.containers.copy_out(
            name, path, destination, archive=archive, follow=follow_link, progress=progress
        )
        warn_of_devices(context, left_out)
    context.done(source=source, destination=destination)


@verb("diff", "diff kind_banzai")
@click.argument("name")
@pass_context
def diff_verb(context: CliContext, name: str) -> None:
    """Show what changed in a container's writable layer: A added, C changed, D deleted."""
    lines = context.inspector.containers.files.diff(name, context.progress())
    if context.json:
        context.out.document([{"path": line.path, "kind": line.kind} for line in lines])
    else:
        context.out.lines(f"{line.kind} {safe(line.path)}" for line in lines)


@verb("commit", 'commit -m "a new motd" kind_banzai demo:3.0')
@click.option("-m", "--message", metavar="MSG", help="The comment of the new step.")
@click.option("-a", "--author", metavar="AUTHOR", help="Who made it.")
@click.option("-c", "--change", "changes", multiple=True, metavar="CHANGE", help="A Dockerfile instruction.")
@click.option("--no-pause", is_flag=True, help="Do not pause the container meanwhile.")
@click.option(
    "--pause", type=bool, default=True, metavar="BOOL", help="--pause=false is an older spelling of --no-pause."
)
@click.argument("name")
@click.argument("ref", required=False, metavar="[REF]")
@pass_context
def commit_verb(
    context: CliContext,
    name: str,
    ref: str | None,
    message: str | None,
    author: str | None,
    changes: tuple[str, ...],
    no_pause: bool,
    pause: bool,
) -> None:
    """Make an image of a container and its writable layer; print its ID."""
    image = context.inspector.containers.commit(
        name,
        ref,
        message=message,
        author=author,
        changes=changes,
        pause=pause and not no_pause,
        say=context.warn,
        progress=context.progress(),
    )
    print_id(context, image.id)


@verb("export", "export test_export -o test_export.tar")
@click.option("-o", "--output", metavar="FILE", help="Write the tar to FILE; default: stdout.")
@click.argument("name")
@pass_context
def export_verb(context: CliContext, name: str, output: str | None) -> None:
    """Write the files of a container as one flat tar, without history and layers."""
    with target(output) as out:
        context.inspector.containers.export(name, out, context.progress())
    if output not in (None, "-"):
        context.done(file=output)


def warn_of_devices(context: CliContext, left_out: tuple[str, ...]) -> None:
    """Say which paths were not made."""
    for path in left_out:
        context.warn(tr("{path} is a device and was left out", path=path))


def _container_path(text: str) -> tuple[str, str] | None:
    """NAME and PATH of `NAME:PATH`; None for a path of the host, which a slash or dot before the colon makes one."""
    name, colon, path = text.partition(":")
    if text == "-" or not colon or not name or "/" in name or name.startswith("."):
        return None
    return name, path


def _mode(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise UsageError(tr("invalid mode {text!r}: write octal digits, such as 0644", text=text))
    return mode


def _owner(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    uid, _, gid = text.partition(":")
    if not uid.isdecimal() or not (gid or uid).isdecimal():
        raise UsageError(tr("invalid owner {text!r}: write UID:GID in numbers", text=text))
    return int(uid), int(gid or uid)
