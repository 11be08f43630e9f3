"""The commands images, load, save, import, tag and rmi."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from layertui.core.errors import LayertuiError, NotFound, UsageError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, short, unreadable_text
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.inspector.inspector_answers import Loaded
    from layertui.core.oci.reference import Reference


@verb("images", "images", "images --json", "images 'demo*'")
@click.argument("repository", required=False, metavar="[REPOSITORY[:TAG]]")
@click.option("-q", "--quiet", is_flag=True, help="Print only IDs.")
@click.option("--no-trunc", is_flag=True, help="Print IDs in full.")
@click.option("--digests", is_flag=True, help="Print the manifest digests too.")
@pass_context
def images_verb(context: CliContext, repository: str | None, quiet: bool, no_trunc: bool, digests: bool) -> None:
    """List images, untagged ones too."""
    from layertui.tui.report.image_report import image_lines, image_object

    listed = context.inspector.images.list()
    if unreadable := context.inspector.images.unreadable(listed):
        context.warn(unreadable_text(unreadable))
    found = _of_repository(listed, repository)
    if context.json:
        context.out.document([image_object(image) for image in found])
    elif quiet:
        # As docker, one for each name.
        context.out.lines(
            str(image.id) if no_trunc else short(image.id) for image in found for _ in image.names or (None,)
        )
    else:
        context.out.lines(image_lines(found, full=no_trunc, digests=digests))


def _of_repository(images: list[ImageSummary], repository: str | None) -> list[ImageSummary]:
    """Images with a name in this repository, shown under those names alone; it may be a pattern, as docker takes it."""
    if repository is None:
        return images
    from dataclasses import replace

    fits = _pattern(repository) if set(repository) & set("*?[") else _name(repository)
    kept = []
    for image in images:
        names = tuple(filter(fits, image.names))
        if names:
            kept.append(replace(image, names=names))
    return kept


def _name(text: str) -> Callable[[Reference], bool]:
    from layertui.core.oci.reference import Reference

    wanted = Reference.parse(text, default_tag=None)
    return lambda name: name.name == wanted.name and wanted.tag in (None, name.tag)


def _pattern(text: str) -> Callable[[Reference], bool]:
    """Fits a whole name, or one without its tag; no `*` goes beyond a slash."""
    from fnmatch import fnmatchcase

    parts = text.split("/")

    def fits(name: Reference) -> bool:
        spelled = (name.name.split("/"), name.familiar.split("/"))
        return any(len(own) == len(parts) and all(map(fnmatchcase, own, parts)) for own in spelled)

    return fits


@verb("load", "load -i demo.tar", "load < demo.tar", "load --no-clobber layout/")
@click.option("-i", "--input", "inputs", multiple=True, metavar="FILE", help="An archive or a layout folder.")
@click.option("--no-clobber", is_flag=True, help="Refuse to move a tag from another image.")
@click.option("--platform", metavar="P", help="Platform to load of a multi-platform image: os[/arch[/variant]].")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but warnings.")
@words("files", required=False, metavar="[FILE|-]...")
@pass_context
def load_verb(
    context: CliContext,
    inputs: tuple[str, ...],
    files: tuple[str, ...],
    no_clobber: bool,
    platform: str | None,
    quiet: bool,
) -> None:
    """Load every image of an archive or a layout, from files or stdin."""
    loaded: list[Loaded] = []
    for source in (*inputs, *files) or ("-",):
        images = context.inspector.images.load(
            _source(source), clobber=not no_clobber, platform=platform, progress=context.progress()
        )
        loaded += images
        for image in images:
            _print_loaded(context, image, quiet=quiet or context.json)
    if context.json:
        context.out.document(
            [{"id": image.image.id, "tags": [name.familiar for name in image.names]} for image in loaded]
        )


def _print_loaded(context: CliContext, loaded: Loaded, *, quiet: bool) -> None:
    for warning in loaded.warnings:
        context.warn(warning)
    for moved in loaded.moved:
        context.warn(
            tr(
                "{familiar} was image {short} until now, which keeps its other names, if any",
                familiar=moved.name.familiar,
                short=moved.was.short,
            )
        )
    if quiet:
        return
    for name in loaded.names:
        context.out.line(f"Loaded image: {safe(name.familiar)}")
    if not loaded.names:
        context.out.line(f"Loaded image ID: {loaded.image.id}")


@verb(
    "save",
    "save -o demo.tar demo:1.0",
    "save --format oci --compress zstd -o demo.tar demo:1.0 demo:2.0",
    "save --without busybox demo:1.0 | ssh node01 layertui load",
)
@click.option("-o", "--output", metavar="FILE", help="Write the archive to FILE; default: stdout.")
@click.option(
    "--format", "form", type=click.Choice(["docker", "oci"]), help="Only one form; default: both in one archive."
)
@click.option(
    "--compress", type=click.Choice(["none", "gzip", "zstd"]), help="Compress the layers; default: as stored."
)
@click.option("--without", multiple=True, metavar="IMAGE", help="Leave out layers that this image has.")
@words("images", metavar="IMAGE...")
@pass_context
def save_verb(
    context: CliContext,
    output: str | None,
    form: str | None,
    compress: str | None,
    without: tuple[str, ...],
    images: tuple[str, ...],
) -> None:
    """Save images as one archive; all layers, names and history are kept."""
    with target(output) as out:
        context.inspector.images.save(
            images, out, form=form or "both", compress=compress, without=without, progress=context.progress()
        )
    if output not in (None, "-"):
        context.done(file=output)


@verb("import", "import test_export.tar test:test", "import -c 'CMD [\"sh\"]' - test:test < test_export.tar")
@click.option("-m", "--message", metavar="MSG", help="Comment of its history step.")
@click.option(
    "-c", "--change", "changes", multiple=True, metavar="CHANGE", help="A Dockerfile instruction, such as 'CMD sh'."
)
@click.option("--platform", metavar="P", help="os[/arch[/variant]]; default: this machine's.")
@click.argument("source", metavar="FILE|-")
@click.argument("name", required=False, metavar="[NAME:TAG]")
@pass_context
def import_verb(
    context: CliContext,
    source: str,
    name: str | None,
    message: str | None,
    changes: tuple[str, ...],
    platform: str | None,
) -> None:
    """Make an image of one layer from a tar of files; print its ID."""
    image = context.inspector.images.import_(
        _source(source), name, message=message, changes=changes, platform=platform, progress=context.progress()
    )
    print_id(context, image.id)


@verb("tag", "tag demo:1.0 registry.example/demo:1.0")
@click.argument("image")
@click.argument("new")
@pass_context
def tag_verb(context: CliContext, image: str, new: str) -> None:
    """Add a name to an image."""
    context.inspector.images.tag(image, new)
    context.done(tag=new)


@verb("rmi", "rmi demo:1.0")
@click.option("-f", "--force", is_flag=True, help="Force: even if a container uses it or it has several names.")
@words("images", metavar="IMAGE...")
@pass_context
def rmi_verb(context: CliContext, force: bool, images: tuple[str, ...]) -> int:
    """Remove names, and images with their last name."""
    untagged: list[str] = []
    deleted: list[str] = []

    def remove(name: str) -> None:
        removed = context.inspector.images.remove(name, force=force)
        untagged.extend(reference.familiar for reference in removed.untagged)
        deleted.extend(removed.deleted)
        if not context.json:
            context.out.lines(f"Untagged: {safe(reference.familiar)}" for reference in removed.untagged)
            context.out.lines(f"Deleted: {digest}" for digest in removed.deleted)

    code = context.each(images, remove, forgiven=(NotFound,) if force else ())
    if context.json and not code:
        context.out.document({"untagged": untagged, "deleted": deleted})
    return code


def print_id(context: CliContext, identity: str) -> None:
    """An ID alone, as text or JSON."""
    if context.json:
        context.out.document({"id": identity})
    else:
        context.out.line(identity)


def _source(name: str) -> Path | BinaryIO:
    """A path, or stdin for `-`."""
    return stdin() if name == "-" else Path(name)


def given(name: str) -> BinaryIO:
    """A file that the user names, to be read. UsageError for what would be waited for or never end; `<(…)` is read as it comes."""
    mode = os.stat(name).st_mode
    of_a_shell = "/fd/pipe:[" in os.path.realpath(name)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or os.path.realpath(name) == os.devnull or of_a_shell):
        raise UsageError(
            tr("{name}: is a named pipe, a device or a socket, not a file; `-` reads standard input", name=name)
        )
    return open(name, "rb")


def stdin() -> BinaryIO:
    """Stdin as bytes. Raises LayertuiError where a person would have to type them."""
    if sys.stdin is None:
        raise LayertuiError(tr("stdin is closed; name a file, or pipe one in"))
    if sys.stdin.isatty():
        raise LayertuiError(tr("stdin is a terminal; name a file, or pipe one in"))
    return sys.stdin.buffer


@contextmanager
def target(output: str | None) -> Iterator[Path | BinaryIO]:
    """A path, or stdout. Raises LayertuiError where stdout is a terminal."""
    if output not in (None, "-"):
        yield Path(output)
        return
    if sys.stdout is None:
        raise LayertuiError(tr("stdout is closed; use -o FILE, or redirect stdout"))
    if sys.stdout.isatty():
        raise LayertuiError(tr("refusing to write an archive to a terminal; use -o FILE, or redirect stdout"))
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()
