"""A container's life: from its creation to its removal, and further processes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.inspector.looking import Looking
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.containers.model.container import Container, CreateOptions, ExecOptions
    from layertui.core.containers.model.session import Session, Size
    from layertui.core.containers.storage.volumes import Kept
    from layertui.core.progress import Progress


class Life(Looking):
    """Containers made, started, stopped, joined."""

    @property
    def no_start(self) -> str | None:
        """Why containers cannot be started here; None where they can."""
        return self._containers.unavailable

    def containers(self) -> list[Container]:
        """Every container, the newest first."""
        return list(self._containers.list())

    def container(self, name: str) -> Container:
        """A container by name, ID or unique prefix of one."""
        return self._containers.get(name)

    def create(self, image: str, options: CreateOptions, progress: Progress | None = None) -> Container:
        """A container: the image and a writable layer on top. Nothing runs."""
        from layertui.core.inspector.sink import image_at_home

        subject = self.open(image, progress=progress)
        at_home = image_at_home(self.engine, self._store, subject, progress or quiet())
        return self._containers.create(at_home, image, options)

    def start(self, name: str, progress: Progress | None = None) -> Container:
        """The container's process, in namespaces of its own."""
        return self._containers.start(name, progress)

    def stop(self, name: str, grace: float | None = None) -> Container:
        """The stop signal, and SIGKILL when `grace` seconds have passed; by default the container's own."""
        return self._containers.stop(name, grace)

    def kill(self, name: str, signal: str = "KILL") -> None:
        """A signal to the container's process."""
        self._containers.kill(name, signal)

    def pause(self, name: str) -> Container:
        """Every process of a container stands still; its `paused_by` says what holds them."""
        return self._containers.pause(name)

    def unpause(self, name: str) -> Container:
        """They go on."""
        return self._containers.unpause(name)

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        """A container stopped if it runs, and started again."""
        return self._containers.restart(name, grace, progress)

    def rename(self, name: str, new: str) -> Container:
        """Another name for a container. Conflict where that one is taken."""
        return self._containers.rename(name, new)

    def wait(self, name: str, progress: Progress | None = None) -> int:
        """The exit code, once there is one."""
        return self._containers.wait(name, progress)

    def remove_container(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[Kept]:
        """A container and its writable layer gone. WrongState for a running one without `force`.

        What lay in its volumes without a name is kept, in volumes with one, and told; with `volumes` it goes too.
        """
        return self._containers.remove(name, force=force, volumes=volumes)

    def exec(
        self, name: str, argv: Sequence[str], options: ExecOptions | None = None, *, size: Size | None = None
    ) -> Session:
        """A further process in a running container, and its standard streams."""
        return self._containers.exec(name, argv, options, size=size)

    def shell(self, name: str, *, size: Size | None = None) -> Session:
        """The best shell that a running container has, on a terminal of its own. NotFound where it has none."""
        from layertui.core.containers.model.container import ExecOptions

        return self._containers.exec(name, (self._containers.shell(name),), ExecOptions(tty=True), size=size)

    def attach(
        self, name: str, *, start: bool = False, size: Size | None = None, progress: Progress | None = None
    ) -> Session:
        """A container's standard streams, from now on; with `start` it is started, and from the first byte on."""
        return self._containers.attach(name, start=start, size=size, progress=progress)
