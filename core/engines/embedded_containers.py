"""The containers of the embedded engine: what `containers/` can do, with the images of our store.

Who lists containers is not to wait for what starts them, and who starts one not for numpy, which only looking inside layers
needs: so each verb imports its own rooms.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.containers.container import STOP_SIGNAL, Container, CreateOptions, State, require
from layertui.core.containers.ids import ids
from layertui.core.containers.process import Process, signal_number
from layertui.core.containers.records import PAUSED, Records
from layertui.core.errors import LayertuiError
from layertui.core.images.image import Image
from layertui.core.oci.reference import Reference
from layertui.core.settings import Settings
from layertui.core.store.layout import Store
from layertui.core.streams.progress import Progress, quiet

if TYPE_CHECKING:
    from layertui.core.containers.logs import LogLine
    from layertui.core.containers.mount_table import MountTable
    from layertui.core.containers.namespaces import Namespaces
    from layertui.core.containers.own_layer import OwnLayer
    from layertui.core.containers.root import Root
    from layertui.core.containers.runtime import Runtime, Tried
    from layertui.core.containers.session import Client, Session, Size
    from layertui.core.containers.stats import Reading
    from layertui.core.containers.unpacked import Unpacked
    from layertui.core.engines.engine import DiffLines, Processes
    from layertui.core.layers.catalog import Catalog
    from layertui.core.layers.stack import Stack
    from layertui.core.layers.view import View
    from layertui.core.streams.journal import Journal


class EmbeddedContainers:
    """Containers on this machine."""

    def __init__(
        self, settings: Settings, store: Callable[[], Store], catalog: Callable[[], Catalog], journal: Journal
    ) -> None:
        self._settings, self._store, self._catalog, self._journal = settings, store, catalog, journal
        self._records = Records(settings.store / "containers")
        self._held: dict[str, int] = {}

    @cached_property
    def _unpacked(self) -> Unpacked:
        from layertui.core.containers.unpacked import Unpacked

        return Unpacked(self._settings.store / "unpacked", ids())

    @cached_property
    def unavailable(self) -> str | None:
        """Why no container can be started here; None where one can."""
        try:
            self._choose(self._settings.runtime)
        except LayertuiError as error:
            return str(error)
        return None

    def runtimes(self) -> Sequence[Tried]:
        """What might start a container here, each tried."""
        from layertui.core.containers.runtime import survey

        return survey(self._settings.store, self._settings.runtime)

    # What is there

    def list(self) -> Sequence[Container]:
        """Every container, the newest first."""
        return [one for found in self._records.list() if (one := self._settled(found)) is not None]

    def get(self, name: str) -> Container:
        """By ID, name or unique prefix of an ID."""
        container = self._settled(self._records.find(name))
        return container if container is not None else self._records.find(name)

    def _settled(self, container: Container) -> Container | None:
        """Its end written down, where a crash has kept its shim from doing so; None where it went with that."""
        if not container.lost:
            return container
        from layertui.core.containers import lost

        with suppress(LayertuiError, OSError):  # a store that is not ours to write to
            self._go_on(container)
            return lost.settle(self._records, container, self._journal)
        return container

    def create(self, image: Image, named: str, options: CreateOptions) -> Container:
        """A folder with a writable layer and a record. Nothing runs."""
        from layertui.core.containers.capabilities import granted
        from layertui.core.containers.mounts import checked, require_source
        from layertui.core.containers.spec import command_of, require_absolute, require_net

        entrypoint, command = command_of(image.config.config, options)
        require_absolute(options.working_dir)
        require_net(options.net)
        if options.stop_signal:
            signal_number(options.stop_signal)
        granted(options.cap_add, options.cap_drop)
        for mount in checked(options.mounts):
            require_source(mount)
        container = self._records.create(
            options=options,
            image=named,
            image_id=image.id,
            manifest=image.digest,
            command=(*entrypoint, *command),
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            stop_signal=options.stop_signal or image.config.config.stop_signal or STOP_SIGNAL,
        )
        self._tell(container, "create")
        return container

    def _tell(self, container: Container, action: str, **more: str) -> None:
        from layertui.core.containers import events

        events.tell(self._journal, container, action, **more)

    def namespaces(self, name: str) -> Namespaces:
        """Its namespaces beside the host's."""
        from layertui.core.containers.namespaces import namespaces

        return namespaces(self.get(name))

    def mounts(self, name: str) -> MountTable:
        """The folders that its root is made of; and all its mounts, while it runs."""
        from layertui.core.containers.mount_table import MountTable, layers_of, mounts_of

        container = self.get(name)
        image = self._image(container)
        upper = self._records.path(container.id) / "upper"
        layers = layers_of(upper, self._unpacked.places(image.layers), image.chain_ids)
        return MountTable(layers, mounts_of(container.pid) if container.pid else ())

    def processes(self, name: str) -> Processes:
        """What runs in it, oldest first. WrongState where nothing does."""
        from layertui.core.containers.processes import running

        container = self.get(name)
        require(container, "look into")
        first = self._records.life(container.id).process
        return running(first) if first is not None else []

    def reading(self, name: str) -> Reading | None:
        """What it takes of the machine, as counters; None where it does not run."""
        from layertui.core.containers.stats import reading

        container = self.get(name)
        first = self._records.life(container.id).process if container.state.alive else None
        return reading(container.id, first) if first is not None else None

    def changes(self, name: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """What changes here, as it changes: `life` of anything, and of this one `logs` and `layer`."""
        from layertui.core.engines.changes import changes

        folder = self._records.path(self.get(name).id) if name is not None else None
        return changes(self._journal.folder, folder, progress)

    # Its life

    def start(self, name: str, progress: Progress | None = None) -> Container:
        """Its process, in namespaces of its own; nothing where it runs already."""
        from layertui.core.containers.session import NOBODY

        container = self.get(name)
        self._start(container, progress, NOBODY)
        with suppress(LayertuiError):
            return self._records.read(container.id)
        return container  # it has ended and is removed already

    def _start(self, container: Container, progress: Progress | None, client: Client) -> bool:
        """Whether it did not run before; then `client` is attached from the first byte on."""
        from layertui.core.containers import ending, starting

        if self._settings.log_size is not None:
            from layertui.core.containers.mounts import bytes_of

            self._records.log_limit = bytes_of(self._settings.log_size)
        runtime = self._choose(self._settings.runtime)
        image = self._image(container)
        lowers = self._lowers(image, progress or quiet())
        try:
            with self._records.lock(container.id):
                container = self._records.read(container.id)
                require(container, "start")
                begins = container.state is not State.RUNNING
                if begins:
                    self._go_on(container)  # it may have died while it was paused
                    if container.options.remove:
                        self._held[container.id] = ending.hold(self._records, container.id)
                    starting.start(
                        self._records,
                        container,
                        image.config.config,
                        lowers,
                        runtime,
                        self._own_layer(container, locked=True),
                        client,
                    )
        except LayertuiError:
            # A container that is removed at its end has come to it, as docker has it.
            if self._let_go(container.id):
                with suppress(LayertuiError):
                    self.remove(container.id)
            raise
        return begins

    def stop(self, name: str, grace: float | None = None) -> Container:
        """The stop signal, and SIGKILL after `grace` seconds, by default its own; nothing where it does not run."""
        from layertui.core.containers import ending

        container = self.get(name)
        if container.state.alive:
            ending.stop(self._records, container, grace, lambda: self._go_on(container))
            self._tell(container, "stop")
        with suppress(LayertuiError):
            return self._records.read(container.id)
        return container

    def kill(self, name: str, signal: str = "KILL") -> None:
        """A signal to its first process."""
        from layertui.core.containers import ending

        container = self.get(name)
        ending.send(self._records, container, signal, lambda: self._go_on(container))
        self._tell(container, "kill", signal=str(signal_number(signal)))

    def pause(self, name: str) -> Container:
        """Every process of it stands still."""
        from layertui.core.containers import pausing

        container = self.get(name)
        require(container, "pause")
        pausing.pause(self._records, container, self._runtime_of(container))
        self._tell(container, "pause")
        return self._records.read(container.id)

    def unpause(self, name: str) -> Container:
        """They go on."""
        from layertui.core.containers import pausing

        container = self.get(name)
        require(container, "unpause")
        pausing.unpause(self._records, container, self._runtime_of(container))
        self._tell(container, "unpause")
        return self._records.read(container.id)

    def _go_on(self, container: Container) -> None:
        """What a pause did undone, if there was one."""
        if (self._records.path(container.id) / "run" / PAUSED).exists():
            from layertui.core.containers import pausing

            pausing.resume(self._records, container.id, self._runtime_of(container))

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        """Stopped if it runs, and started again."""
        started = self.start(self.stop(name, grace).id, progress)
        self._tell(started, "restart")
        return started

    def rename(self, name: str, new: str) -> Container:
        """Another name, whatever state it is in. Conflict where that one is taken."""
        container = self.get(name)
        self._records.rename(container, new)
        renamed = self._records.read(container.id)
        if renamed.state.alive:
            from layertui.core.containers import events

            events.lay_ready(self._records.path(container.id) / "run", renamed)
        self._tell(renamed, "rename", oldName=container.name)
        return renamed

    def wait(self, name: str, progress: Progress | None = None) -> int:
        """The exit code, once there is one."""
        from layertui.core.containers import ending

        container = self.get(name)
        code = ending.wait(self._records, container, progress or quiet())
        self._let_go(container.id)
        return code

    def _let_go(self, container_id: str) -> bool:
        """No longer keep a container that is to be removed; whether we did."""
        fd = self._held.pop(container_id, None)
        if fd is not None:
            os.close(fd)
        return fd is not None

    def remove(self, name: str, *, force: bool = False) -> None:
        """The container and its layer; a running one only with `force`."""
        from layertui.core.containers import ending

        container = self.get(name)
        ending.remove(self._records, container, lambda: self._go_on(container), force=force)
        self._tell(container, "destroy")

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
        """One more process in a running container, on our own standard streams; its exit code."""
        from layertui.core.containers import starting

        container, first = self._running(name)
        config, roots = self._image(container).config.config, self._roots(container)
        process = starting.exec_process(container, config, roots, argv, env, working_dir, user)
        folder = self._records.path(container.id) / "run"
        return self._runtime_of(container).exec(folder, container.id, first, process, stdin=stdin)

    def exec_tty(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Sequence[str] = (),
        working_dir: str | None = None,
        user: str | None = None,
        size: Size | None = None,
    ) -> Session:
        """The same on a terminal of its own."""
        from layertui.core.containers import session, starting

        container, first = self._running(name)
        config, roots = self._image(container).config.config, self._roots(container)
        process = starting.exec_process(container, config, roots, argv, env, working_dir, user, tty=True)
        folder = self._records.path(container.id) / "run"
        with session.client(size, tty=True) as (client, made):
            self._runtime_of(container).exec_tty(folder, container.id, first, process, client)
        return made

    def shell(self, name: str) -> str:
        """Where the best shell lies that the container has. NotFound where there is none."""
        from layertui.core.containers import starting

        container = self.get(name)
        return starting.shell_of(container, self._roots(container))

    def _running(self, name: str) -> tuple[Container, Process]:
        """A container that `exec` may add to, and its first process."""
        container = self.get(name)
        require(container, "exec")
        process = self._records.life(container.id).process
        if process is None or not process.alive:
            raise LayertuiError(f"container {container.name} has just ended")
        return container, process

    def _roots(self, container: Container) -> Sequence[Path]:
        """The folders that its overlay is made of, its own first."""
        return (self._records.path(container.id) / "upper", *self._lowers(self._image(container), quiet()))

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        """What it wrote, the last `tail` lines; with `follow`, until it ends."""
        from layertui.core.containers.logs import read_log

        container = self.get(name)
        running = (lambda: self._records.life(container.id).state.alive) if follow else None
        return read_log(self._records.path(container.id) / "log", tail=tail, running=running, progress=progress)

    def attach(
        self, name: str, *, start: bool = False, size: Size | None = None, progress: Progress | None = None
    ) -> Session:
        """Its standard streams, from now on; with `start` it is started, and they are had from their first byte on."""
        from layertui.core.containers import session

        container = self.get(name)
        tty = container.options.tty
        if start:
            with session.client(size, tty=tty) as (client, made):
                if self._start(container, progress, client):
                    return made
            made.close()
        else:
            require(container, "attach to")
        return session.Session.of(self._records.path(container.id) / "run", tty=tty)

    # Its layer

    def own_layer(self, name: str) -> OwnLayer:
        """Its writable layer."""
        return self._own_layer(self.get(name), locked=False)

    def stack(self, name: str, progress: Progress | None = None) -> Stack:
        """The image's layers and its own on top."""
        return self._stack(self.get(name), progress)

    def _stack(self, container: Container, progress: Progress | None, without: Sequence[str] = ()) -> Stack:
        from layertui.core.layers.stack import Laid

        own = self._own_layer(container, locked=False)
        return self._below(container, progress).with_layer(Laid(own.table(without), own))

    def _without_volumes(self, name: str, progress: Progress | None) -> Stack:
        """What is the container's to keep: what lies in its image's volumes is not, as docker has it."""
        container = self.get(name)
        return self._stack(container, progress, self._image(container).config.config.volumes)

    def diff(self, name: str, progress: Progress | None = None) -> DiffLines:
        """What its own layer added, changed and deleted, as `docker diff` says it."""
        from layertui.core.containers.diff import diff

        return diff(self._without_volumes(name, progress))

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
        """Its own layer as one more layer of a new image, which is put into the store."""
        from layertui.core.engines.commit import committed

        container, progress = self.get(name), progress or quiet()
        with self._standing_still(container, wanted=pause):
            own = self._own_layer(container, locked=False)
            image = self._image(container)
            made = committed(self._store(), image, container, own, message, author, changes, progress)
        image = self._store().put(made, names, progress).image
        self._tell(container, "commit", comment=message or "", imageID=str(image.id))
        for one in names:
            self._journal.tell("image", "tag", str(image.id), {"name": one.familiar})
        return image

    def export(self, name: str, out: BinaryIO, progress: Progress | None = None) -> None:
        """All that it sees as one flat tar."""
        from layertui.core.layers.flatten import flatten

        flatten(self._without_volumes(name, progress).view(), out, progress or quiet())

    def sweep(self) -> None:
        """Remove unpacked layers that no image of the store and no container needs, and what died half made."""
        store = self._store()
        images = [*store.images(), *(self._image(one) for one in self.list())]
        self._unpacked.sweep({chain_id for image in images for chain_id in image.chain_ids})
        if self._records.folder.is_dir():
            self._records.sweep()

    # What they stand on

    def _image(self, container: Container) -> Image:
        return self._store().image(container.manifest)

    def _below(self, container: Container, progress: Progress | None) -> Stack:
        return self._catalog().stack(self._image(container).layers, progress)

    def _lowers(self, image: Image, progress: Progress) -> tuple[Path, ...]:
        return self._unpacked.lowers(
            image.layers, lambda number: self._catalog().stack(image.layers, progress).view(number - 1), progress
        )

    def _own_layer(self, container: Container, *, locked: bool) -> OwnLayer:
        """`locked`: the container's lock is held already, by who starts it."""
        folder = self._records.path(container.id)
        from layertui.core.containers.own_layer import OwnLayer
        from layertui.core.containers.owners import OwnersKept

        owners = OwnersKept(folder / "owners", folder / "upper", ids())

        @cache
        def below() -> View:
            return self._below(container, None).view()

        @contextmanager
        def live() -> Iterator[Root | None]:
            # The lock keeps a start away while the layer's folder is written to.
            if locked:
                yield None
                return
            with self._records.lock(container.id):
                now = self._records.read(container.id)
                require(now, "write to")
                process = self._records.life(container.id).process if now.state.alive else None
                if process is None:
                    yield None
                else:
                    from layertui.core.containers.live import LiveRoot
                    from layertui.core.containers.stopped import StoppedRoot

                    recorded = StoppedRoot(folder / "upper", below, owners)
                    with LiveRoot(process, recorded, owners) as root:
                        yield root

        return OwnLayer(folder / "upper", below, owners, live)

    def _runtime_of(self, container: Container) -> Runtime:
        from layertui.core.containers import starting

        program = starting.started_by(self._records, container)
        return self._choose(program or self._settings.runtime)

    def _choose(self, wanted: str | None) -> Runtime:
        from layertui.core.containers.runtime import choose

        return choose(self._settings.store, wanted)

    @contextmanager
    def _standing_still(self, container: Container, *, wanted: bool) -> Iterator[None]:
        """The container paused for as long as this takes, if it runs."""
        if not wanted or container.state is not State.RUNNING:
            yield
            return
        self.pause(container.id)
        try:
            yield
        finally:
            self._go_on(container)
            self._tell(container, "unpause")
