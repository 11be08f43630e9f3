"""NameOpener: what a name means, in an engine or on disk. Archives stay open as long as their images may be read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from layertui.core.engines.transports import TRANSPORTS
from layertui.core.errors import Ambiguous, ImageChoice, LayertuiError, NotAnImage, NotFound, UsageError
from layertui.core.inspector.names.file_input import opened
from layertui.core.inspector.names.spelling import Spelling, read_spelling
from layertui.core.inspector.subject import Subject, layer_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.engines.discover import Engines
    from layertui.core.engines.engine import Engine
    from layertui.core.images.archive.archive import Archive, Form
    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress

    Found = tuple[Image, Engine | None]
    """An image, and the engine that has it; None for one on disk."""


class NameOpener:
    """Opens names; keeps the archives that it has opened."""

    def __init__(self, engines: Engines, spool: Path | None, daemons: Sequence[tuple[str, Path]] = ()) -> None:
        """Bare names are looked up in the default engine; `spool` is a folder for what is too large for memory.

        `daemons` are asked for images that are not found: `engines/daemon_images.py`.
        """
        self._engines = engines
        self._spool = spool
        self._daemons = daemons
        self._archives: list[Archive] = []
        self._lock = Lock()

    def close(self) -> None:
        """Close every archive."""
        with self._lock:
            for archive in self._archives:
                archive.close()
            self._archives.clear()

    def subject(
        self, name: str, platform: Platform | None, progress: Progress, *, or_container: bool = False
    ) -> Subject:
        """What a name means, its layers checked; with `or_container` a bare one may also be a container's.

        NotFound, Ambiguous, UsageError, Damaged; NotAnImage for a file that is none.
        """
        spelling = read_spelling(name)
        kind = TRANSPORTS[spelling.transport].kind if spelling.transport in TRANSPORTS else spelling.transport
        if kind == "container":
            subject = self._container(name, spelling)
        else:
            try:
                image, engine = self._image(kind, spelling, platform, progress)
            except NotFound as error:
                if kind != "name" or platform is not None or os.path.exists(spelling.rest):
                    raise
                if not self._names_container(spelling.rest):
                    if (elsewhere := self._held_elsewhere(spelling.rest)) is not None:
                        raise elsewhere from error
                    raise
                if not or_container:
                    raise NotFound(
                        f"no image {spelling.rest}, but a container of that name: container:{name}"
                    ) from error
                return self.subject(f"container:{name}", platform, progress)
            subject = Subject(name, image, None, spelling.span, spelling.upto, engine)
        _check_layers(subject)
        return subject

    def platforms(self, name: str) -> list[ImageChoice]:
        """The images for several platforms in an archive that was opened by this name, each with a name that opens it."""
        spelling = read_spelling(name)
        path = Path(spelling.rest)
        with self._lock:
            archive = next((one for one in reversed(self._archives) if one.name == str(path)), None)
        if archive is None or spelling.ref is not None:
            return []
        return _choices(archive.platforms(), "oci" if path.is_dir() else "oci-archive", path)

    def _container(self, name: str, spelling: Spelling) -> Subject:
        engine = self._engines.default
        if engine.containers is None:
            raise LayertuiError(f"the engine {engine.name} has no containers; the embedded engine has")
        container = engine.containers.get(spelling.rest)
        return Subject(name, engine.containers.image(container), container, spelling.span, spelling.upto, engine)

    def _names_container(self, name: str) -> bool:
        """Whether a container has this name, or this ID in full or as it is listed."""
        containers = self._engines.default.containers
        if containers is None:
            return False
        with suppress(LayertuiError):
            found = containers.get(name)
            return name in (found.name, found.id, found.short_id)
        return False

    def _held_elsewhere(self, name: str) -> NotFound | None:
        """What to say of an image that a daemon of this machine has."""
        from layertui.core.engines.daemon_images import holder

        program = holder(name, self._daemons)
        if program is None:
            return None
        brought = f"`{program} save {name} | layertui load`"
        return NotFound(f"no image {name} in the store, but {program} has it: {brought} brings it")

    def _image(self, kind: str, spelling: Spelling, platform: Platform | None, progress: Progress) -> Found:
        if kind == "engine":
            return self._in_engine(TRANSPORTS[spelling.transport].engine, spelling.rest, platform, progress)
        if kind == "name":
            return self._named(spelling.rest, platform, progress)
        return self._on_disk(spelling, platform, progress)

    def _in_engine(self, engine: str, name: str, platform: Platform | None, progress: Progress) -> Found:
        found = self._engines.named(engine)
        return found.images.open(name, platform, progress), found

    def _named(self, name: str, platform: Platform | None, progress: Progress) -> Found:
        default = self._engines.default
        try:
            return default.images.open(name, platform, progress), default
        except (NotFound, UsageError) as error:
            if os.path.exists(name):
                return self._on_disk(Spelling("path", name), platform, progress)
            # Late: which engines other packages bring takes long to find out.
            prefix, colon, rest = name.partition(":")
            if colon and rest and prefix in self._engines.names():
                return self._in_engine(prefix, rest, platform, progress)
            if isinstance(error, UsageError):
                raise NotFound(f"{name}: no such image and no such file") from error
            raise

    def _on_disk(self, spelling: Spelling, platform: Platform | None, progress: Progress) -> Found:
        path = Path(spelling.rest)
        try:
            archive = opened(path, self._spool, ref=spelling.ref, platform=platform, progress=progress)
        except Ambiguous as error:
            raise _with_path(error, "oci" if path.is_dir() else "oci-archive", path) from error
        with self._lock:
            self._archives.append(archive)
        _check_form(spelling, archive)
        try:
            return archive.image(), None
        except Ambiguous as error:
            raise _with_path(error, _FORMS[archive.form], path) from error


def _with_path(error: Ambiguous, transport: str, path: Path) -> Ambiguous:
    """The same error, each of its choices as a name that `NameOpener.subject` takes."""
    return Ambiguous(str(error), _choices(error.choices, transport, path))


def _choices(choices: Sequence[ImageChoice], transport: str, path: Path) -> list[ImageChoice]:
    return [choice._replace(name=f"{transport}:{path}:{choice.name}") for choice in choices]


# The transport that reads an archive's form.
_FORMS: dict[Form, str] = {"docker": "docker-archive", "oci": "oci-archive", "layout": "oci"}


def _check_form(spelling: Spelling, archive: Archive) -> None:
    """NotAnImage where a transport was written that reads another form, as skopeo has it; a bare path reads any."""
    transport, path = spelling.transport, spelling.rest
    if transport != "path" and not any(archive.holds(form) for form, name in _FORMS.items() if name == transport):
        right = _FORMS[archive.form]
        what = TRANSPORTS[right].about
        raise NotAnImage(f"{path} is {what}, which {transport}: does not read; write {right}:{path}")


def _check_layers(subject: Subject) -> None:
    highest = subject.span[1] if subject.span else subject.upto
    there = layer_count(subject)
    if highest is not None and highest > there:
        raise NotFound(f"{subject.name}: there is no layer {highest}; its layers are numbered from 1 to {there}")
