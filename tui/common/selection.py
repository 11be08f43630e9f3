"""What the screen shows (image or container, layer, path), as one frozen value."""

from __future__ import annotations

from typing import NamedTuple


class Selection(NamedTuple):
    """What is shown. Every key that moves through an image makes a new one."""

    name: str = ""
    """As `Inspector.open` takes it: an image, an archive, `container:NAME`; empty for nothing."""

    title: str = ""
    """The same, for display."""

    layer: int | None = None
    """The layer under the cursor, 1 at the bottom; None for the top."""

    alone: bool = False
    """That layer alone, instead of the view as of it."""

    path: str | None = None
    """The path under the cursor of the file tree."""

    @property
    def container(self) -> str | None:
        """The container that is shown, if it is one."""
        prefix = "container:"
        return self.name.removeprefix(prefix) if self.name.startswith(prefix) else None

    def of(self, name: str, title: str | None = None) -> Selection:
        """Another image or container, from its top; the path stays the same, for a comparison of two images."""
        return Selection(name=name, title=title or name, alone=False, path=self.path)

    def at_layer(self, layer: int | None) -> Selection:
        """The same with another layer."""
        return self._replace(layer=layer)

    def at_path(self, path: str | None) -> Selection:
        """The same with another path."""
        return self._replace(path=path)

    def turned(self) -> Selection:
        """The merged view instead of the layer alone, and the reverse."""
        return self._replace(alone=not self.alone)
