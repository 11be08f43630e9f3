"""The one door: everything a person can ask of images and containers, as one call each.

Both faces, the command line and the screen, knock here and nowhere else. All names are text as the user wrote it; `spelling`
reads them. Rooms that need numpy are imported by the calls that look inside layers, so that asking for a list of images stays quick.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, Self

from layertui.core.inspector.opening import Opening, containers_of
from layertui.core.streams.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from layertui.core.containers.container import Container, CreateOptions
    from layertui.core.containers.diff import DiffLine
    from layertui.core.containers.logs import LogLine
    from layertui.core.containers.mount_table import MountTable
    from layertui.core.containers.namespaces import Namespaces
    from layertui.core.containers.processes import Running
    from layertui.core.containers.session import Session, Size
    from layertui.core.containers.stats import Reading
    from layertui.core.engines.engine import Containers, Engine, Event, ImageSummary
    from layertui.core.images.history import Step
    from layertui.core.images.image import Image
    from layertui.core.inspector.answers import (
        EngineReport,
        Findings,
        LayerSummary,
        Loaded,
        Removed,
        Report,
        Usage,
        WriteEffect,
    )
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.catalog import Catalog
    from layertui.core.layers.stack import Stack
    from layertui.core.layers.trace import Trace
    from layertui.core.layers.view import View
    from layertui.core.oci.descriptor import Platform
    from layertui.core.settings import Settings
    from layertui.core.store.check import Report as StoreReport
    from layertui.core.store.check import Swept
    from layertui.core.store.layout import Store
    from layertui.core.streams.progress import Progress


class Inspector:
    """Answers questions about images and containers, and does what is asked for with them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._opening = Opening(lambda: self.engine, lambda: self._embedded, self._image_of, settings.store / "tmp")

    def close(self) -> None:
        """Let go of the archives that were opened. What was read from them cannot be read on."""
        self._opening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def engine(self) -> Engine:
        """The place where bare names are looked up."""
        from layertui.core.engines.discover import engine

        return engine(self.settings, lambda: self.catalog)

    @cached_property
    def catalog(self) -> Catalog:
        """Layer tables, each read once."""
        from layertui.core.layers.catalog import Catalog

        return Catalog(self.settings.store / "cache")

    # Looking

    def open(self, name: str, platform: Platform | None = None, progress: Progress | None = None) -> Subject:
        """What a name means, in every spelling: engine names and IDs, transports, paths, `@N` and `@M..N`."""
        return self._opening.subject(name, platform, progress or quiet())

    def images(self) -> list[ImageSummary]:
        """Every image of the engine, untagged ones too."""
        return list(self.engine.images.list())

    def layers(self, subject: Subject, progress: Progress | None = None, *, verify: bool = False) -> list[LayerSummary]:
        """The layers from the bottom up, each with what it did; with `verify`, every byte of them summed before."""
        from layertui.core.inspector.summaries import layer_summaries
        from layertui.core.layers.counts import counts

        if subject.container is None:
            counted = self.catalog.counts(subject.image.layers, progress, proven=verify)
        else:
            counted = counts(self.stack(subject, progress))
        return layer_summaries(subject, counted, self.history(subject, sizes=False))

    def history(self, subject: Subject, *, sizes: bool = True, progress: Progress | None = None) -> tuple[Step, ...]:
        """The steps that made an image, oldest first; with `sizes`, what each added, from headers alone."""
        from layertui.core.images.history import steps
        from layertui.core.inspector.subject import steps_of

        found = self.catalog.content_sizes(subject.image.layers, progress) if sizes else []
        size_of = (lambda layer: found[layer.number - 1]) if sizes else None
        return steps_of(steps(subject.image, size_of), subject)

    def history_warning(self, subject: Subject) -> str | None:
        """What is odd about an image's history, if anything."""
        from layertui.core.images.history import excess

        return excess(subject.image)

    def stack(self, subject: Subject, progress: Progress | None = None, *, verify: bool = False) -> Stack:
        """All layers laid over each other, a container's own layer on top; with `verify`, every byte summed."""
        if subject.container is not None:
            return self._containers.stack(subject.container.id, progress)
        lay = self.catalog.proven_stack if verify else self.catalog.stack
        return lay(subject.image.layers, progress)

    def view(
        self,
        subject: Subject,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> View:
        """The files as the Subject says, or as of layer `upto`, or of layer `only` alone. NotFound for a layer not there."""
        stack = self.stack(subject, progress)
        if only is not None:
            return stack.alone(only)
        if upto is None and subject.span is not None:
            return stack.span(*subject.span)
        return stack.view(subject.upto if upto is None else upto)

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
        from layertui.core.inspector.summaries import content

        return content(self.view(subject, upto=upto, only=only, progress=progress), path)

    def trace(self, subject: Subject, path: str, *, deep: bool = False, progress: Progress | None = None) -> Trace:
        """Which layer answers for a path, asked from the top down; `deep` goes on to the bottom."""
        from layertui.core.layers.trace import trace

        return trace(self.stack(subject, progress), path, deep=deep, upto=subject.upto)

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
        """Two Subjects side by side, in whatever is asked for: histories lined up, files and configs that differ."""
        from layertui.core.inspector.sides import compared

        return compared(self, a, b, history=history, files=files, config=config, progress=progress or quiet())

    # Images, in and out

    def look_into(self, path: Path, progress: Progress | None = None) -> Findings:
        """What a file holds and what a load of it would do, before anything is done."""
        from layertui.core.inspector.bringing import look_into

        return look_into(self.engine, path, self._spool, progress or quiet())

    def load(
        self,
        source: Path | BinaryIO,
        *,
        clobber: bool = True,
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> list[Loaded]:
        """Every image of an archive, a layout folder or a stream put into the store, or those for a platform.

        Conflict where a tag would move and `clobber` is false.
        """
        from layertui.core.inspector.bringing import load

        return load(self.engine, source, self._spool, clobber=clobber, platform=platform, progress=progress or quiet())

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
        from layertui.core.inspector.taking import chosen, save

        progress = progress or quiet()
        images = chosen(self, names, progress)
        left_out = [self.open(name, progress=progress).image for name in without]
        save(images, out, form=form, compress=compress, without=left_out, spool=self._spool, progress=progress)

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
        from layertui.core.inspector.bringing import import_

        return import_(
            self._store,
            self.engine,
            source,
            ref,
            message=message,
            changes=changes,
            platform=platform,
            progress=progress or quiet(),
        )

    def with_config_of(
        self, copy: Subject, original: Subject, ref: str | None = None, progress: Progress | None = None
    ) -> Image:
        """A new image: the layers and the history of `copy`, the config of `original`. So an import gets back what was lost."""
        from layertui.core.inspector.bringing import with_config_of

        return with_config_of(self.engine, copy, original, ref, progress or quiet())

    def tag(self, name: str, new: str) -> None:
        """A further name for an image; where the name was another image's, it moves."""
        from layertui.core.inspector.sink import names_for, sink_of

        (reference,) = names_for(new)
        sink_of(self.engine).tag(name, reference)

    def remove_image(self, name: str, *, force: bool = False) -> Removed:
        """A name taken away, and the image with its last name. Conflict where a container uses it or an ID has several tags."""
        from layertui.core.inspector.answers import Removed
        from layertui.core.inspector.sink import sink_of

        return Removed(*sink_of(self.engine).remove(name, force=force))

    def extract(
        self,
        subject: Subject,
        path: str,
        dest: str | Path,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> tuple[str, ...]:
        """A file or folder of an image written to the host by `cp`'s rules, never outside `dest`; devices are left out and named."""
        from layertui.core.inspector.copying import copy_out

        view = self.view(subject, upto=upto, only=only, progress=progress)
        return copy_out(view, path, dest, archive=False, follow=False, progress=progress or quiet())

    def demo(self, progress: Progress | None = None) -> list[Image]:
        """The demo images, put into the store unless they are there."""
        from layertui.core.inspector.bringing import demo

        return demo(self.engine, progress or quiet())

    def engines(self) -> list[EngineReport]:
        """The engines there are, what each has, and by what its containers would be started."""
        from layertui.core.inspector.places import engine_reports

        return engine_reports(self.settings, lambda: self.catalog)

    # Containers

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

    def remove_container(self, name: str, *, force: bool = False) -> None:
        """A container and its writable layer gone. WrongState for a running one without `force`."""
        self._containers.remove(name, force=force)

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
        return self._containers.exec(name, argv, env=env, working_dir=working_dir, user=user, stdin=stdin)

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
        """A further process in a running container, on a terminal of its own."""
        return self._containers.exec_tty(name, argv, env=env, working_dir=working_dir, user=user, size=size)

    def shell(self, name: str, *, size: Size | None = None) -> Session:
        """The best shell that a running container has, on a terminal of its own. NotFound where it has none."""
        return self._containers.exec_tty(name, (self._containers.shell(name),), size=size)

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        """What the container has written, line by line; with `follow`, until it ends."""
        return self._containers.logs(name, follow=follow, tail=tail, progress=progress)

    def attach(
        self, name: str, *, start: bool = False, size: Size | None = None, progress: Progress | None = None
    ) -> Session:
        """A container's standard streams, from now on; with `start` it is started, and from the first byte on."""
        return self._containers.attach(name, start=start, size=size, progress=progress)

    def namespaces(self, name: str) -> Namespaces:
        """The container's namespaces beside the host's; none before it has been started."""
        return self._containers.namespaces(name)

    def mounts(self, name: str) -> MountTable:
        """The folders of the host that a container's root is made of; and all its mounts, while it runs."""
        return self._containers.mounts(name)

    def processes(self, name: str) -> list[Running]:
        """What runs in a container, oldest first. WrongState where nothing does."""
        return self._containers.processes(name)

    def reading(self, name: str) -> Reading | None:
        """What a container takes of the machine, as counters of this moment; None where it does not run."""
        return self._containers.reading(name)

    def changes(self, name: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """What changes in the place, each time something has, until `progress` is cancelled.

        `life`: something was done to an image or a container. Of the container named: `logs`, `layer`.
        """
        return self._containers.changes(name, progress)

    def size_rw(self, name: str) -> int:
        """Bytes in a container's own layer."""
        return self._containers.own_layer(name).size()

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event] | None:
        """What was done to containers and images: until now, and with `follow` what comes; None where nobody keeps it."""
        events = self.engine.events
        return events.events(past=past, follow=follow, progress=progress) if events is not None else None

    # A container's own layer

    def write_effect(self, name: str, path: str) -> WriteEffect:
        """What a write to this path will do: a new file, one overwritten, or one copied up from the image."""
        from layertui.core.inspector.summaries import write_effect

        subject = self.open(f"container:{name}")
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

        view = self.view(self.open(f"container:{name}"), progress=progress)
        own_layer = self._containers.own_layer(name)
        copy_in(
            view,
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

        view = self.view(self.open(f"container:{name}"), progress=progress)
        return copy_out(view, path, dest, archive=archive, follow=follow, progress=progress or quiet())

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

    # The store

    def fsck(self, *, repair: bool = False, progress: Progress | None = None) -> StoreReport:
        """Every blob summed, every manifest and record read; with `repair`, what can be mended is."""
        from layertui.core.inspector.upkeep import fsck

        return fsck(self._store, self._containers, repair=repair, progress=progress or quiet())

    def gc(self, *, dry_run: bool = False) -> Swept:
        """What neither an image nor a container reaches, swept."""
        from layertui.core.inspector.upkeep import gc

        return gc(self._store, self._containers, dry_run=dry_run)

    def df(self) -> list[Usage]:
        """What images, containers and caches take."""
        from layertui.core.inspector.upkeep import df

        return df(self._store, self._containers)

    @cached_property
    def _store(self) -> Store:
        from layertui.core.store.layout import Store

        return Store.open(self.settings.store)

    @cached_property
    def _embedded(self) -> Engine:
        if self.engine.name == "embedded":
            return self.engine
        from dataclasses import replace

        from layertui.core.engines.discover import engine

        return engine(replace(self.settings, engine="embedded"), lambda: self.catalog)

    def _image_of(self, container: Container) -> Image:
        """The image a container was made of, whether it still has a name or not."""
        return self._store.image(container.manifest)

    @property
    def _containers(self) -> Containers:
        return containers_of(self.engine)

    @property
    def _spool(self) -> Path:
        return self.settings.store / "tmp"
