"""Engine, Images, ImageSink, Containers, OwnLayer: what a place can do.

A place is what it has: an Engine whose `containers` is None has none, and a face that asks for the part knows what
to offer. No flags, no "not implemented". What a verb answers with is imported for its type alone, so that a list
of containers needs no numpy, and a start nothing that only looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

__all__ = [
    "Containers",
    "Engine",
    "Events",
    "ImageSink",
    "ImageSummary",
    "Images",
    "OwnLayer",
    "Put",
    "Upkeep",
    "summary",
]

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container, CreateOptions, ExecOptions
    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.model.session import Session, Size
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.process_list import Running
    from layertui.core.containers.observe.resource_usage import Reading
    from layertui.core.containers.rootfs.container_view import Sight
    from layertui.core.containers.runtimes.runtime import Tried
    from layertui.core.containers.storage.volumes import Kept, Volume
    from layertui.core.images.image import Image
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.entry import Entry
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.oci.descriptor import Platform
    from layertui.core.oci.digest import DiffID, Digest
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Event
    from layertui.core.storage.lost_found import Finding, Whole

    # Here, since a class with a method `list` has lost the word.
    DiffLines = list[DiffLine]
    Processes = list[Running]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSummary:
    """One image of a place as a list shows it."""

    id: Digest
    """The digest of its config."""
    digest: Digest
    """The digest of its manifest."""
    names: tuple[Reference, ...] = ()
    diff_ids: tuple[DiffID, ...] = ()
    created: str | None = None
    architecture: str = ""
    os: str = ""
    size: int | None = None
    """Bytes of its files; None where only a look inside would tell."""
    stored_size: int = 0


def summary(image: Image) -> ImageSummary:
    """What a list shows of an image that is at hand."""
    return ImageSummary(
        id=image.id,
        digest=image.digest,
        names=image.names,
        diff_ids=image.diff_ids,
        created=image.config.created,
        architecture=image.config.architecture,
        os=image.config.os,
        stored_size=image.stored_size,
    )


class Images(Protocol):
    """Where images are read from."""

    def list(self) -> Sequence[ImageSummary]:
        """Every image that can be read, untagged ones too."""

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        """How many more there are than those listed, which cannot be read; `fsck` tells what is wrong with each."""

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        """The image of a reference, an ID or a unique prefix of one. NotFound, Ambiguous."""


@dataclass(frozen=True, slots=True)
class Put:
    """What a put did: the image as it is there now, and the tags that pointed elsewhere before."""

    image: Image
    moved: tuple[tuple[Reference, Digest], ...] = ()
    """Each tag with the ID of the image it named until now."""


class ImageSink(Protocol):
    """Where images are written to."""

    def put(
        self, image: Image, names: Sequence[Reference], progress: Progress, *, clobber: bool = True, deed: str = "load"
    ) -> Put:
        """The image with all its blobs, under these names. Conflict where a name would move and `clobber` is false.

        `deed` is what the events call it.
        """

    def tag(self, name: str, new: Reference) -> None:
        """A further name for an image that is there."""

    def remove(self, name: str, *, force: bool = False) -> tuple[tuple[Reference, ...], tuple[Digest, ...]]:
        """A name taken away, or an image by ID: the tags that went, and the IDs of images that went with them."""


class OwnLayer(Protocol):
    """One container's writable layer, in whatever state the container is. Paths are text, absolute in the container."""

    def table(self) -> LayerTable:
        """The layer as it is now."""

    def size(self) -> int:
        """Bytes of its files."""

    def open(self, entry: Entry) -> BinaryIO:
        """The bytes of one of its files."""

    def write(
        self,
        path: str,
        source: BinaryIO,
        *,
        mode: int | None = None,
        owner: tuple[int, int] | None = None,
        parents: bool = False,
    ) -> None:
        """A file, new or in place of the old one, whose mode and owner are kept unless given."""

    def mkdir(self, path: str, *, parents: bool = False, mode: int = 0o755) -> None:
        """A folder; with `parents`, one that exists is fine."""

    def unlink(self, path: str, *, recursive: bool = False) -> None:
        """What is at the path is seen no more; a folder only with `recursive`."""

    def change(self, path: str, *, mode: int | None = None, owner: tuple[int, int] | None = None) -> None:
        """Another mode or owner for what is at the path; what is not given stays as it is."""

    def rename(self, path: str, new: str) -> None:
        """Another path for what is at one. Conflict where something is there."""

    def put_tar(self, tar: BinaryIO, path: str) -> None:
        """Every member of a tar, put into the folder at `path`."""


