"""What home compares: the marks on images, containers and layers, and the two that `=` holds against each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import on

from layertui.tui.screens.home.home_copying import HomeCopying
from layertui.tui.widgets.lists.row_marks import Marking

if TYPE_CHECKING:
    from textual.screen import Screen

    from layertui.core.containers.model.container import Container
    from layertui.tui.common.selection import Selection


_RANGE = re.compile(r"@\d+(\.\.\d+)?$")
"""Which layers of an image a name means."""


class HomeComparing(HomeCopying):
    """Marks, and the pair that they make with what the cursor is on."""

    marks: tuple[str, ...] = ()
    """At most two names, as `Inspector.open` takes them; the older first."""

    @property
    def container_at(self) -> Container | None:
        """The container that an action is about: under the cursor of Containers, elsewhere the one that is looked at."""
        if self.pane == "containers":
            row = self.containers.current
            return row.container if row is not None else None
        return None if self.pane == "images" else self.opened_container

    def push(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Another screen or a dialog over this one; what it changed is seen afterwards."""

        def done(answer: object) -> None:
            # First, since `then` may list again, and the newer listing is the one that is waited for.
            self.list_all()
            self.refresh_own_layer()
            if then is not None and answer:
                then(answer)

        self.app.push_screen(screen, done)

    def refresh_own_layer(self) -> None:
        """What is being looked at, read anew."""
        raise NotImplementedError

    def look_at(self, selection: Selection) -> None:
        """Something else, whose layers can be marked by its name."""
        super().look_at(selection)
        self.layer_list.of = _RANGE.sub("", selection.name)

    # -- marks

    def show_listing(self) -> None:
        """What has gone is marked no longer."""
        super().show_listing()
        known = {row.key for row in self.images.items} | {row.name for row in self.containers.items}
        self.show_marks(tuple(mark for mark in self.marks if _RANGE.sub("", mark) in known))

    @on(Marking.Marked)
    def _marked(self, event: Marking.Marked) -> None:
        others = tuple(mark for mark in self.marks if mark != event.name)
        self.show_marks(others if event.name in self.marks else (*others, event.name))

    def show_marks(self, marks: tuple[str, ...]) -> None:
        """These are marked; of three the oldest loses its mark."""
        if marks == self.marks:
            return
        self.marks = marks[-2:]
        for rows in (self.images, self.containers, self.layer_list):
            rows.show_marked(frozenset(self.marks))
        self.refresh_bindings()

    # -- the pair

    @property
    def here(self) -> str:
        """The name of what the cursor is on; in Layers a layer, if it is held against another one."""
        if self.pane in ("images", "containers", "layers"):
            rows = self.query_one(f"#{self.pane}", Marking)
            of_layers = any(_RANGE.search(mark) for mark in self.marks)
            if (self.pane != "layers" or of_layers) and (name := rows.name_at(rows.cursor)) is not None:
                return name
        return self.selection.name

    def comparable(self) -> tuple[str, str] | None:
        """The two that `=` compares: both marked ones, the marked one and this one, a container and its image."""
        here = self.here
        if len(self.marks) == 2:
            return self.marks[0], self.marks[1]
        if self.marks:
            return (self.marks[0], here) if here and here != self.marks[0] else None
        if self.pane == "images" and self.selection.name and here != self.selection.name:
            return self.selection.name, here
        container = self.container_at
        return None if container is None else (str(container.image_id), f"container:{container.name}")

    def action_compare(self) -> None:
        """Compare the two, or ask for the second one."""
        from layertui.tui.screens.compare.compare_screen import CompareScreen
        from layertui.tui.screens.dialogs.compare_dialog import CompareDialog

        pair = self.comparable()
        if pair is not None:
            self.push(CompareScreen(*pair))
        else:
            self.push(CompareDialog(self.here), lambda chosen: self.push(CompareScreen(*chosen)))
