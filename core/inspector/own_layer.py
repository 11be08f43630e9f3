"""A container's own layer: written to, copied into and out of, told as a diff, committed, exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.inspector.looking import Looking
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector_answers import WriteEffect
    from layertui.core.progress import Progress


class OwnLayer(Looking):
    """The writable layer of a container, in whatever state that is."""

    def write_effect(self, name: str, path: str) -> WriteEffect:
        """What a write to this path will do: a new file, one overwritten, or one copied up from the image."""
        from layertui.core.inspector.summaries import write_effect, write_effect_in_mount

        subject = self.open(f"container:{name}")
        if subject.container is not None and subject.container.options.mounts:
            sight = self._containers.sight(name)
            if mounted := sight.mount_of(path):
                return write_effect_in_mount(sight, path, mounted)
        stack = self.stack(subject)
        return write_effect(stack.view(), path, len(stack))

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
        self._containers.own_layer(name).write(path, source, mode=mode, owner=owner, parents=parents)

    def mkdir(self, name: str, path: str, *, parents: bool = False) -> None:
        """A folder in the writable layer."""
        self._containers.own_layer(name).mkdir(path, parents=parents)

    def unlink(self, name: str, path: str, *, recursive: bool = False) -> None:
        """A path removed from what the container sees; the image keeps it."""
        self._containers.own_layer(name).unlink(path, recursive=recursive)

    def change(self, name: str, path: str, *, mode: int | None = None, owner: tuple[int, int] | None = None) -> None:
        """Another mode or owner in the writable layer, the path copied up if need be; what is not given stays."""
        self._containers.own_layer(name).change(path, mode=mode, owner=owner)

    def rename_path(self, name: str, path: str, new: str) -> None:
        """Another path for a file or folder of a container; what the image has is copied, and hidden where it was."""
        self._containers.own_layer(name).rename(path, new)

    def copy_in(
        self,
        name: str,
        source: str | Path | BinaryIO,
        path: str,
        *,
        archive: bool = False,
        follow: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Host to container by `cp`'s rules; a stream is a tar and `path` a folder."""
        from layertui.core.inspector.copying import copy_in

        subject = self.open(f"container:{name}")
        own_layer = self._containers.own_layer(name)
        copy_in(
            self._containers.sight(name, progress) if subject.has_mounts else self.view(subject, progress=progress),
            own_layer,
            source,
            path,
            archive=archive,
            follow=follow,
            spool=self._spool,
            progress=progress or quiet(),
        )

    def copy_out(
        self,
        name: str,
        path: str,
        dest: str | Path | BinaryIO,
        *,
        archive: bool = False,
        follow: bool = False,
        progress: Progress | None = None,
    ) -> tuple[str, ...]:
        """Container to host by `cp`'s rules, to a stream as a tar; devices are left out and named."""
        from layertui.core.inspector.copying import copy_out

        asked = path if path.startswith("/") else f"/{path}"
        follow = follow or asked.endswith(("/", "/."))
        view, real = self.view_at(
            self.open(f"container:{name}"), asked, follow=follow, deep=True, below=True, progress=progress
        )
        return copy_out(view, real, dest, asked=asked, archive=archive, follow=follow, progress=progress or quiet())

    def diff(self, name: str, progress: Progress | None = None) -> list[DiffLine]:
        """What the container's own layer added, changed and deleted."""
        return self._containers.diff(name, progress)

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
        from layertui.core.inspector.sink import names_for

        return self._containers.commit(
            name,
            names_for(ref),
            message=message,
            author=author,
            changes=changes,
            pause=pause,
            progress=progress,
        )

    def export(self, name: str, out: Path | BinaryIO, progress: Progress | None = None) -> None:
        """Everything the container sees as one flat tar; no history, no config."""
        from layertui.core.inspector.taking import written

        self._containers.get(name)
        with written(out) as stream:
            self._containers.export(name, stream, progress)
