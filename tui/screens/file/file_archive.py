"""The part of a FileScreen that lists the archive that the file is, and opens its entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import kind_text
from layertui.tui.screens.file.file_neighbours import EntryNeighbours
from layertui.tui.screens.file.file_target import EntryFile, listing_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.analysis.file_facts.archive_values import ArchiveListing
    from layertui.tui.screens.file.file_target import FileTarget
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.pages.archive_list import ArchiveList


class FileArchive:
    """The entries of the archive. What is damaged at its beginning stays a file of bytes."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        entries: ArchiveList,
        open_file: Callable[[FileTarget, EntryNeighbours], object],
    ) -> None:
        self._screen = screen
        self._entries = entries
        self._open_file = open_file
        self._target: FileTarget | None = None

    def forget(self) -> None:
        """The file is another one."""
        self._target = None
        self._screen.host.jobs.stop(self._screen, "listing")
        self._entries.clear()

    @property
    def has_entries(self) -> bool:
        """Whether there are entries to show."""
        return bool(self._entries.items)

    def list(self, target: FileTarget, then: Callable[[], object]) -> None:
        """List the entries of an archive; `then` there are some to show."""
        self._target = target

        def listed(listing: ArchiveListing) -> None:
            if listing.damage:
                self._screen.show_notice(listing.damage, severity="warning", seconds=10)
            if listing.entries:
                self._entries.show_listing(listing)
                then()
            self._screen.refresh_bindings()

        self._screen.ask(
            tr("listing the archive"),
            lambda inspector, progress: listing_of(target, inspector, progress),
            listed,
            group="listing",
        )

    def open_current(self) -> None:
        """Open the entry under the cursor as a file; a symlink and a folder have no content."""
        entry = self._entries.current
        if entry is None or self._target is None:
            return
        if entry.kind.word == "file":
            self._open_file(EntryFile(self._target, entry), EntryNeighbours(self._target, self._entries))
        else:
            leads = tr(" to {link}", link=entry.link) if entry.link else ""
            self._screen.show_notice(
                tr("A {word}{leads}: it has no content of its own.", word=kind_text(entry.kind.word), leads=leads),
                seconds=4,
            )
