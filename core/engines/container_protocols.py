"""Containers and its parts: what an engine can do with containers, each part one small protocol.

Each docstring is the contract of its method for every engine, checked by `tests/contracts/`. A container is named by its ID, its name
or a unique prefix of its ID; any method with a `name` raises NotFound where there is none and Ambiguous where several IDs begin
so. WrongState says that the container is not in a state in which this can be done. Besides, any method raises Unreachable where a
daemon does not answer, and StorageError for a file of this machine that cannot be read or written. A part that an engine does not
have is None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container, CreateOptions, ExecOptions
    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.model.probe_result import ProbeResult
    from layertui.core.containers.model.session import Session, TerminalSize
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.process_list import ProcessRow
    from layertui.core.containers.observe.resource_usage import UsageSample
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.engines.file_protocols import ContainerFiles
    from layertui.core.images.image import Image
    from layertui.core.progress import Progress


class Containers(Protocol):
    """The containers of an engine: which there are, new ones, and the parts that do something with one."""

    @property
    def lifecycle(self) -> Lifecycle:
        """Started, stopped, paused."""

    @property
    def processes(self) -> Processes | None:
        """Processes run in it; None where the engine cannot add one."""

    @property
    def output(self) -> ContainerOutput | None:
        """What it has written; None where the engine does not keep it."""

    @property
    def observation(self) -> Observation | None:
        """What it uses and what it is separated by; None where the engine cannot tell."""

    @property
    def files(self) -> ContainerFiles | None:
        """What it sees and has changed; None where its files cannot be reached."""

    @property
    def survey(self) -> RuntimeSurvey | None:
        """The programs of this machine that start its containers; None where that is not this machine's concern."""

    def list(self) -> Sequence[Container]:
        """Every container, the newest first. One whose record cannot be read is left out."""

    def get(self, name: str) -> Container:
        """The container as it is now."""

    def image(self, container: Container) -> Image:
        """The image that a container was made of, whether or not it still has a name.

        Raises NotFound where the engine no longer has it, Damaged where it cannot be read.
        """

    def create(self, image: Image, named: str, options: CreateOptions, progress: Progress | None = None) -> Container:
        """Make a container: the image with an empty writable layer on top. No process is started.

        An image that the engine does not have is taken in first, without a name. `named` is how the user named it. Atomic: after an
        error there is no new container, but the image may have been taken in. Raises Conflict where the name is in use,
        UsageError for an option that is invalid, LayertuiError where there is no command to run.
        """

    def rename(self, name: str, new: str) -> Container:
        """Give the container another name, in whatever state it is. Atomic. Raises Conflict, UsageError for an invalid name."""

    def remove(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[PreservedVolume]:
        """Remove the container and its writable layer; with `force`, kill it first. WrongState where it is running and not forced.

        What it has written into volumes without a name is kept in new volumes, which are the answer; with `volumes` it is removed
        too. The container is gone at once; leftovers of a removal that was interrupted are found by upkeep.
        """


class Lifecycle(Protocol):
    """A container's life, from its first start to its last end."""

    @property
    def unavailable(self) -> str | None:
        """Why no container can be started here, as an error line; None where one can."""

    def start(self, name: str, progress: Progress | None = None) -> Container:
        """Start its process. Idempotent: nothing happens where it is running.

        Raises WrongState for a paused or dead one; CommandNotFound and CommandNotExecutable; LayertuiError where it cannot be
        started, and then `Container.reason` keeps the reason, or the container is removed if it was created with `remove`.
        """

    def stop(self, name: str, grace: float | None = None) -> Container:
        """Send its stop signal, and SIGKILL after `grace` seconds (None: its own grace period). Returns once it has ended.

        Idempotent: nothing happens where it is not running.
        """

    def kill(self, name: str, signal: str = "KILL") -> None:
        """Send a signal to its first process and return at once. UsageError for an unknown signal; WrongState if not running."""

    def pause(self, name: str) -> Container:
        """Suspend all its processes; `Container.paused_by` says how. Raises WrongState unless it is running."""

    def unpause(self, name: str) -> Container:
        """Let its processes continue. Raises WrongState unless it is paused."""

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        """Stop it if it is running, then start it. Where the start fails it stays stopped."""

    def wait(self, name: str, progress: Progress | None = None) -> int:
        """Wait until it has ended, and return its exit code; 0 for one that was never started. Raises Cancelled."""


class Processes(Protocol):
    """Processes in a running container, and connections to their standard streams. WrongState where it is not running."""

    def exec(
        self, name: str, argv: Sequence[str], options: ExecOptions | None = None, *, size: TerminalSize | None = None
    ) -> Session:
        """Run one more process in it; the Session has its standard streams from their first byte on.

        `size` is that of its terminal, if it gets one. Raises CommandNotFound and CommandNotExecutable.
        """

    def attach(
        self, name: str, *, start: bool = False, size: TerminalSize | None = None, progress: Progress | None = None
    ) -> Session:
        """The standard streams of its first process, from now on; with `start` it is started, and from their first byte on.

        `size` is that of its terminal when it starts. Raises what `Lifecycle.start` raises.
        """

    def shell(self, name: str) -> str:
        """The absolute path in the container of its most capable shell. Raises NotFound where it has none."""

    def top(self, name: str) -> list[ProcessRow]:
        """Its processes, the oldest first."""


class ContainerOutput(Protocol):
    """What a container has written to its standard streams."""

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        """Its lines, the oldest first; of all its starts, or the last `tail`. With `follow`, also those that come until it ends."""


class Observation(Protocol):
    """A container observed from outside. Nothing is changed."""

    def reading(self, name: str) -> UsageSample | None:
        """What it uses of the machine at this moment, as counters; None where it is not running.

        LayertuiError where the engine cannot tell.
        """

    def namespaces(self, name: str) -> Namespaces:
        """Its namespaces beside the host's; of a container on another machine there are none."""

    def mounts(self, name: str) -> MountTable:
        """The host's folders that its root filesystem consists of, and while it runs all its mounts; empty where they are not on this host."""


class RuntimeSurvey(Protocol):
    """The programs of this machine that can start a container or connect it to a network, each tried."""

    def runtimes(self) -> Sequence[ProbeResult]:
        """OCI runtimes and bubblewrap, in the order in which they would be chosen."""

    def networks(self) -> Sequence[ProbeResult]:
        """Programs that connect a container; empty where no runtime works."""
