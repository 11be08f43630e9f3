"""The size map of what two compared sides differ by, as areas and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.compare.changed_meaning import ChangedMeaning
from layertui.tui.screens.map.map_screen import MapScreen
from layertui.tui.screens.map.size_view import SizeView
from layertui.tui.screens.map.size_walk import SizeWalk
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.size.changed_table import ChangedTable

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.size_map import SizeMap
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.widgets.compare.change_choice import Chosen


class ChangedSizesScreen(MapScreen[str]):
    """The bytes that two compared sides differ by: those of files that were added, removed or changed.

    Its answer is a path to show in the comparison.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "to_files", tr("to Files"), tooltip=tr("Show it in the comparison's Files")),
    ]

    def __init__(self, chosen: Chosen, titles: tuple[str, str]) -> None:
        """`chosen` are the files that differ, `titles` the names of the two sides."""
        self._table = ChangedTable(id="table")
        super().__init__(SizeView(self._table))
        self._chosen_files, self._titles = chosen, titles
        self._walk: SizeWalk | None = None
        self._meaning: ChangedMeaning | None = None
        self.offer({"to_files": Action(self.file_chosen, self.no_map)})

    def on_mount(self) -> None:
        """Make the map, from what the comparison has found: nothing is read or compared again."""

        def made(_inspector: Inspector, _progress: Progress) -> SizeMap:
            from layertui.core.analysis.by_folder.changed_sizes import changed_size_map

            return changed_size_map(self._chosen_files.tree)

        self.view.header.subject = " ⇄ ".join(self._titles)
        self.view.treemap.focus()
        self.ask("measuring", made, self._made, group="size", failed=self._failed)

    def _made(self, found: SizeMap) -> None:
        self._walk = SizeWalk(found)
        self._meaning = ChangedMeaning(found, self._chosen_files, self._titles)
        self._table.parts = found.by_layer
        self.show()
        self.refresh_bindings()

    def _failed(self, error: Exception) -> None:
        self.view.wait(one_line(error))
        self.show_error(error)

    @property
    def walk(self) -> SizeWalk | None:
        return self._walk

    @property
    def meaning(self) -> ChangedMeaning | None:
        return self._meaning

    def file_chosen(self) -> None:
        """Go back to the comparison, to what the cursor is on."""
        if self.walk is not None:
            self.dismiss(self.path_here())
