"""Inspector: everything a person can ask of images and containers.

What spans both, or several engines, is a method here; the rest is in its parts: `images`, `containers`, `store` and `volumes`. All
names are text as the user wrote it. Modules that need numpy are imported by the calls that look inside layers, so that a list of
images stays quick.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from layertui.core.bounds import set_bounds
from layertui.core.errors import Conflict, LayertuiError, NotFound, UnsafePath
from layertui.core.inspector.shared_resources import SharedResources
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from layertui.core.engines.discover import Maker
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.store_protocols import NamedVolumes, Upkeep
    from layertui.core.errors import ImageChoice
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.containers.inspector_containers import InspectorContainers
    from layertui.core.inspector.images.image_actions import ImageActions
    from layertui.core.inspector.images.image_transfers import ImageTransfers
    from layertui.core.inspector.inspector_answers import EngineReport, LayerSummary, Report
    from layertui.core.inspector.look.analysis import Analysis
    from layertui.core.inspector.names.name_opener import NameOpener
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.trace import Trace
    from layertui.core.layers.stack.view import View
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings
    from layertui.core.storage.event_journal import Event


class Inspector:
    """Answers questions about images and containers, and hands out the parts that do something with them."""

    def __init__(
        self,
        settings: Settings,
        makers: Mapping[str, Maker] | None = None,
        *,
        shared: SharedResources | None = None,
    ) -> None:
        """`makers` are engines besides those that `discover` finds, by name; `shared` is for `of`, and then has them."""
        self.settings = settings
        if shared is None:
            set_bounds(settings.bounds)
            shared = SharedResources(settings, makers)
        self._shared = shared

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archives that were opened. What was read from them cannot be read on."""
        self._shared.close()

    def of(self, engine: str) -> Inspector:
        """The same with another default engine, by its name; it shares engines, layer tables and archives with this one.

        The engine need not be there: what is asked of it then raises NotFound, as for the default engine. Cheap, from any thread.
        """
        if engine == self.settings.engine:
            return self
        return self._shared.once(engine, lambda settings: Inspector(settings, shared=self._shared))

    # ---------------------------------------------------------------- parts

    @property
    def engine(self) -> Engine:
        """The default engine, in which bare names are looked up."""
        return self._shared.engines.named(self.settings.engine)

    @property
    def catalog(self) -> Catalog:
        """Layer tables, each read once."""
        return self._shared.catalog

    @cached_property
    def _opener(self) -> NameOpener:
        from layertui.core.inspector.names.name_opener import NameOpener

        return NameOpener(self._shared.engines, lambda: self._shared.archives, self.settings.engine)

    @cached_property
    def images(self) -> ImageActions:
        """The images of the default engine: listed, brought in, named, taken out, removed."""
        from layertui.core.inspector.images.image_actions import ImageActions

        return ImageActions(self.engine, lambda: self._opener, self.settings.spool)

    def transfers(self, *, insecure: bool = False, say: Callable[[str], object] = lambda _: None) -> ImageTransfers:
        """Images carried between engines, registries and archives, and credentials for registries; see ImageTransfers."""
        from layertui.core.inspector.images.image_transfers import ImageTransfers

        return ImageTransfers(self._shared.engines, lambda: self._opener, self.settings, insecure=insecure, say=say)

    @cached_property
    def containers(self) -> InspectorContainers:
        """The containers of the default engine. LayertuiError where it has none."""
        from layertui.core.inspector.containers.inspector_containers import InspectorContainers

        return InspectorContainers(self.engine, lambda: self._opener, self.settings.spool)

    @cached_property
    def analysis(self) -> Analysis:
        """Why a Subject is as big as it is, and which packages it has."""
        from layertui.core.inspector.look.analysis import Analysis

        return Analysis(self.stack, partial(self.history, sizes=False), lambda: self.catalog)

    @property
    def store(self) -> Upkeep:
        """The default engine's store: checked, cleaned, measured. LayertuiError where it has none of its own."""
        if self.engine.upkeep is None:
            raise LayertuiError(
                tr("the engine {name} has no store to look after; the embedded one has", name=self.engine.name)
            )
        return self.engine.upkeep

    @property
    def volumes(self) -> NamedVolumes:
        """The default engine's volumes. LayertuiError where it has none."""
        if self.engine.volumes is None:
            raise LayertuiError(tr("the engine {name} has no volumes; the embedded one has", name=self.engine.name))
        return self.engine.volumes

    # ---------------------------------------------------------------- engines

    def engines(self, *, probe: bool = True) -> list[EngineReport]:
        """The engines there are, what each has, and by what its containers would be started; with `probe`, that is tried."""
        from layertui.core.inspector.engine_survey import engine_reports

        return engine_reports(self._shared.engines, self.settings, probe=probe)

    def engine_names(self) -> list[str]:
        """The engines that are worth a look, the default first: see `Engines.to_look_into`. None of them is asked."""
        return self._shared.engines.to_look_into(self.settings.engine)

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event] | None:
        """What was done to images and containers, see Events; None where the default engine keeps no events."""
        events = self.engine.events
        return events.events(past=past, follow=follow, progress=progress) if events is not None else None

    def changes(self, container: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """What changes in the default engine, see Events; over at once where it keeps no events."""
        events = self.engine.events
        return events.changes(container, progress) if events is not None else iter(())

    # ---------------------------------------------------------------- one Subject

    def open(
        self,
        name: str,
        platform: Platform | None = None,
        progress: Progress | None = None,
        *,
        or_container: bool = False,
        elsewhere: bool = True,
    ) -> Subject:
        """What a name means, in every spelling: names and IDs, transports, paths, `@N` and `@M..N`.

        With `or_container` a name that nothing else has may also be a container's. Not `elsewhere`: a name that leads to a registry
        or to another engine than the default one is refused. Raises NotFound, Ambiguous, UsageError, NotAnImage and Damaged.
        """
        if not elsewhere:
            self._opener.require_here(name)
        return self._opener.subject(name, platform, progress or quiet(), or_container=or_container)

    def platforms(self, subject: Subject) -> list[ImageChoice]:
        """The images to choose from where the archive that a Subject was opened from has them for several platforms."""
        return self._opener.platforms(subject.name)

    def layers(self, subject: Subject, progress: Progress | None = None, *, verify: bool = False) -> list[LayerSummary]:
        """The layers from the bottom up, each with what it did; with `verify`, every byte of them is checked first (Damaged)."""
        from layertui.core.inspector.look.layer_summaries import layer_summaries
        from layertui.core.layers.stack.layer_counts import counts

        if subject.container is None:
            counted = self.catalog.counts(subject.image.layers, progress, proven=verify)
        else:
            counted = counts(self.stack(subject, progress))
        return layer_summaries(subject, counted, self.history(subject, sizes=False))

    def history(self, subject: Subject, *, sizes: bool = True, progress: Progress | None = None) -> tuple[Step, ...]:
        """The steps that made an image, oldest first; with `sizes`, the bytes that each added, read from headers alone.

        No layer is brought from a registry for its size: that is None until the layer has been looked into.
        """
        from layertui.core.images.history_steps import steps
        from layertui.core.inspector.subject import steps_of

        found = self.catalog.known_sizes(subject.image.layers, progress) if sizes else []
        size_of = (lambda layer: found[layer.number - 1]) if sizes else None
        return steps_of(steps(subject.image, size_of), subject)

    def bytes_to_fetch(self, subject: Subject) -> int:
        """Bytes of layers that `stack` would have to fetch from a registry; 0 where all are here or known."""
        if subject.container is not None or not any(layer.is_remote for layer in subject.image.layers):
            return 0
        return self.catalog.bytes_to_fetch(subject.image.layers)

    def stack(self, subject: Subject, progress: Progress | None = None, *, verify: bool = False) -> Stack:
        """All layers laid over each other, a container's writable layer on top; with `verify`, every byte is checked first (Damaged)."""
        if subject.container is not None:
            return _containers_of(self, subject).files.stack(subject.container.id, progress)
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
        """The files as the Subject says, or as of layer `upto`, or of layer `only` alone. NotFound for a layer that is not there."""
        stack = self.stack(subject, progress)
        if only is not None:
            return stack.alone(only)
        if upto is None and subject.span is not None:
            return stack.span(*subject.span)
        return stack.view(subject.upto if upto is None else upto)

    def view_at(
        self,
        subject: Subject,
        path: str,
        *,
        upto: int | None = None,
        only: int | None = None,
        follow: bool = True,
        deep: bool = False,
        below: bool = False,
        progress: Progress | None = None,
    ) -> tuple[View, str]:
        """The view that shows what a path leads to, and the path in it: of a container's, what is mounted there too.

        With `deep` it shows all that is below the path where that is mounted, with `below` also what is mounted below it; a
        symlink at the end is followed with `follow`.
        """
        container = subject.container
        is_whole = (upto, only, subject.span, subject.upto) == (None, None, None, None)
        if container is None or not is_whole or not subject.has_mounts:
            return self.view(subject, upto=upto, only=only, progress=progress), path
        return _containers_of(self, subject).view_at(
            container.id, path, follow=follow, deep=deep, below=below, progress=progress
        )

    def read(
        self,
        subject: Subject,
        path: str,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> BinaryIO:
        """The bytes of a file, symlinks followed inside the image. NotFound for what is no file."""
        from layertui.core.inspector.look.layer_summaries import content

        return content(*self.view_at(subject, path, upto=upto, only=only, progress=progress), progress)

    def extract(
        self,
        subject: Subject,
        path: str,
        dest: str | Path | BinaryIO,
        *,
        upto: int | None = None,
        only: int | None = None,
        keep_owners: bool = False,
        may_overwrite: Callable[[Sequence[str]], bool] | None = None,
        progress: Progress | None = None,
    ) -> tuple[str, ...]:
        """Write a file or folder to the host by `cp`'s rules, never outside `dest`; the paths of devices, which are left out.

        To a stream it is written as a tar. `may_overwrite` is asked once, before anything is written, with the files that are
        there already, if there are any; where it says no, Conflict is raised.
        """
        from layertui.core.inspector.containers.container_copy import copy_out

        view, real = self.view_at(
            subject, path, upto=upto, only=only, follow=path.endswith(("/", "/.")), deep=True, progress=progress
        )
        if may_overwrite is not None and isinstance(dest, (str, Path)):
            from layertui.core.layers.write.overwritten import overwritten_files

            found = list(overwritten_files(view, real, dest, path))
            if found and not may_overwrite(found):
                more = tr(", and {found:,} more files", found=len(found) - 1) if len(found) > 1 else ""
                raise Conflict(tr("{found}: exists already{more}; nothing was written", found=found[0], more=more))
        return copy_out(view, real, dest, asked=path, archive=keep_owners, follow=False, progress=progress or quiet())

    def trace(
        self,
        subject: Subject,
        path: str,
        *,
        deep: bool = False,
        through_links: bool = False,
        progress: Progress | None = None,
    ) -> Trace:
        """Which layer answers for a path, asked from the top down; `deep` goes on to the bottom.

        With `through_links`, a path that shows only since a folder above it is a symlink (`/bin/sh` where `/bin` leads to
        `/usr/bin`) is asked for where it really is; the answer's path is that one.
        """
        from layertui.core.layers.stack.trace import trace

        stack = self.stack(subject, progress)
        found = trace(stack, path, deep=deep, upto=subject.upto)
        if found.visible or not through_links:
            return found
        with suppress(NotFound, UnsafePath):
            real = stack.view(subject.upto).resolve(path, follow=False).path
            if real not in (found.path, "/"):
                return trace(stack, real, deep=deep, upto=subject.upto)
        return found

    # ---------------------------------------------------------------- two Subjects

    def compare(
        self,
        a: Subject,
        b: Subject,
        *,
        history: bool = True,
        files: bool = True,
        config: bool = True,
        packages: bool = False,
        progress: Progress | None = None,
    ) -> Report:
        """Two Subjects side by side, in whatever is asked for: histories aligned, files, packages and configs that differ.

        Packages are compared only together with files.
        """
        from layertui.core.inspector.look.compare_subjects import ComparedSide, compared, writable_layer_is_seen

        def side(subject: Subject) -> ComparedSide:
            own = 0
            if subject.container is not None and writable_layer_is_seen(subject):
                own = _containers_of(self, subject).files.own_size(subject.container.id)
            steps = self.history(subject, sizes=history, progress=progress)
            return ComparedSide(subject, steps, own, lambda: self.view(subject, progress=progress))

        return compared(
            side(a),
            side(b),
            self.catalog,
            history=history,
            files=files,
            config=config,
            packages=packages,
            progress=progress or quiet(),
        )


def _containers_of(inspector: Inspector, subject: Subject) -> InspectorContainers:
    """The containers of the engine that a Subject is of."""
    return inspector.containers if subject.engine is None else inspector.of(subject.engine.name).containers
