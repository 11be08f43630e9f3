"""Which file a FileScreen shows, and how its content is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """The content of a file: a stream to be closed by whoever asked for it."""

    content: BinaryIO
    size: int
    path: str
    """Where it really is, without symlinks."""
    view: View | None = None
    """The files around it; None for a file in an archive."""


class FileTarget(Protocol):
    """A file that can be opened again and again."""

    @property
    def path(self) -> str:
        """As asked for; not escaped."""
        ...

    @property
    def title(self) -> str:
        """What has the file, safe to show."""
        ...

    @property
    def depth(self) -> int:
        """1 for a file of an image, 2 for one in an archive, and so on."""
        ...

    def open(self, inspector: Inspector, progress: Progress) -> OpenedFile:
        """The content, seekable. Raises NotFound for what is no file: a device is never opened."""
        ...


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file that an image or a container shows, as of layer `upto`, or the version of layer `only`."""

    subject: Subject
    path: str
    upto: int | None = None
    only: int | None = None
    depth: int = 1

    @property
    def title(self) -> str:
        """The image or the container, and the layer."""
        layer = f", layer {self.only} alone" if self.only else f", as of layer {self.upto}" if self.upto else ""
        return safe(self.subject.title) + layer

    def open(self, inspector: Inspector, progress: Progress) -> OpenedFile:
        from layertui.core.inspector.look.layer_summaries import content

        view, path = inspector.view_at(self.subject, self.path, upto=self.upto, only=self.only, progress=progress)
        entry = view.resolve(path)
        return OpenedFile(content(view, path), entry.size, entry.path, view)