class Containers(Protocol):
    """Containers of a place. Each is named by its ID, its name or a unique prefix of the ID."""

    @property
    def unavailable(self) -> str | None:
        """Why none can be started here, though all else works; None where one can."""

    def runtimes(self) -> Sequence[Tried]:
        """What might start one here, each tried; nothing where that is the place's own matter."""

    def networks(self) -> Sequence[Tried]:
        """What might connect one there, each tried; nothing where no runtime works."""

    def list(self) -> Sequence[Container]:
        """Every container, the newest first."""

    def get(self, name: str) -> Container:
        """NotFound, Ambiguous."""

    def create(self, image: Image, named: str, options: CreateOptions) -> Container:
        """The image with a writable layer on top. Nothing runs."""

    def start(self, name: str, progress: Progress | None = None) -> Container:
        """Its process, in namespaces of its own; nothing where it runs already."""

    def stop(self, name: str, grace: float | None = None) -> Container:
        """The stop signal, and SIGKILL after `grace` seconds, by default its own; nothing where it does not run."""

    def kill(self, name: str, signal: str = "KILL") -> None:
        """A signal to its first process."""

    def pause(self, name: str) -> Container:
        """Every process of it stands still; `paused_by` says what holds them."""

    def unpause(self, name: str) -> Container:
        """They go on."""

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        """Stopped if it runs, and started again."""

    def rename(self, name: str, new: str) -> Container:
        """Another name, whatever state it is in. Conflict where that one is taken."""

    def wait(self, name: str, progress: Progress | None = None) -> int:
        """The exit code, once there is one."""

    def remove(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[Kept]:
        """The container and its layer; a running one only with `force`.

        What lies in its volumes without a name is kept, in volumes with one, and told; with `volumes` it goes too.
        """

    def exec(
        self, name: str, argv: Sequence[str], options: ExecOptions | None = None, *, size: Size | None = None
    ) -> Session:
        """One more process in a running container, and its standard streams from their first byte on.

        `size` is that of its terminal, if it is to have one. Raises WrongState where the container does not run,
        CommandNotFound and CommandNotExecutable.
        """

    def shell(self, name: str) -> str:
        """Where the best shell lies that the container has. NotFound where there is none."""

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        """What it wrote, the last `tail` lines; with `follow`, until it ends."""

    def attach(
        self, name: str, *, start: bool = False, size: Size | None = None, progress: Progress | None = None
    ) -> Session:
        """Its standard streams, from now on; with `start` it is started, and they are had from their first byte on.

        `size` is how large its terminal is to be when it starts. WrongState where it does not run.
        """

    def namespaces(self, name: str) -> Namespaces:
        """Its namespaces beside the host's."""

    def mounts(self, name: str) -> MountTable:
        """The folders that its root is made of; and all its mounts, while it runs."""

    def processes(self, name: str) -> Processes:
        """What runs in it, oldest first. WrongState where nothing does."""

    def reading(self, name: str) -> Reading | None:
        """What it takes of the machine, as counters; None where it does not run."""

    def changes(self, name: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """What changes here, each time something has: `life` of anything, and of this one `logs` and `layer`."""

    def own_layer(self, name: str) -> OwnLayer:
        """Its writable layer."""

    def own_size(self, name: str) -> int:
        """Bytes of the files in it."""

    def stack(self, name: str, progress: Progress | None = None) -> Stack:
        """The image's layers and its own on top."""

    def sight(self, name: str, progress: Progress | None = None) -> Sight:
        """What it sees at its paths: its layers, and what is mounted in it."""

    def diff(self, name: str, progress: Progress | None = None) -> DiffLines:
        """What its own layer added, changed and deleted, as `docker diff` says it."""

    def commit(
        self,
        name: str,
        names: Sequence[Reference] = (),
        *,
        message: str | None = None,
        author: str | None = None,
        changes: Sequence[str] = (),
        pause: bool = True,
        progress: Progress | None = None,
    ) -> Image:
        """Its own layer as one more layer of a new image, which is put beside the others."""

    def export(self, name: str, out: BinaryIO, progress: Progress | None = None) -> None:
        """All that it sees as one flat tar."""


class Upkeep(Protocol):
    """What looks after the containers of a place that keeps them in a store of its own."""

    def known(self) -> Sequence[Container]:
        """Every container whose record can be read, as that says it is; nothing is done about one that a crash has ended."""

    def needed(self) -> Sequence[Digest]:
        """The manifests of their images. Damaged where one cannot be known."""

    def findings(self, whole: Whole) -> Sequence[Finding]:
        """What is wrong with them, and what is left over."""

    def sweep(self) -> None:
        """Remove what no container and no image needs any more, unpacked layers first. Conflict where one is being unpacked."""

    def volumes(self, containers: Sequence[Container] | None = None) -> Sequence[Volume]:
        """Every volume that has a name, and who uses it; `containers`: all there are, where they are at hand."""

    def remove_volume(self, name: str) -> None:
        """The volume and what lies in it. NotFound; Conflict while a container uses it."""


class Events(Protocol):
    """What happens in a place."""

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event]:
        """Those until now, unless only what comes is wanted; with `follow`, those that come, until `progress` is cancelled."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A place: its images, and what else it has. None is honest."""

    name: str
    images: Images
    sink: ImageSink | None = None
    containers: Containers | None = None
    events: Events | None = None
    upkeep: Upkeep | None = None
    only_looks: str | None = None
    """Why nothing may be changed in it; None where that may be."""
