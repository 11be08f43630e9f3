"""What home knows, and the jobs that find it out: from a Selection to layers, stack, view and details.

One way round: a key makes a new Selection, a job asks the Inspector, its answer is kept here and handed down to the panes.
Each kind of question is a group of jobs, in which a newer question stops the older one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from layertui.tui.jobs import one_line
from layertui.tui.screens.base import InspectorScreen
from layertui.tui.screens.home_questions import Listing, layer_rows, listing_of, opened_by
from layertui.tui.selection import Selection
from layertui.tui.widgets.container_table import ContainerTable
from layertui.tui.widgets.details import Details
from layertui.tui.widgets.file_tree import FileTree
from layertui.tui.widgets.header_line import HeaderLine
from layertui.tui.widgets.image_table import ImageRow, ImageTable
from layertui.tui.widgets.layer_list import LayerList
from layertui.tui.widgets.matching import Pattern
from layertui.tui.widgets.panes import Panes

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.containers.container import Container
    from layertui.core.images.history import Step
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack import Stack
    from layertui.core.layers.view import View
    from layertui.core.streams.progress import Progress

OPEN_ALONE = 500
"""A layer alone with so few entries is shown with all folders open."""

OF_A_SUBJECT = ("subject", "stack", "counts", "view", "file", "lookup", "live")
"""Groups of jobs about what is being looked at: all stop when something else is."""


class HomeState(InspectorScreen[None]):
    """The state of home and the way it is made."""

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

    # -- what there is

    def list_all(self, then: Callable[[], None] | None = None) -> None:
        """Ask for images and containers anew; a newer question stops the older one, but not what waits for its answer."""
        if then is not None:
            self.when_listed.append(then)
        self.ask(
            "listing images",
            listing_of,
            self._listed,
            group="list",
            quiet=self.listing is not None,
            failed=self._not_listed,
        )

    def _not_listed(self, error: Exception) -> None:
        """Told once, however often it is looked again."""
        line = one_line(error)
        if line != self._list_error:
            self._list_error = line
            self.tell_error(error)
        if self.listing is None and self.subject is None:
            self.files.show_waiting(line.replace("`", "'"))

    def _listed(self, listing: Listing) -> None:
        self._list_error = ""
        changed = listing != self.listing
        first = self.listing is None
        self.listing = listing
        if changed:
            self.show_listing()
            self.panes.rearrange(rows={"images": self.images.lines, "containers": self.containers.lines})
            self.query_one(HeaderLine).place = listing.place
            self.show_titles()
            self._follow_container()
            if self.opened_container is not None:  # its own layer's size comes with the listing
                self.tell_details(from_start=False)
            self.refresh_bindings()
        waiting, self.when_listed = self.when_listed, []
        for then in waiting:
            then()
        if first:
            self.follow_changes()
            self._open_first()

    def show_listing(self) -> None:
        """Images and containers in their panes."""
        listing = self.listing
        if listing is not None:
            now = self.clock()
            used = {str(container.image_id) for container in listing.containers}
            self.images.show_images(listing.images, used, now, tuple(self.files_opened.values()))
            self.containers.show_containers(listing.containers, listing.sizes, now)

    def _open_first(self) -> None:
        if self.selection.name:
            if self.subject is not None and self.subject.container is None:
                self._keep_file(self.subject)
            self.images.go_to(self.selection.name)
        elif (row := self.images.current) is not None:
            self.look_at(self.selection.of(row.key, row.title))
        else:
            self.show_nothing()

    def show_nothing(self) -> None:
        """There is nothing to look at, and what to do about it."""
        self.files.show_waiting("Nothing to look into yet: `L` brings an image in.")
        self.layer_list.show_waiting("The layers of an image show here.")

    def _follow_container(self) -> None:
        """The container that is looked at may have gone, or have another state by now."""
        opened = self.opened_container
        if opened is None or self.listing is None:
            return
        for container in self.listing.containers:
            if container.id == opened.id and container != opened and self.subject is not None:
                from dataclasses import replace

                self.subject = replace(self.subject, container=container)

    @property
    def opened_container(self) -> Container | None:
        """The container that is being looked at, if it is one."""
        return self.subject.container if self.subject is not None else None

    # -- what is looked at

    def look_at(self, selection: Selection) -> None:
        """Something else: its layers first, its files as soon as they are known."""
        for group in OF_A_SUBJECT:
            self.host.jobs.stop(self, group)
        self.selection = selection
        self.images.show_opened(selection.name)
        self.containers.show_opened(selection.container or "")
        self.ask(
            f"opening {selection.title}",
            lambda i, p: opened_by(i, selection.name, p),
            self._opened,
            group="subject",
            failed=self._not_opened,
        )

    def _opened(self, answer: tuple[Subject, tuple[Step, ...]]) -> None:
        self.subject, self.steps = answer
        self.summaries, self.stack = {}, None
        container = self.subject.container
        if container is None:
            self._keep_file(self.subject)
        self.query_one(HeaderLine).subject = self.subject.title if container is None else container.image
        self.query_one(HeaderLine).own = container.name if container is not None else ""
        if container is not None:
            self.images.go_to(container.image)
        self.follow_changes()
        self.details.show_kind(of_container=container is not None)
        self.patterns.pop("layers", None)
        self.layer_list.pattern = None
        self.selection = self.selection.at_layer(self.top)
        self.layer_list.show_rows(layer_rows(self.steps, {}, container), number=self.top)
        self.panes.rearrange(rows={"layers": len(self.layer_list.rows)})
        self.files.show_waiting("Reading the layers …")
        self.show_titles()
        self.tell_details()
        self.refresh_bindings()
        self.ask(
            "reading layers",
            lambda i, p: i.stack(answer[0], p),
            self._laid,
            group="stack",
            failed=self._not_laid,
            stopped=self._stopped,
        )

    def _keep_file(self, subject: Subject) -> None:
        """What is opened outside the store has a row too, so that one can come back to it; what is in it shows when it is listed."""
        from layertui.core.engines.engine import ImageSummary

        name, image = self.selection.name, subject.image
        if self.listing is None or name in self.files_opened or any(row.key == name for row in self.images.items):
            return
        if any(one.id == image.id for one in self.listing.images):
            return
        summary = ImageSummary(
            id=image.id,
            digest=image.digest,
            names=image.names,
            created=image.config.created,
            stored_size=sum(layer.size for layer in image.layers),
        )
        self.files_opened[name] = ImageRow(name, name.rpartition("/")[2] or name, summary, is_file=True)
        self.show_listing()
        self.images.go_to(name)

    def _not_opened(self, error: Exception) -> None:
        self.subject, self.steps, self.stack, self.summaries = None, (), None, {}
        self.layer_list.show_waiting("It could not be opened.")
        self.files.show_waiting(one_line(error).replace("`", "'"))
        self.tell_error(error)

    def _not_laid(self, error: Exception) -> None:
        self.files.show_waiting(one_line(error).replace("`", "'"))
        self.tell_error(error)

    def _stopped(self) -> None:
        if self.stack is None:
            self.files.show_waiting("Stopped. `r` reads the layers again.")

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

    def _laid(self, stack: Stack) -> None:
        self.stack = stack
        subject = self.subject
        assert subject is not None
        self.show_view()
        self.ask("counting changes", lambda i, p: i.layers(subject, p), self._counted, group="counts", quiet=True)

    def _counted(self, summaries: list[LayerSummary]) -> None:
        self.summaries = {summary.number: summary for summary in summaries}
        self.layer_list.show_rows(layer_rows(self.steps, self.summaries, self.opened_container))
        self.tell_details(from_start=False)

    # -- the files

    def show_view(self) -> None:
        """The files as of the selected layer, or of that layer alone."""
        stack, selection = self.stack, self.selection
        if stack is None:
            return
        tree, pattern = self.files, self.patterns.get("files")
        number = min(selection.layer if selection.layer is not None else len(stack), len(stack))
        own = self.own_number

        def call(_: Inspector, progress: Progress) -> tuple[View, Any]:
            from layertui.tui.widgets.tree_match import everything, mask_of

            alone = selection.alone and number
            view = stack.alone(number) if alone else stack.view(number, removed=self.with_removed)
            progress.advance(0)  # a held key has stopped it by now
            mask = mask_of(view, pattern, only_changes=self.only_changes, progress=progress)
            if mask is None and selection.alone and len(view) <= OPEN_ALONE:
                # What one layer did is little, as a rule, and then stands open.
                mask = everything(view)
            return view, tree.prepared(view, mask, found=pattern is not None)

        def then(answer: tuple[View, Any]) -> None:
            tree.show_view(answer[0], answer[1], own_number=own)
            self.show_titles()
            self.view_shown()

        self.ask("looking for files", call, then, group="view", quiet=pattern is None)

    def view_shown(self) -> None:
        """The files are there: whatever hangs on how many there are."""

    # -- words of the frames

    def show_titles(self) -> None:
        """What each pane shows, in its frame."""
        raise NotImplementedError

    def follow_changes(self) -> None:
        """Hear of what changes in the place, and in the container that is looked at."""
        raise NotImplementedError

    def tell_details(self, *, from_start: bool = True) -> None:
        """Fill the tab of Details that is looked at."""
        raise NotImplementedError
