"""Where the bytes of a whole catalog go: by repository, as areas and as a table of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line as one_line_text
from layertui.tui.common.format import safe, size
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.map.map_screen import MapScreen
from layertui.tui.screens.map.map_text import exact_size, hidden_pieces, percent
from layertui.tui.screens.map.size_view import SizeView
from layertui.tui.screens.map.size_walk import SizeWalk
from layertui.tui.widgets.size.about_lines import AboutLine
from layertui.tui.widgets.size.tile_styles import inks_of
from layertui.tui.widgets.text.pieces import Piece, Pieces, many

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.analysis.by_folder.repository_sizes import RepositorySizes
    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.widgets.size.tile_styles import Ink


class RepositoryMeaning:
    """The colours of the map are repositories; what is hatched shows in none of their images."""

    def __init__(self, sizes: RepositorySizes) -> None:
        self._sizes = sizes

    def figures(self, found: SizeMap, folder: SizeNode) -> Sequence[str]:
        return size(folder.size), tr("by repository")

    def whole(self) -> AboutLine:
        top = self._sizes.map.describe_one()
        pieces: list[Piece] = [
            (size(top.size), "strong"),
            (tr(" in {layers}", layers=many(len(self._sizes.layers), "layer")), ""),
            (tr(" of {images}", images=many(self._sizes.images, "image")), ""),
        ]
        pieces += hidden_pieces(top)
        return AboutLine(pieces=pieces)

    def inks(self, found: SizeMap) -> Sequence[Ink]:
        return inks_of(found.by_colour(), None)

    def notes(self, found: SizeMap) -> Sequence[str]:
        return [""] * len(found.colours)

    def group(self, about: SizeNode) -> str:
        return safe(self._sizes.map.colours[about.layer])

    def node(self, found: SizeMap, node: int) -> tuple[AboutLine, AboutLine]:
        about, whole = found.describe_one(node), found.describe_one().size
        path = safe(found.path(node)) + ("/" if about.is_folder and found.path(node) != "/" else "")
        figures = [exact_size(about.size), percent(about.size, whole)]
        if about.hidden:
            figures.append(tr("{size} hidden", size=size(about.hidden)))
        return AboutLine(path, (), " · ".join(figures)), AboutLine(pieces=self._of(found, about))

    def _of(self, found: SizeMap, about: SizeNode) -> Pieces:
        """An image that has the layer, and its step; of a folder its repository."""
        layer = self._sizes.layer_of(about.node)
        if layer is None:
            return [(self.group(about), "base strong")]
        count = len(layer.repositories)
        pieces: list[Piece] = [(tr("in {image}", image=safe(layer.image)), "base strong")]
        if count > 1:
            pieces.append((tr(", shared by {count} repositories", count=count), "dim"))
        text = one_line_text(layer.command or tr("no command recorded"))
        return [*pieces, ("  " + text, "" if layer.command else "dim")]


def _measured(inspector: Inspector, progress: Progress) -> RepositorySizes:
    return inspector.images.repository_sizes(progress)


class RepositoryMapScreen(MapScreen[None]):
    """The bytes of each repository, and of the layers that several have."""

    def __init__(self, measured: Callable[[Inspector, Progress], RepositorySizes] = _measured) -> None:
        super().__init__(SizeView())
        self._measured = measured
        self._sizes: RepositorySizes | None = None
        self._walk: SizeWalk | None = None

    def on_mount(self) -> None:
        self.view.header.subject = tr("by repository")
        self.view.treemap.focus()
        self.view.wait(tr("Asking the catalog …"))
        self.ask(tr("measuring"), self._measured, self._take, group="size", failed=self._failed)

    @property
    def walk(self) -> SizeWalk | None:
        return self._walk

    @property
    def meaning(self) -> RepositoryMeaning | None:
        return RepositoryMeaning(self._sizes) if self._sizes is not None else None

    def file_chosen(self) -> None:
        """A layer: say which image has it."""
        sizes, walk = self._sizes, self._walk
        if sizes is None or walk is None or walk.here.cursor is None:
            return
        layer = sizes.layer_of(walk.here.cursor[0])
        if layer is not None:
            self.show_notice(tr("This layer is in {image}", image=safe(layer.image)), seconds=5)

    def _take(self, sizes: RepositorySizes) -> None:
        self._sizes, self._walk = sizes, SizeWalk(sizes.map)
        self.show()
        self.refresh_bindings()

    def _failed(self, error: Exception) -> None:
        self.view.wait(one_line(error))
        self.show_error(error)
