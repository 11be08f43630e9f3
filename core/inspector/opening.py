"""Names opened: what a spelling means, in an engine or on the disk. Archives stay open as long as their images may be read."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from layertui.core.errors import (
    Ambiguous,
    ImageChoice,
    LayertuiError,
    NotAnImage,
    NotFound,
    UsageError,
    as_storage_error,
)
from layertui.core.inspector.spelling import Spelling, read_spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from layertui.core.containers.model.container import Container
    from layertui.core.engines.engine import Containers, Engine
    from layertui.core.images.archive.archive import Archive, Form
    from layertui.core.images.image import Image
    from layertui.core.inspector.subject import Subject
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress


class Opening:
    """Opens names; keeps the archives that were opened."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        embedded: Callable[[], Engine],
        image_of: Callable[[Container], Image],
        spool: Path | None,
        daemons: Sequence[tuple[str, Path]] = (),
    ) -> None:
        """`engine` is where bare names are looked up, `image_of` gives the image a container was made of.

        `daemons` are asked for images that are not found: `engines/daemon_images.py`.
        """
        self._engine = engine
        self._embedded = embedded
        self._image_of = image_of
        self._spool = spool
        self._daemons = daemons
        self._archives: list[Archive] = []
        self._lock = Lock()

    def close(self) -> None:
        """Let go of every archive."""
        with self._lock:
            for archive in self._archives:
                archive.close()
            self._archives.clear()

    def subject(
        self, name: str, platform: Platform | None, progress: Progress, *, or_container: bool = False
    ) -> Subject:
        """What a name means, its layers checked; with `or_container` a bare one may also be a container's."""
        from layertui.core.inspector.subject import Subject

        spelling = read_spelling(name)
        if spelling.transport == "container":
            container = containers_of(self._engine()).get(spelling.rest)
            subject = Subject(name, self._image_of(container), container, spelling.span, spelling.upto)
        else:
            try:
                image = self._image(spelling, platform, progress)
            except NotFound as error:
                if spelling.transport != "name" or platform is not None or os.path.exists(spelling.rest):
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
            subject = Subject(name, image, None, spelling.span, spelling.upto)
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

    def _names_container(self, name: str) -> bool:
        """Whether a container has this name, or this ID in full or as it is listed."""
        containers = self._engine().containers
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

    def _image(self, spelling: Spelling, platform: Platform | None, progress: Progress) -> Image:
        if spelling.transport == "embedded":
            return self._embedded().images.open(spelling.rest, platform, progress)
        if spelling.transport == "name":
            return self._named(spelling.rest, platform, progress)
        return self._on_disk(spelling, platform, progress)

    def _named(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        try:
            return self._engine().images.open(name, platform, progress)
        except (NotFound, UsageError) as error:
            if os.path.exists(name):
                return self._on_disk(Spelling("path", name), platform, progress)
            if isinstance(error, UsageError):
                raise NotFound(f"{name}: no such image and no such file") from error
            raise

    def _on_disk(self, spelling: Spelling, platform: Platform | None, progress: Progress) -> Image:
        path = Path(spelling.rest)
        try:
            archive = opened(path, self._spool, ref=spelling.ref, platform=platform, progress=progress)
        except Ambiguous as error:
            raise _with_path(error, "oci" if path.is_dir() else "oci-archive", path) from error
        with self._lock:
            self._archives.append(archive)
        _check_form(spelling, archive)
        try:
            return archive.image()
        except Ambiguous as error:
            raise _with_path(error, _FORMS[archive.form][0], path) from error


# A transport by the form that it reads, and what a thing of that form is called.
_FORMS: dict[Form, tuple[str, str]] = {
    "docker": ("docker-archive", "a docker archive"),
    "oci": ("oci-archive", "an OCI archive"),
    "layout": ("oci", "an OCI layout folder"),
}


def _with_path(error: Ambiguous, transport: str, path: Path) -> Ambiguous:
    """The same error, each of its choices as a name that `Opening.subject` takes."""
    return Ambiguous(str(error), _choices(error.choices, transport, path))


def _choices(choices: Sequence[ImageChoice], transport: str, path: Path) -> list[ImageChoice]:
    return [choice._replace(name=f"{transport}:{path}:{choice.name}") for choice in choices]


def _check_form(spelling: Spelling, archive: Archive) -> None:
    """NotAnImage where a transport was written that reads another form, as skopeo has it; a bare path reads any."""
    transport, path = spelling.transport, spelling.rest
    if transport != "path" and not any(archive.holds(form) for form, (name, _) in _FORMS.items() if name == transport):
        right, what = _FORMS[archive.form]
        raise NotAnImage(f"{path} is {what}, which {transport}: does not read; write {right}:{path}")


def opened(
    path: Path, spool: Path | None, *, ref: str | None = None, platform: Platform | None = None, progress: Progress
) -> Archive:
    """The archive or layout at a path; a pipe that a shell has opened for us (`<(…)`) is read as a stream."""
    from layertui.core.images.archive.archive import from_stream, open_archive

    if not is_open_pipe(path):
        return open_archive(path, ref, platform, spool=spool, progress=progress)
    with as_storage_error(path), open(path, "rb") as stream:
        return from_stream(stream, spool, ref=ref, platform=platform, progress=progress)


def is_open_pipe(path: Path) -> bool:
    """Whether a path is a pipe that a shell has opened for us: `<(…)`, `/dev/stdin`.

    NotFound for what is not there, NotAnImage for what would block or never end: a named pipe, a device, a socket.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise NotFound(f"{path}: no such file or folder") from error
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return False
    if stat.S_ISFIFO(mode) and "/fd/pipe:[" in os.path.realpath(path):
        return True
    kind = "a named pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    raise NotAnImage(f"{path}: is {kind}, not a file; `-` reads standard input")


def require_stream(stream: BinaryIO) -> None:
    """NotAnImage for a device as standard input: it waits for somebody, or never ends."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return  # no file of the system's behind it
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise NotAnImage("standard input is a device, not a file or a pipe")


def containers_of(engine: Engine) -> Containers:
    """The containers of a place that has some."""
    if engine.containers is None:
        raise LayertuiError(f"the engine {engine.name} has no containers; the embedded engine has")
    return engine.containers


def layer_count(subject: Subject) -> int:
    """The number of layers, a container's own one included."""
    return len(subject.image.layers) + (subject.container is not None)


def _check_layers(subject: Subject) -> None:
    highest = subject.span[1] if subject.span else subject.upto
    there = layer_count(subject)
    if highest is not None and highest > there:
        raise NotFound(f"{subject.name}: there is no layer {highest}; its layers are numbered from 1 to {there}")
