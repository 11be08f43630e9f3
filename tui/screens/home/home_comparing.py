"""What home compares: the marks on images, containers and layers, and the two that `=` compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.home.home_questions import LAYERS_OF_NAME, whole_name
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.lists.row_marks import Marking

if TYPE_CHECKING:
    from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
    from layertui.tui.screens.home.home_state import HomeState


class Marks:
    """At most two names, as `Inspector.open` takes them; the older first."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called when other names are marked."""
        self.names: tuple[str, ...] = ()
        self._changed = changed

    def turn(self, name: str) -> None:
        """Mark it, or take its mark away; of three the oldest loses its mark."""
        others = tuple(mark for mark in self.names if mark != name)
        self._set(others if name in self.names else (*others, name)[-2:])

    def keep(self, known: Iterable[str]) -> None:
        """Only the marks of these images and containers, and of layers of theirs."""
        there = frozenset(known)
        self._set(tuple(mark for mark in self.names if whole_name(mark) in there))

    def clear(self) -> bool:
        """Take all away; False if there was none."""
        had = bool(self.names)
        self._set(())
        return had

    def put_back(self, names: tuple[str, ...]) -> None:
        """Mark these again, and nothing else."""
        self._set(names)

    @property
    def of_layers(self) -> bool:
        """Whether a layer is marked, which is compared with layers."""
        return any(LAYERS_OF_NAME.search(mark) for mark in self.names)

    def pair(self, here: str) -> tuple[str, str] | None:
        """Both marked ones, or the marked one and this one."""
        if len(self.names) == 2:
            return self.names[0], self.names[1]
        if self.names and here and here != self.names[0]:
            return self.names[0], here
        return None

    def _set(self, names: tuple[str, ...]) -> None:
        if names != self.names:
            self.names = names
            self._changed()


class HomeComparing:
    """The part of home that opens a comparison."""

    def __init__(
        self, state: HomeState, panes: HomePanes, target: HomeTarget, marks: Marks, push: Callable[..., None]
    ) -> None:
        """`push` opens a screen or a dialog, and hands its answer on."""
        self._state = state
        self._panes = panes
        self._target = target
        self._marks = marks
        self._push = push

    def actions(self) -> dict[str, Action]:
        """What `=` names."""
        return {"compare": Action(self._compare, self._refusal)}

    @property
    def here(self) -> str:
        """The name of what the cursor is on; in Layers a layer, if it is compared with another one."""
        pane = self._panes.focused
        rows = self._panes.lists.get(pane)
        if isinstance(rows, Marking) and (pane != "layers" or self._marks.of_layers):
            name = rows.name_at(rows.cursor)
            if name is not None:
                return name
        return self._state.selection.name

    def pair(self) -> tuple[str, str] | None:
        """The two that `=` compares: what is marked and this one, else a container and its image; None asks for the second."""
        here = self.here
        if self._marks.names:
            return self._marks.pair(here)
        if self._panes.focused == "images" and self._state.selection.name and here != self._state.selection.name:
            return self._state.selection.name, here
        container = self._target.container
        if container is None:
            return None
        listing = self._target.listing
        prefix = listing.prefix if listing is not None else ""
        return f"{prefix}{container.image_id}", f"{prefix}container:{container.name}"

    def _refusal(self) -> str:
        if self._state.listing is not None and self.here:
            return ""
        return tr(
            "compare needs an image or a container: {bring_in} loads an image", bring_in=key_name("bring_in", "L")
        )

    def _compare(self) -> None:
        """Compare the two, or ask for the second one."""
        from layertui.tui.screens.compare.compare_screen import CompareScreen
        from layertui.tui.screens.dialogs.compare_dialog import CompareDialog

        if (pair := self.pair()) is not None:
            self._push(CompareScreen(*pair))
        else:
            self._push(CompareDialog(self.here), lambda chosen: self._push(CompareScreen(*chosen)))
