"""The one door: everything a person can ask of images and containers, as one call each.

Both faces, the command line and the screen, knock here and nowhere else. All names are text as the user wrote it; `spelling`
reads them. Rooms that need numpy are imported by the calls that look inside layers, so that asking for a list of images stays quick.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from layertui.core.containers.container import Container, CreateOptions
    from layertui.core.engines.engine import Engine, ImageSummary, LogLine, Namespaces
    from layertui.core.images.history import Step
    from layertui.core.images.image import Image
    from layertui.core.inspector.answers import (
        DiffLine,
        Findings,
        LayerSummary,
        Loaded,
        Removed,
        Report,
        StoreCheck,
        Subject,
        Swept,
        Usage,
        WriteEffect,
    )
    from layertui.core.layers.catalog import Catalog
    from layertui.core.layers.stack import Stack
    from layertui.core.layers.trace import Trace
    from layertui.core.layers.view import View
    from layertui.core.oci.descriptor import Platform
    from layertui.core.settings import Settings
    from layertui.core.streams.progress import Progress


class Inspector:
    """Answers questions about images and containers, and does what is asked for with them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def engine(self) -> Engine:
        """The place where bare names are looked up."""
        raise NotImplementedError

    @cached_property
    def catalog(self) -> Catalog:
        """Layer tables, each read once."""
        raise NotImplementedError

    # Looking

    def open(self, name: str, platform: Platform | None = None, progress: Progress | None = None) -> Subject:
        """What a name means, in every spelling: engine names and IDs, transports, paths, `@N` and `@M..N`."""
        raise NotImplementedError

    def images(self) -> list[ImageSummary]:
        """Every image of the engine, untagged ones too."""
        raise NotImplementedError

    def layers(self, subject: Subject, progress: Progress | None = None) -> list[LayerSummary]:
        """The layers from the bottom up, each with what it did; a container's own layer is the last."""
        raise NotImplementedError

    def history(self, subject: Subject, *, sizes: bool = True) -> tuple[Step, ...]:
        """The steps that made an image, oldest first; with `sizes`, what each added, from headers alone."""
        raise NotImplementedError

    def stack(self, subject: Subject, progress: Progress | None = None) -> Stack:
        """All layers laid over each other, a container's own layer on top."""
        raise NotImplementedError

    def view(
        self,
        subject: Subject,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> View:
        """The files as the Subject says, or as of layer `upto`, or of layer `only` alone. NotFound for a layer not there."""
        raise NotImplementedError

    def read(
        self,
        subject: Subject,
        path: str,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> BinaryIO:
        """The bytes of a file, links followed inside the image. NotFound for what is no file."""
        raise NotImplementedError

    def trace(self, subject: Subject, path: str, *, deep: bool = False, progress: Progress | None = None) -> Trace:
        """Which layer answers for a path, asked from the top down; `deep` goes on to the bottom."""
        raise NotImplementedError

    def compare(
        self,
        a: Subject,
        b: Subject,
        *,
        history: bool = True,
        files: bool = True,
        config: bool = True,
        progress: Progress | None = None,
    ) -> Report:
        """Two Subjects side by side: histories aligned, files and configs that differ, and a verdict in one sentence."""
        raise NotImplementedError

    # Images, in and out

    def look_into(self, path: Path, progress: Progress | None = None) -> Findings:
        """What a file holds and what a load of it would do, before anything is done."""
        raise NotImplementedError

    def load(self, source: Path | BinaryIO, *, clobber: bool = True, progress: Progress | None = None) -> list[Loaded]:
        """Every image of an archive, a layout folder or a stream put into the store. Conflict where a tag would move and `clobber` is false."""
        raise NotImplementedError

    def save(
        self,
        names: Sequence[str],
        out: Path | BinaryIO,
        *,
        form: str = "both",
        compress: str | None = None,
        without: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> None:
        """Images as one archive, layers and metadata and names; `without` leaves out layers that these images have."""
        raise NotImplementedError

    def import_(
        self,
        source: Path | BinaryIO,
        ref: str | None = None,
        *,
        message: str | None = None,
        changes: Sequence[str] = (),
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> Image:
        """A tar of files as an image of one layer, its history one step."""
        raise NotImplementedError

    def tag(self, name: str, new: str) -> None:
        """A further name for an image; where the name was another image's, it moves."""
        raise NotImplementedError

    def remove_image(self, name: str, *, force: bool = False) -> Removed:
        """A name taken away, and the image with its last name. Conflict where a container uses it or an ID has several tags."""
        raise NotImplementedError

    def extract(
        self,
        subject: Subject,
        path: str,
        dest: Path,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        """A file or folder of an image written to the host, never outside `dest`."""
        raise NotImplementedError

    def demo(self, progress: Progress | None = None) -> list[Image]:
        """The demo images, put into the store unless they are there."""
        raise NotImplementedError

    # Containers

    @property
    def no_start(self) -> str | None:
        """Why containers cannot be started here; None where they can."""
        raise NotImplementedError

    def containers(self) -> list[Container]:
        """Every container, the newest first."""
        raise NotImplementedError

    def container(self, name: str) -> Container:
        """A container by name, ID or unique prefix of one."""
        raise NotImplementedError

    def create(self, image: str, options: CreateOptions, progress: Progress | None = None) -> Container:
        """A container: the image and a writable layer on top. Nothing runs."""
        raise NotImplementedError

    def start(self, name: str) -> Container:
        """The container's process, in namespaces of its own."""
        raise NotImplementedError

    def stop(self, name: str, grace: float = 10.0) -> Container:
        """The stop signal, and SIGKILL when `grace` seconds have passed."""
        raise NotImplementedError

    def kill(self, name: str, signal: str = "KILL") -> None:
        """A signal to the container's process."""
        raise NotImplementedError

    def wait(self, name: str, progress: Progress | None = None) -> int:
        """The exit code, once there is one."""
        raise NotImplementedError

    def remove_container(self, name: str, *, force: bool = False) -> None:
        """A container and its writable layer gone. WrongState for a running one without `force`."""
        raise NotImplementedError

    def exec(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Sequence[str] = (),
        working_dir: str | None = None,
        user: str | None = None,
        stdin: bool = False,
    ) -> int:
        """A further process in a running container, on our own output; its exit code."""
        raise NotImplementedError

    def logs(self, name: str, *, follow: bool = False, tail: int | None = None) -> Iterator[LogLine]:
        """What the container has written, line by line; with `follow`, until it ends."""
        raise NotImplementedError

    def namespaces(self, name: str) -> Namespaces:
        """The container's namespaces beside the host's; none before it has been started."""
        raise NotImplementedError

    def size_rw(self, name: str) -> int:
        """Bytes in a container's own layer."""
        raise NotImplementedError

    # A container's own layer

    def write_effect(self, name: str, path: str) -> WriteEffect:
        """What a write to this path will do: a new file, one overwritten, or one copied up from the image."""
        raise NotImplementedError

    def write(
        self,
        name: str,
        path: str,
        source: BinaryIO,
        *,
        mode: int | None = None,
        owner: tuple[int, int] | None = None,
        parents: bool = False,
    ) -> None:
        """A file in the writable layer; mode and owner of what exists are kept unless given."""
        raise NotImplementedError

    def mkdir(self, name: str, path: str, *, parents: bool = False) -> None:
        """A folder in the writable layer."""
        raise NotImplementedError

    def unlink(self, name: str, path: str, *, recursive: bool = False) -> None:
        """A path removed from what the container sees; the image keeps it."""
        raise NotImplementedError

    def copy_in(self, name: str, source: Path | BinaryIO, path: str, *, archive: bool = False, progress: Progress | None = None) -> None:
        """Host to container by `cp`'s rules; a stream is a tar and `path` a folder."""
        raise NotImplementedError

    def copy_out(self, name: str, path: str, dest: Path | BinaryIO, *, archive: bool = False, progress: Progress | None = None) -> None:
        """Container to host by `cp`'s rules; to a stream as a tar."""
        raise NotImplementedError

    def diff(self, name: str, progress: Progress | None = None) -> list[DiffLine]:
        """What the container's own layer added, changed and deleted."""
        raise NotImplementedError

    def commit(
        self,
        name: str,
        ref: str | None = None,
        *,
        message: str | None = None,
        author: str | None = None,
        changes: Sequence[str] = (),
        pause: bool = True,
        progress: Progress | None = None,
    ) -> Image:
        """The container's own layer as one more layer of a new image."""
        raise NotImplementedError

    def export(self, name: str, out: Path | BinaryIO, progress: Progress | None = None) -> None:
        """Everything the container sees as one flat tar; no history, no config."""
        raise NotImplementedError

    # The store

    def fsck(self, *, repair: bool = False, progress: Progress | None = None) -> StoreCheck:
        """Every blob summed, every record read; with `repair`, what can be mended is."""
        raise NotImplementedError

    def gc(self, *, dry_run: bool = False) -> Swept:
        """What neither an image nor a container reaches, swept."""
        raise NotImplementedError

    def df(self) -> list[Usage]:
        """What images, containers and caches take."""
        raise NotImplementedError
