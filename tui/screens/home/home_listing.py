"""What there is, as home lists it: the images and containers of the place, and the files that were opened beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from layertui.tui.common.format import unreadable_text
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.home.home_questions import Listing, listing_of
from layertui.tui.screens.home.home_state import HomeState
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.lists.image_table import ImageRow

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.errors import ImageChoice
    from layertui.core.inspector.subject import Subject


class HomeListing(HomeState):
    """Images and containers, asked for anew whenever something has changed."""

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
        if listing.unreadable > (self.listing.unreadable if self.listing else 0):
            self.tell(unreadable_text(listing.unreadable), severity="warning", seconds=10)
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
            self.images.show_rows((*self.files_opened.values(), *listing.rows), used, now)
            self.containers.show_containers(listing.containers, listing.sizes, now, unknown=listing.no_sizes)

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
        self.files.show_waiting("No image yet: `L` loads or imports one.")
        self.layer_list.show_waiting("The layers of an image are shown here.")

    def _follow_container(self) -> None:
        """The container that is looked at may have gone, or have another state by now."""
        opened = self.opened_container
        if opened is None or self.listing is None:
            return
        for container in self.listing.containers:
            if container.id == opened.id and container != opened and self.subject is not None:
                self.subject = self.subject._replace(container=container)

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
            size=self.known_size,
            stored_size=sum(layer.size for layer in image.layers),
        )
        self.files_opened[name] = ImageRow(name, name.rpartition("/")[2] or name, summary, is_file=True)
        self.show_listing()
        self.images.go_to(name)
        self.ask("platforms", lambda i, _: i.platforms(subject), self._tell_platforms, group="platforms", quiet=True)

    def _tell_platforms(self, choices: list[ImageChoice]) -> None:
        """Of an image for several platforms one is shown; the others are a key away."""
        subject = self.subject
        if subject is None or not choices:
            return
        sentence = f"{self.selection.title} has {len(choices)} platforms; {subject.image.platform} is shown"
        self.announce(ActNotice(sentence, (NextKey("O", "opens another", lambda: self.choose_image(choices)),)))

    def choose_image(self, choices: Sequence[ImageChoice]) -> None:
        """An archive of several images or platforms: ask which one."""
        from layertui.tui.screens.dialogs.questions import ChooseImageDialog

        def chosen(name: str | None) -> None:
            if name:
                self.look_at(self.selection.of(name))

        self.app.push_screen(ChooseImageDialog(self.selection.title, choices), chosen)

    @property
    def known_size(self) -> int | None:
        """The bytes of what is looked at, once its layers have been counted."""
        return sum(summary.size for summary in self.summaries.values()) if self.summaries else None

    def tell_size(self) -> None:
        """A file's row could not say its size before its layers were read."""
        row = self.files_opened.get(self.selection.name)
        if row is not None and row.image.size is None:
            self.files_opened[row.key] = row._replace(image=replace(row.image, size=self.known_size))
            self.show_listing()
