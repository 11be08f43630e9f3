"""The files of home: as of the layer that the cursor is on, or of that layer alone; all, or what it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import count_text
from layertui.tui.screens.home.home_titles import show_titles
from layertui.tui.screens.shared.file_rows import prepared_rows
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.screens.shared.finding import Finder
    from layertui.tui.widgets.files.file_tree import Prepared


class HomeFiles:
    """The part of home that fills Files."""

    def __init__(
        self, screen: InspectorScreen[Any], state: HomeState, panes: HomePanes, target: HomeTarget, finder: Finder
    ) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._target = target
        self._finder = finder
        self._wanted: tuple[str, str, int | None, bool] | None = None

    def actions(self) -> dict[str, Action]:
        """What `a`, `m` and `R` name."""
        state = self._state

        def refusal(what: str, already: Callable[[], bool]) -> Callable[[], str]:
            return lambda: (
                self._target.not_in_layers(what) or (tr("{what}: shown already", what=what) if already() else "")
            )

        return {
            "alone": Action(self._turn, refusal(tr("this layer only"), lambda: state.selection.alone)),
            "merged": Action(self._turn, refusal(tr("all layers merged"), lambda: not state.selection.alone)),
            "only_changes": Action(self._turn_changes, refusal(tr("only changes"), lambda: state.only_changes)),
            "everything": Action(self._turn_changes, refusal(tr("all files"), lambda: not state.only_changes)),
            "removed": Action(self._turn_removed, lambda: self._target.not_in_layers(tr("removed files"))),
        }

    def show(self) -> None:
        """Ask for the files, and show them with the titles that change with them; nothing before the layers are read."""
        state, stack = self._state, self._state.stack
        if stack is None:
            return
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted[0] == state.selection.name:
            self.go_to(wanted[1], min(len(stack), wanted[2] or len(stack)), alone=wanted[3])
            return
        tree, pattern, selection = self._panes.files, self._finder.pattern("files"), state.selection
        number = min(selection.layer if selection.layer is not None else len(stack), len(stack))
        own, only_changes, removed = state.own_number, state.only_changes, state.with_removed

        def call(_: Inspector, progress: Progress) -> tuple[View, Prepared]:
            alone = selection.alone and number > 0
            view = stack.alone(number) if alone else stack.view(number, removed=removed)
            progress.advance(0)  # a held key has stopped it by now
            return view, prepared_rows(tree, view, pattern, progress, only_changes=only_changes, alone=selection.alone)

        def then(answer: tuple[View, Prepared]) -> None:
            tree.show_view(answer[0], answer[1], own_number=own)
            show_titles(state, self._panes, self._finder)
            self._show_count()

        self._screen.ask(tr("looking for files"), call, then, group="view", quiet=pattern is None)

    def when_read(self, name: str, path: str, layer: int | None, *, alone: bool = False) -> None:
        """Show a path as of a layer, None for the top, as soon as the files of what `name` opens are there."""
        self._wanted = name, path, layer, alone

    def go_to(self, path: str, layer: int, *, alone: bool = False) -> None:
        """Show a path as of a layer, whatever else is left out of the files now."""
        state = self._state
        state.selection = state.selection._replace(layer=layer, alone=alone)
        state.only_changes = state.only_changes and alone
        self._panes.layers.go_to_layer(layer)
        self._panes.files.want(path)
        self.show()

    def _show_count(self) -> None:
        view, found = self._panes.files.view, self._panes.files.found
        if view is None:
            return
        if self._finder.pattern("files") is None or found is None:
            self._finder.show_count(
                "files", trn("{count} entry", "{count} entries", len(view), count=count_text(len(view)))
            )
        else:
            self._finder.show_found("files", found, len(view))

    def _turn(self) -> None:
        self._state.selection = self._state.selection.turned()
        show_titles(self._state, self._panes, self._finder)
        self.show()
        self._screen.refresh_bindings()

    def _turn_changes(self) -> None:
        self._state.only_changes = not self._state.only_changes
        self.show()
        self._screen.refresh_bindings()

    def _turn_removed(self) -> None:
        self._state.with_removed = not self._state.with_removed
        self.show()
