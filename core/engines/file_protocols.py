"""ContainerFiles, Sight and WritableLayer: what a container sees, and what it has changed in its writable layer.

Each docstring is the contract of its method for every engine, checked by `tests/contracts/test_writable_layer.py` and its neighbours. Paths
are text with surrogate escapes, absolute in the container. Names, and the errors that any method may raise, are as in
`container_protocols.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

if TYPE_CHECKING:
    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.images.image import Image
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress


class ContainerFiles(Protocol):
    """The files of a container, in whatever state it is."""

    def writable_layer(self, name: str) -> WritableLayer:
        """The writable layer of the container, to be read and changed. Raises NotFound."""

    def own_size(self, name: str) -> int:
        """Bytes of the files in its writable layer. LimitExceeded where its folders are nested too deeply to be measured."""

    def stack(self, name: str, progress: Progress | None = None) -> Stack:
        """The image's layers with its own on top."""

    def sight(self, name: str, progress: Progress | None = None) -> Sight:
        """What it sees at its paths: its layers, and what is mounted in it."""

    def diff(self, name: str, progress: Progress | None = None) -> list[DiffLine]:
        """What its writable layer added, changed and deleted, one line a path as `docker diff` prints it; volumes are left out."""

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
        """Make an image of the container's, with its writable layer as one more layer, and store it under these names.

        A running container is paused meanwhile, unless `pause` is false, and continues whatever happens. Atomic, as `ImageSink.put`.
        Raises UsageError for a change that cannot be read, CannotPause where the container has to be paused and cannot be: then
        nothing was made.
        """

    def export(self, name: str, out: BinaryIO, progress: Progress | None = None) -> None:
        """Write all that it sees as one tar, without volumes. After an error `out` has the beginning of a tar."""


class Sight(Protocol):
    """The files of one container at the paths at which its processes see them, those in its mounts included. For reading."""

    def resolve(self, path: str, *, follow: bool = True, chroot: bool = True) -> Entry:
        """What a path leads to, symlinks followed inside the container; with `follow` false a symlink at the very end is returned itself.

        Its path, kind and link are certain; size and time may be missing. The root's parent is the root, whatever `chroot` says.
        Raises NotFound for what is not there or loops.
        """

    def mount_of(self, path: str) -> str:
        """Where what a path leads to is mounted, whether or not something is there; empty for the layers."""

    def view(self, path: str, *, deep: bool, below: bool) -> View:
        """What is at a path without symlinks in it, and all around it in the layers.

        `deep`: of what is mounted all that lies below the path, else only what lies directly in it; `below`: what is mounted below
        it, too.
        """


class WritableLayer(Protocol):
    """One container's writable layer. Each change is atomic: it is there whole, or after an error not at all.

    Symlinks on the way are followed inside the container. All changes raise NotFound for a path that is not there, Conflict for
    something of another kind in the way, UnsafePath for a name that a layer cannot hold, and WrongState for a dead container.
    """

    def table(self) -> LayerTable:
        """The layer as it is now, one row a path; whiteouts are rows too."""

    def open(self, entry: Entry) -> BinaryIO:
        """The bytes of one of its files; `entry` is a row of `table`. NotFound where it has been removed since."""

    def write(
        self,
        path: str,
        source: BinaryIO,
        *,
        mode: int | None = None,
        owner: tuple[int, int] | None = None,
        parents: bool = False,
    ) -> None:
        """Write a file. One that is there keeps its mode and owner (uid, gid) unless given; a new one is root's with mode 0644.

        With `parents` missing folders above it are made.
        """

    def mkdir(self, path: str, *, parents: bool = False, mode: int = 0o755) -> None:
        """Make a folder; with `parents` also those above it, and one that is there is no error."""

    def unlink(self, path: str, *, recursive: bool = False) -> None:
        """Remove a path from what the container sees; the image keeps it. A folder needs `recursive`, else Conflict."""

    def change(self, path: str, *, mode: int | None = None, owner: tuple[int, int] | None = None) -> None:
        """Set mode or owner of a path; what is not given is kept."""

    def rename(self, path: str, new: str) -> None:
        """Move a file or folder. Conflict where something is at the new path."""

    def put_tar(self, tar: BinaryIO, path: str) -> None:
        """Put every member of a tar into the folder at `path`. Each member is atomic; after an error those before it are there."""


@runtime_checkable
class ReversibleLayer(Protocol):
    """What a WritableLayer offers besides, where changes can be taken back so that nothing differs from before: ask with `isinstance`.

    What that takes is kept by the engine until `WayBack.drop` or `take_back`, or its own upkeep after a crash.
    """

    def no_way_back(self, path: str, *, moved: bool = False) -> str:
        """Why removing or (with `moved`) renaming a path could not be taken back, in a few words; empty if it could."""

    def unlink_reversibly(self, path: str, *, recursive: bool = False) -> WayBack | None:
        """As `WritableLayer.unlink`; None where it cannot be taken back."""

    def rename_reversibly(self, path: str, new: str) -> WayBack | None:
        """As `WritableLayer.rename`; None where it cannot be taken back."""

    def take_back(self, way: WayBack) -> None:
        """Take a change of this layer back, once. Raises Conflict, and changes nothing, where something else changed it since."""
