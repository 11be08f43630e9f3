"""InspectorContainers: the containers of an engine, by the names that the user wrote; and the parts that do something with one.

A part that the engine does not have is an error line here, so that callers need not ask each time whether it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, TypeVar

from layertui.core.errors import CannotPause, LayertuiError, UsageError
from layertui.core.inspector.subject import has_mounts
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from layertui.core.containers.model.container import Container, CreateOptions
    from layertui.core.containers.model.session import Session, TerminalSize
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.engines.container_protocols import ContainerOutput, Lifecycle, Observation, Processes
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.file_protocols import ContainerFiles
    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector_answers import WriteEffect
    from layertui.core.inspector.names.name_opener import NameOpener
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress

Part = TypeVar("Part")


class InspectorContainers:
    """What can be done with the containers of one engine. LayertuiError for an engine without any."""

    def __init__(self, engine: Engine, opener: Callable[[], NameOpener], spool: Path | None) -> None:
        if engine.containers is None:
            raise LayertuiError(tr("the engine {name} has no containers; the embedded one has", name=engine.name))
        self._engine, self._containers, self._opener, self._spool = engine, engine.containers, opener, spool

    # ---------------------------------------------------------------- parts

    @property
    def lifecycle(self) -> Lifecycle:
        """Started, stopped, paused."""
        return self._containers.lifecycle

    @property
    def processes(self) -> Processes:
        """Processes run in one, and its standard streams."""
        return self._required(self._containers.processes, tr("adds no processes to containers"))

    @property
    def output(self) -> ContainerOutput:
        """What one has written."""
        return self._required(self._containers.output, tr("keeps no output of containers"))

    @property
    def observation(self) -> Observation:
        """What one uses, and what it is separated by."""
        return self._required(self._containers.observation, tr("cannot observe containers"))

    @property
    def files(self) -> ContainerFiles:
        """What one sees and has changed."""
        return self._required(self._containers.files, tr("cannot reach the files of containers"))

    def _required(self, part: Part | None, lack: str) -> Part:
        if part is None:
            raise LayertuiError(
                tr("the engine {name} {lack}; the embedded one does", name=self._engine.name, lack=lack)
            )
        return part

    # ---------------------------------------------------------------- which there are

    def list(self) -> Sequence[Container]:
        """Every container, the newest first."""
        return self._containers.list()

    def get(self, name: str) -> Container:
        """A container by name, ID or unique prefix of one. NotFound, Ambiguous."""
        return self._containers.get(name)

    def create(self, image: str, options: CreateOptions, progress: Progress | None = None) -> Container:
        """A container of an image in any spelling; the engine takes in one that it does not have. No process is started.

        Raises UsageError.
        """
        subject = self._opener().subject(image, None, progress or quiet())
        if subject.container is not None:
            raise UsageError(tr("{name}: a container is made of an image; commit this one first", name=subject.name))
        if subject.span or subject.upto:
            raise UsageError(tr("{name}: a container is made of a whole image, not of some layers", name=subject.name))
        return self._containers.create(subject.image, image, options, progress)

    def rename(self, name: str, new: str) -> Container:
        """Another name for a container. Conflict where that one is in use."""
        return self._containers.rename(name, new)

    def remove(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[PreservedVolume]:
        """Remove a container and its writable layer, see `Containers.remove`. WrongState for a running one without `force`."""
        return self._containers.remove(name, force=force, volumes=volumes)

    def shell(self, name: str, *, size: TerminalSize | None = None) -> Session:
        """The most capable shell that a running container has, on a terminal of its own. NotFound where it has none."""
        from layertui.core.containers.model.container import ExecOptions

        return self.processes.exec(name, (self.processes.shell(name),), ExecOptions(tty=True), size=size)

    # ---------------------------------------------------------------- files

    def view_at(
        self,
        name: str,
        path: str,
        *,
        follow: bool = True,
        deep: bool = False,
        below: bool = False,
        progress: Progress | None = None,
    ) -> tuple[View, str]:
        """The view that shows what a path of the container leads to, and the path in it; see `Inspector.view_at`."""
        if not self._has_mounts(name):
            return self.files.stack(name, progress).view(), path
        sight = self.files.sight(name, progress)
        real = sight.resolve(path, follow=follow).path
        return sight.view(real, deep=deep, below=below), real + ("/" if path.endswith("/") and real != "/" else "")

    def _has_mounts(self, name: str) -> bool:
        container = self.get(name)
        return has_mounts(container, lambda: self._containers.image(container))

    def write_effect(self, name: str, path: str) -> WriteEffect:
        """What a write to this path would do: a new file, one overwritten, or one copied up from the image."""
        from layertui.core.inspector.look.layer_summaries import write_effect, write_effect_in_mount

        if self.get(name).options.mounts:
            sight = self.files.sight(name)
            if mounted := sight.mount_of(path):
                return write_effect_in_mount(sight, path, mounted)
        stack = self.files.stack(name)
        return write_effect(stack.view(), path, len(stack))

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
        from layertui.core.inspector.containers.container_copy import copy_in

        mounts = self._has_mounts(name)
        copy_in(
            self.files.sight(name, progress) if mounts else self.files.stack(name, progress).view(),
            self.files.writable_layer(name),
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
        """Container to host by `cp`'s rules, to a stream as a tar; the paths of devices, which are left out."""
        from layertui.core.inspector.containers.container_copy import copy_out

        asked = path if path.startswith("/") else f"/{path}"
        follow = follow or asked.endswith(("/", "/."))
        view, real = self.view_at(name, asked, follow=follow, deep=True, below=True, progress=progress)
        return copy_out(view, real, dest, asked=asked, archive=archive, follow=follow, progress=progress or quiet())

    def commit(
        self,
        name: str,
        ref: str | None = None,
        *,
        message: str | None = None,
        author: str | None = None,
        changes: Sequence[str] = (),
        pause: bool = True,
        say: Callable[[str], object] = lambda _: None,
        progress: Progress | None = None,
    ) -> Image:
        """The container's writable layer as one more layer of a new image, see `ContainerFiles.commit`.

        Where it cannot be paused meanwhile, it runs on, and `say` is called with that message.
        """
        from layertui.core.inspector.images.image_destination import names_for

        def committed(*, paused: bool) -> Image:
            return self.files.commit(
                name, names_for(ref), message=message, author=author, changes=changes, pause=paused, progress=progress
            )

        try:
            return committed(paused=pause)
        except CannotPause as error:
            image = committed(paused=False)
            say(tr("it was not paused while its image was made: {error}", error=error))
            return image

    def export(self, name: str, out: Path | BinaryIO, progress: Progress | None = None) -> None:
        """All that the container sees as one tar, without history or config; after an error there is no half file."""
        from layertui.core.inspector.images.save_images import written

        self.get(name)  # NotFound before a file is made
        with written(out) as stream:
            self.files.export(name, stream, progress)
