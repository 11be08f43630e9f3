"""NameOpener: what a name means, in an engine or on disk."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.engines.discover import REGISTRY
from layertui.core.engines.transports import TRANSPORTS, engine_prefix
from layertui.core.errors import ImageChoice, LayertuiError, NotFound, UsageError
from layertui.core.inspector.names.spelling import Spelling, read_spelling
from layertui.core.inspector.subject import Subject, layer_count
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.containers.model.container import Container
    from layertui.core.engines.discover import Engines
    from layertui.core.engines.engine import Engine
    from layertui.core.images.image import BlobSource, Image
    from layertui.core.inspector.names.open_archives import OpenArchives
    from layertui.core.oci.descriptor import Descriptor, Platform

_CONTAINER = "container:"
_PATIENCE = 2.0  # seconds for the other engines of this machine, before an error says only that nothing was found


class _Found(NamedTuple):
    """An image, the engine that has it (None for one on disk), and the container whose image it is, if one was named."""

    image: Image
    engine: Engine | None
    container: Container | None = None


class NameOpener:
    """Opens names; a bare one is looked up in the default engine."""

    def __init__(self, engines: Engines, archives: Callable[[], OpenArchives], default: str) -> None:
        """`default` is the name of an engine."""
        self._engines, self._archives, self._default = engines, archives, default

    @property
    def _default_engine(self) -> Engine:
        return self._engines.named(self._default)

    def subject(
        self, name: str, platform: Platform | None, progress: Progress, *, or_container: bool = False
    ) -> Subject:
        """What a name means, its layers checked; with `or_container` a bare one may also be a container's.

        NotFound, Ambiguous, UsageError, Damaged; NotAnImage for a file that is none.
        """
        spelling = read_spelling(name)
        kind = TRANSPORTS[spelling.transport].kind if spelling.transport in TRANSPORTS else spelling.transport
        try:
            found = self._found(kind, spelling, platform, progress)
        except NotFound as error:
            if kind != "name" or platform is not None or os.path.exists(spelling.rest):
                raise
            if not self._names_container(spelling.rest):
                if (elsewhere := self._held_elsewhere(spelling.rest)) is not None:
                    raise elsewhere from error
                raise
            if not or_container:
                raise NotFound(
                    tr("no image {rest}, but a container of that name: container:{name}", rest=spelling.rest, name=name)
                ) from error
            return self.subject(f"{_CONTAINER}{name}", platform, progress)
        subject = Subject(name, found.image, found.container, spelling.span, spelling.upto, found.engine)
        _check_layers(subject)
        return subject

    def names_in(self, prefix: str) -> list[Reference]:
        """The names of all images of the engine behind a prefix of `TRANSPORTS`, with its colon; of the default one for none."""
        row = TRANSPORTS.get(prefix.rstrip(":"))
        engine = self._engines.named(row.engine) if row is not None else self._default_engine
        return [name for image in engine.images.list() for name in image.names]

    def platforms(self, name: str) -> list[ImageChoice]:
        """The images for several platforms in an archive that was opened by this name, each with a name that opens it."""
        return self._archives().platforms(name)

    def holder(self, name: str) -> tuple[Engine, str]:
        """The engine that an image to be changed is in, by the prefix of its name, and its name there."""
        prefix, colon, rest = name.partition(":")
        if prefix == "docker" and rest.startswith("//"):
            place = Reference.parse(rest.removeprefix("//"))
            return self._engines.named(f"{REGISTRY}{place.registry}"), place.canonical
        row = TRANSPORTS.get(prefix) if colon and rest else None
        if row is not None and row.kind == "engine":
            return self._engines.named(row.engine), rest
        # Late: which engines other packages bring takes long to find out.
        if row is None and colon and rest and not self._is_listed(name) and prefix in self._engines.names():
            return self._engines.named(prefix), rest
        return self._default_engine, name

    def require_here(self, name: str) -> None:
        """Raise UsageError for a name that leads to a registry, or to another engine than the default one; nothing is connected to."""
        if self.holder(name)[0] is not self._default_engine:
            raise UsageError(
                tr("{name}: a file may not name a registry or another engine; name it on the command line", name=name)
            )

    def _is_listed(self, name: str) -> bool:
        """Whether an image of the default engine has this name."""
        with suppress(LayertuiError):
            wanted = Reference.parse(name)
            return any(wanted in image.names for image in self._default_engine.images.list())
        return False

    def index_of(self, name: str) -> tuple[Descriptor, BlobSource] | None:
        """The index for all platforms behind a name of an archive, and where what it names is read; None where there is none."""
        spelling = read_spelling(name)
        kind = TRANSPORTS[spelling.transport].kind if spelling.transport in TRANSPORTS else spelling.transport
        return self._archives().index_of(spelling) if kind in ("archive", "path") else None

    def _found(self, kind: str, spelling: Spelling, platform: Platform | None, progress: Progress) -> _Found:
        if kind == "container":
            return _container(self._default_engine, spelling.rest)
        if kind == "engine":
            engine = self._engines.named(TRANSPORTS[spelling.transport].engine)
            return _in_engine(engine, spelling.rest, platform, progress)
        if kind == "registry":
            wanted = Reference.parse(spelling.rest.removeprefix("//"))
            return _in_engine(self._engines.named(f"{REGISTRY}{wanted.registry}"), wanted.canonical, platform, progress)
        if kind == "name":
            return self._named(spelling.rest, platform, progress)
        return _Found(self._archives().image(spelling, platform, progress), None)

    def _named(self, name: str, platform: Platform | None, progress: Progress) -> _Found:
        default, engines = self._default_engine, self._engines
        try:
            return _Found(default.images.open(name, platform, progress), default)
        except (NotFound, UsageError) as error:
            if os.path.exists(name):
                return self._found("path", Spelling("path", name), platform, progress)
            # Late: which engines other packages bring takes long to find out.
            prefix, colon, rest = name.partition(":")
            if colon and rest and prefix in engines.names():
                return _in_engine(engines.named(prefix), rest, platform, progress)
            if isinstance(error, UsageError):
                raise NotFound(tr("{name}: no such image and no such file", name=name)) from error
            raise

    def _names_container(self, name: str) -> bool:
        """Whether a container has this name, or this ID in full or as it is listed."""
        containers = self._default_engine.containers
        if containers is None:
            return False
        with suppress(LayertuiError):
            found = containers.get(name)
            return name in (found.name, found.id, found.short_id)
        return False

    def _held_elsewhere(self, name: str) -> NotFound | None:
        """What to say of an image that another engine of this machine has."""
        from layertui.core.engines.bounded_asking import answers

        engines = self._engines
        local = [one.name for one in engines.endpoints.values() if one.socket is not None and one.may_listen]
        others = [
            one for one in ("embedded", *local, *engines.readable_stores, *engines.catalogs) if one != self._default
        ]

        def has(engine: str) -> bool:
            engines.named(engine).images.open(name, None, Progress())
            return True

        found = answers({one: partial(has, one) for one in others}, _PATIENCE)
        holder = next((one for one in others if found[one] is True), None)
        if holder is None:
            return None
        return NotFound(
            tr(
                "no image {name} in {default}, but {holder} has it: {engine_prefix}:{name} opens it",
                name=name,
                default=self._default,
                holder=holder,
                engine_prefix=engine_prefix(holder),
            )
        )


def _in_engine(engine: Engine, name: str, platform: Platform | None, progress: Progress) -> _Found:
    if name.startswith(_CONTAINER):
        return _container(engine, name.removeprefix(_CONTAINER))
    return _Found(engine.images.open(name, platform, progress), engine)


def _container(engine: Engine, name: str) -> _Found:
    if engine.containers is None:
        raise LayertuiError(tr("the engine {name} has no containers; the embedded engine has", name=engine.name))
    container = engine.containers.get(name)
    return _Found(engine.containers.image(container), engine, container)


def _check_layers(subject: Subject) -> None:
    highest = subject.span[1] if subject.span else subject.upto
    there = layer_count(subject)
    if highest is not None and highest > there:
        raise NotFound(
            tr(
                "{name}: there is no layer {highest}; its layers are numbered from 1 to {there}",
                name=subject.name,
                highest=highest,
                there=there,
            )
        )
