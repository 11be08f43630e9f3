"""OpenArchives: image archives and layouts on disk, opened by name; they stay open as long as their images may be read."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from layertui.core.engines.transports import TRANSPORTS
from layertui.core.errors import Ambiguous, ImageChoice, NotAnImage
from layertui.core.inspector.names.file_input import opened
from layertui.core.inspector.names.spelling import Spelling, read_spelling
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.images.archive.archive import Archive, Form
    from layertui.core.images.image import BlobSource, Image
    from layertui.core.oci.descriptor import Descriptor, Platform
    from layertui.core.progress import Progress


class OpenArchives:
    """Opens archives; may be used from several threads."""

    def __init__(self, spool: Path | None) -> None:
        """`spool` is a folder for what is too large for memory."""
        self._spool = spool
        self._archives: list[Archive] = []
        self._lock = Lock()

    def close(self) -> None:
        """Close every archive."""
        with self._lock:
            for archive in self._archives:
                archive.close()
            self._archives.clear()

    def image(self, spelling: Spelling, platform: Platform | None, progress: Progress) -> Image:
        """The image at a path. Ambiguous, with names that open them, where there are several."""
        path = Path(spelling.rest)
        if spelling.ref is None and platform is None and spelling.transport in ("path", "oci") and path.is_dir():
            from layertui.core.images.archive.layout_choices import many_choices

            if (many := many_choices(path)) is not None:
                raise _with_path(many, "oci", path)
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
            raise _with_path(error, _FORMS[archive.form], path) from error

    def index_of(self, spelling: Spelling) -> tuple[Descriptor, BlobSource] | None:
        """The index of several platforms that a reference to an opened archive means; see `Archive.index_of`."""
        path = Path(spelling.rest)
        with self._lock:
            archive = next((one for one in reversed(self._archives) if one.name == str(path)), None)
        return None if archive is None else archive.index_of(spelling.ref)

    def platforms(self, name: str) -> list[ImageChoice]:
        """The images for several platforms in an archive that was opened by this name, each with a name that opens it."""
        spelling = read_spelling(name)
        path = Path(spelling.rest)
        with self._lock:
            archive = next((one for one in reversed(self._archives) if one.name == str(path)), None)
        if archive is None or spelling.ref is not None:
            return []
        return _choices(archive.platforms(), "oci" if path.is_dir() else "oci-archive", path)


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
        raise NotAnImage(
            tr(
                "{path} is {what}, which {transport}: does not read; write {right}:{path}",
                path=path,
                what=what,
                transport=transport,
                right=right,
            )
        )
