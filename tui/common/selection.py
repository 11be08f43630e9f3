"""What the screen shows (image or container, layer, path), as one frozen value."""

from __future__ import annotations

from typing import NamedTuple


def local_name(name: str, engine: str) -> str:
    """A name without the prefix that it has where its engine is not the default one."""
    return name.partition(":")[2] if engine else name


class Selection(NamedTuple):
    """What is shown. Every key that moves through an image makes a new one."""

    name: str = ""
    """As `Inspector.open` takes it: an image, an archive, `container:NAME`; empty for nothing."""

    title: str = ""
    """The same, for display."""

    engine: str = ""
    """The engine that has it, whose prefix the name then begins with; empty: the default engine, or a file."""

    layer: int | None = None
    """The layer under the cursor, 1 at the bottom; None for the top."""

    alone: bool = False
    """That layer alone, instead of the view as of it."""

    path: str | None = None
    """The path under the cursor of the file tree."""

    @property
    def container(self) -> str | None:
        """The container that is being looked at, if it is one."""
        prefix, local = "container:", self.local
        return local.removeprefix(prefix) if local.startswith(prefix) else None

    @property
    def local(self) -> str:
        """The name as its own engine knows it."""
        return local_name(self.name, self.engine)

    def beside(self, name: str) -> str:
        """A name of the same engine as `Inspector.open` takes it: with the engine's prefix where this has it."""
        return self.name.removesuffix(self.local) + name

    def of(self, name: str, title: str | None = None, engine: str = "") -> Selection:
        """Something else, from its top; the path stays, so that two images can be compared at a glance."""
        return Selection(name=name, title=title or name, engine=engine, alone=False, path=self.path)

    def at_layer(self, layer: int | None) -> Selection:
        """The same with another layer."""
        return self._replace(layer=layer)

    def at_path(self, path: str | None) -> Selection:
        """The same with another path."""
        return self._replace(path=path)

    def turned(self) -> Selection:
        """The merged view instead of the layer alone, and the reverse."""
        return self._replace(alone=not self.alone)
