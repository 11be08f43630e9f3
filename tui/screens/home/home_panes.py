"""The widgets of home, made once; and what an action is about: what the cursor is on, else what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.home.home_questions import step_of
from layertui.tui.widgets.chrome.details_pane import Details
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.pane_layout import PANES
from layertui.tui.widgets.chrome.panes import Panes
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.container_table import ContainerTable
from layertui.tui.widgets.lists.image_table import ImageTable
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.images.history_steps import Step
    from layertui.core.layers.table.entry import Entry
    from layertui.tui.screens.home.home_questions import Listing
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.widgets.lists.found_list import FoundRow
    from layertui.tui.widgets.lists.image_table import ImageRow


class HomePanes:
    """The head line and the five panes."""

    def __init__(self) -> None:
        self.header = HeaderLine()
        self.images = ImageTable(id="images")
        self.containers = ContainerTable(id="containers")
        self.layers = LayerList(id="layers")
        self.files = FileTree(id="files")
        self.details = Details(id="details")
        self.lists: dict[str, RowList] = {
            "images": self.images,
            "containers": self.containers,
            "layers": self.layers,
            "files": self.files,
        }
        """The panes with rows, by their ids."""
        self.frame = Panes(*self.lists.values(), self.details)

    @property
    def focused(self) -> str:
        """The id of the pane that is looked at."""
        return self.frame.arrangement.focused

    def go_to(self, pane: str) -> None:
        """Move the focus at once, without waiting for an event: a key typed in the same moment is for this pane."""
        self.frame.rearrange(focused=pane)
        if pane == "details":
            self.details.focus_view()
        else:
            self.frame.screen.set_focus(self.lists[pane])

    def go_to_next(self, by: int) -> None:
        """Move the focus `by` panes on, round the last one."""
        at = PANES.index(self.focused)
        self.go_to(PANES[(at + by) % len(PANES)])

    def image_of(self, found: FoundRow) -> ImageRow | None:
        """The row of the image in which a file was found; None if it is not listed."""
        return next(
            (
                row
                for row in self.images.rows
                if row.engine == found.engine and found.local in (row.local, str(row.image.id))
            ),
            None,
        )

    def fit_lists(self) -> None:
        """As many lines for images and containers as they have rows."""
        self.frame.rearrange(rows={"images": self.images.lines, "containers": self.containers.lines})


class HomeTarget:
    """What an action is about, and in one line why there is nothing that it could be about."""

    def __init__(self, state: HomeState, panes: HomePanes) -> None:
        self._state = state
        self._panes = panes

    @property
    def image_name(self) -> str | None:
        """An image, by its name in its own engine: under the cursor of Images, elsewhere the one that is looked at."""
        if self._panes.focused == "images":
            row = self._panes.images.current
            return row.local if row is not None else None
        if self._panes.focused == "containers" or self._state.selection.container:
            return None
        return self._state.selection.local or None

    @property
    def engine(self) -> str:
        """The engine that has what an action is about; empty: the default one, or a file."""
        pane, panes = self._panes.focused, self._panes
        if pane not in ("images", "containers"):
            return self._state.selection.engine
        row = panes.images.current if pane == "images" else panes.containers.current
        return row.engine if row is not None else ""

    @property
    def listing(self) -> Listing | None:
        """What that engine has."""
        return self._state.of_engine(self.engine)

    @property
    def container(self) -> Container | None:
        """A container: under the cursor of Containers, elsewhere the one that is looked at."""
        if self._panes.focused == "containers":
            row = self._panes.containers.current
            return row.container if row is not None else None
        return None if self._panes.focused == "images" else self._state.container

    @property
    def entry(self) -> Entry | None:
        """What the cursor is on in Files."""
        return self._panes.files.entry if self._panes.focused == "files" else None

    @property
    def path(self) -> str | None:
        return self._panes.files.path if self._panes.focused == "files" else None

    @property
    def step(self) -> Step | None:
        """The step of the row that the cursor of Layers is on."""
        return step_of(self._panes.layers.current, self._panes.layers.all_rows, self._state.steps)

    # -- why not

    def refusal(self, what: str) -> str:
        """Why the engine of what an action is about cannot do something with it: see `Listing.refusals`."""
        listing = self.listing
        return listing.refusals.get(what, "") if listing is not None else ""

    def no_image(self, what: str) -> str:
        """Why `what` has no image to act on."""
        if self.image_name is not None:
            return ""
        if self._state.listing is None:
            return tr("{what}: still loading", what=what)
        where = (
            tr("{images} leads to the images", images=key_name("pane('images')", "1"))
            if self._panes.images.items
            else tr("{bring_in} loads one", bring_in=key_name("bring_in", "L"))
        )
        return tr("{what} needs an image: {where}", what=what, where=where)

    def no_container(self, what: str) -> str:
        """Why `what` has no container to act on."""
        if self.container is not None:
            return ""
        if self._state.listing is None:
            return tr("{what}: still loading", what=what)
        where = (
            tr("{containers} leads to the containers", containers=key_name("pane('containers')", "2"))
            if self._panes.containers.items
            else tr("{create} creates one of an image", create=key_name("create", "c"))
        )
        return tr("{what} needs a container: {where}", what=what, where=where)

    def no_subject(self, what: str) -> str:
        """Why `what` has nothing that is looked at."""
        if self._state.subject is not None:
            return ""
        if self._state.reading or self._state.listing is None:
            return tr("{what}: still loading", what=what)
        if self._state.selection.name:
            return tr(
                "{what} needs an image or a container that is open, and {title} is not",
                what=what,
                title=self._state.selection.title,
            )
        return tr(
            "{what} needs an image or a container: {bring_in} loads an image",
            bring_in=key_name("bring_in", "L"),
            what=what,
        )

    def not_in_layers(self, what: str) -> str:
        """Why `what` has no layer to show otherwise."""
        refusal = self.no_subject(what)
        if refusal or self._panes.focused in ("layers", "files"):
            return refusal
        return tr(
            "{what} is for layers and files: {layers} and {files} lead to them",
            what=what,
            layers=key_name("pane('layers')", "3"),
            files=key_name("pane('files')", "4"),
        )
