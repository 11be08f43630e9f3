"""What home knows: a Selection, what there is, what is being looked at; and the panes that show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.timer import Timer

from layertui.tui.common.selection import Selection
from layertui.tui.screens.home.home_questions import Listing
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.widgets.chrome.details_pane import Details
from layertui.tui.widgets.chrome.panes import Panes
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.container_table import ContainerTable
from layertui.tui.widgets.lists.image_table import ImageRow, ImageTable
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.containers.model.container import Container
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack


class HomeState(InspectorScreen[None]):
    """The state of home. How it is made stands in the files that follow: what there is, what is opened, what is told of it."""

    def __init__(self, image: str | None = None, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self.selection = Selection().of(image) if image else Selection()
        self.clock = clock or (lambda: datetime.now(UTC))
        self.listing: Listing | None = None
        self.when_listed: list[Callable[[], None]] = []
        """What is to be done with the next listing, whichever question brings it."""
        self.subject: Subject | None = None
        self.steps: tuple[Step, ...] = ()
        self.summaries: dict[int, LayerSummary] = {}
        self.stack: Stack | None = None
        self.only_changes = False
        self.with_removed = False
        self.patterns: dict[str, Pattern | None] = {}
        self._list_error = ""
        self.files_opened: dict[str, ImageRow] = {}
        """Archives and folders outside the store that were opened, by the name that opens them."""
        self._put_off: dict[str, Timer] = {}

    # -- the panes

    @property
    def panes(self) -> Panes:
        return self.query_one(Panes)

    @property
    def images(self) -> ImageTable:
        return self.query_one(ImageTable)

    @property
    def containers(self) -> ContainerTable:
        return self.query_one(ContainerTable)

    @property
    def layer_list(self) -> LayerList:
        return self.query_one(LayerList)

    @property
    def files(self) -> FileTree:
        return self.query_one(FileTree)

    @property
    def details(self) -> Details:
        return self.query_one(Details)

    @property
    def is_loaded(self) -> bool:
        """Whether images and containers have been listed."""
        return self.listing is not None

    # -- later

    def after(self, seconds: float, call: Callable[[], None], *, name: str) -> None:
        """Do something when so many seconds have passed; wished for again before, they begin anew."""
        if (earlier := self._put_off.get(name)) is not None:
            earlier.stop()

        def due() -> None:
            self._put_off.pop(name, None)
            call()

        self._put_off[name] = self.set_timer(seconds, due)

    @property
    def settled(self) -> bool:
        """Whether nothing is put off."""
        return not self._put_off

    # -- what is looked at

    @property
    def opened_container(self) -> Container | None:
        """The container that is being looked at, if it is one."""
        return self.subject.container if self.subject is not None else None

    @property
    def top(self) -> int:
        """The number of the topmost layer: a container's own, or the image's last."""
        if self.subject is None:
            return 0
        if self.subject.upto is not None:
            return self.subject.upto
        return len(self.subject.image.layers) + (self.subject.container is not None)

    @property
    def own_number(self) -> int | None:
        """The number of the container's own layer."""
        return self.top if self.opened_container is not None else None

    # -- what the files that follow do

    def look_at(self, selection: Selection) -> None:
        """Something else: its layers first, its files as soon as they are known."""
        raise NotImplementedError

    def view_shown(self) -> None:
        """The files are there: whatever hangs on how many there are."""

    def show_titles(self) -> None:
        """What each pane shows, in its frame."""
        raise NotImplementedError

    def follow_changes(self) -> None:
        """Hear of what changes in the place, and in the container that is looked at."""
        raise NotImplementedError

    def tell_details(self, *, from_start: bool = True) -> None:
        """Fill the tab of Details that is looked at."""
        raise NotImplementedError
