"""What the screen shows (image or container, layer, path), as one frozen value."""

from __future__ import annotations

from typing import NamedTuple


class Selection(NamedTuple):
    """What is being looked at. Every key that moves through an image makes a new one of these."""

    name: str = ""
    """As `Inspector.open` takes it: an image, an archive, `container:NAME`; empty: nothing."""

    title: str = ""
    """The same for people."""

    layer: int | None = None
    """The layer the cursor is on, 1 at the bottom; None: the top."""

    alone: bool = False
    """That layer alone, not the view as of it."""

    path: str | None = None
    """The path under the cursor of the file tree."""

    @property
    def container(self) -> str | None:
        """The container that is being looked at, if it is one."""
        prefix = "container:"
        return self.name.removeprefix(prefix) if self.name.startswith(prefix) else None

    def of(self, name: str, title: str | None = None) -> Selection:
        """Something else, from its top; the path stays, so that two images can be compared at a glance."""
        return Selection(name=name, title=title or name, alone=False, path=self.path)

    def at_layer(self, layer: int | None) -> Selection:
        """The same thing as of another layer."""
        return self._replace(layer=layer)

    def at_path(self, path: str | None) -> Selection:
        """The same thing, another path in it."""
        return self._replace(path=path)

    def turned(self) -> Selection:
        """The merged view where it was the layer alone, and back."""
        return self._replace(alone=not self.alone)
