"""What home does: each key that asks for more than to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from layertui.tui.screens.actions.lifecycle_actions import Living
from layertui.tui.screens.actions.path_actions import Paths
from layertui.tui.screens.home.home_comparing import HomeComparing

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.images.image import Image
    from layertui.core.inspector import Inspector
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress


class HomeActions(HomeComparing, Living, Paths):
    """Actions that open a dialog or another screen, or change something."""

    # -- on what

    @property
    def image_name(self) -> str | None:
        """The image that an action is about: under the cursor of Images, elsewhere the one that is looked at."""
        if self.pane == "images":
            row = self.images.current
            return row.key if row is not None else None
        if self.pane == "containers" or self.selection.container:
            return None
        return self.selection.name or None

    def may(self, action: str) -> bool | None:
        """Whether an action makes sense here and now; None for those that always do."""
        container, listing = self.container_at, self.listing
        has_containers = listing is not None and listing.has_containers
        alive = container is not None and container.state in ("running", "paused")
        can_start = listing is not None and listing.no_start is None
        in_files = self.pane == "files" and self.files.index >= 0
        wishes: dict[str, Callable[[], bool]] = {
            "create": lambda: has_containers and self.image_name is not None,
            "start": lambda: container is not None and not alive and can_start,
            "stop": lambda: alive,
            "write": lambda: container is not None or (has_containers and self.image_name is not None),
            "take_out": lambda: self.image_name is not None or container is not None or in_files,
            "compare": lambda: self.listing is not None and bool(self.here),
            "lookup": lambda: self.subject is not None,
            "history": lambda: self.subject is not None,
            "delete": self._may_delete,
            "rename": lambda: container is not None and self.pane != "files",
            "tag": lambda: self.image_name is not None and self.pane == "images",
            "alone": lambda: self.subject is not None and not self.selection.alone and self.pane in ("layers", "files"),
            "merged": lambda: self.subject is not None and self.selection.alone and self.pane in ("layers", "files"),
            "only_changes": lambda: self.pane in ("layers", "files") and not self.only_changes,
            "everything": lambda: self.pane in ("layers", "files") and self.only_changes,
            "removed": lambda: self.pane in ("layers", "files"),
            "copy": lambda: self.what_to_copy() is not None,
            "copy_more": lambda: self.pane != "details" and self.what_to_copy() is not None,
        }
        wish = wishes.get(action)
        if wish is not None:
            return wish()
        may = self.may_change(action)
        return self.may_live(action) if may is None else may

    def _may_delete(self) -> bool:
        if self.pane == "images":
            return self.images.current is not None
        if self.pane == "containers":
            return self.containers.current is not None
        return self.pane == "files" and self.opened_container is not None and self.files.index >= 0

    # -- containers

    def action_create(self) -> None:
        from layertui.tui.screens.dialogs.create_dialog import CreateDialog

        if (name := self.image_name) is not None:
            self.push(CreateDialog(name), lambda created: self.look_at_container(str(created)))

    def look_at_container(self, name: str) -> None:
        """Look at a container, and stand on its row."""

        def then() -> None:
            for row in self.containers.rows:
                if row.container.name == name:
                    self.containers.go_to(row.key)
                    self.look_at(self.selection.of(f"container:{name}", name))
                    self.containers.focus()

        self.list_all(then)

    def action_start(self) -> None:
        from layertui.tui.screens.container.container_screen import ContainerScreen

        if (container := self.container_at) is not None:
            # There the namespaces of before and after stand side by side.
            self.push(ContainerScreen(container.name, start=True), self.go_on_in)

    def action_stop(self) -> None:
        if (container := self.container_at) is not None:
            name = container.name
            self.ask(f"stopping {name}", lambda i, _: i.containers.lifecycle.stop(name), self._ended, group="life")

    def _ended(self, container: Container) -> None:
        self.tell(
            f"{container.name} ended with exit code {container.exit_code}. Its writable layer is still there.",
            title="Stopped",
        )
        self.life_changed(container)

    def life_changed(self, container: Container) -> None:
        """List again, and look at it."""
        self.list_all()
        if self.selection.container != container.name:
            self.look_at(self.selection.of(f"container:{container.name}", container.name))
        else:
            self.refresh_own_layer()

    def action_write(self) -> None:
        from layertui.core.layers.table.entry import Kind
        from layertui.tui.screens.actions.write_action import writing
        from layertui.tui.screens.dialogs.write_dialog import WriteDialog

        container = self.container_at
        entry = self.files.entry if self.pane == "files" else None
        path = "/" if entry is None else entry.path + "/" if entry.kind == Kind.DIR else entry.path
        if container is not None:
            self.push(WriteDialog(container.name, path), lambda written: self.go_to_path(container, str(written)))
        elif (image := self.image_name) is not None:
            self.push(writing(image, path), lambda created: self.look_at_container(str(created)))

    def go_to_path(self, container: Container, path: str) -> None:
        """Show a path of a container that has just changed."""
        self.files.want(path)
        if self.opened_container is None or self.opened_container.id != container.id:
            self.look_at(self.selection.of(f"container:{container.name}", container.name))

    @property
    def entry_at(self) -> Entry | None:
        """What the cursor is on in Files."""
        return self.files.entry if self.pane == "files" else None

    def layer_changed(self, container: Container, path: str) -> None:
        """List again, and go to the path."""
        self.list_all()
        self.go_to_path(container, path)
        self.refresh_own_layer()

    def refresh_own_layer(self) -> None:
        """What is being looked at, read anew: only a container's own layer can have changed."""
        subject = self.subject
        if subject is None or subject.container is None:
            return

        def call(inspector: Inspector, progress: Progress) -> Any:
            fresh = inspector.open(self.selection.name, progress=progress)
            return fresh, inspector.stack(fresh, progress), inspector.layers(fresh, progress)

        def then(answer: Any) -> None:
            self.subject, self.stack = answer[0], answer[1]
            self._counted(answer[2])
            self.show_view()

        self.ask("reading the own layer", call, then, group="live", quiet=True, failed=self._not_live)

    def _not_live(self, _error: Exception) -> None:
        """The container has gone: what is left to look at is its image."""
        self.list_all(self.leave_lost_container)

    def leave_lost_container(self) -> None:
        """Look at something that is there."""
        opened = self.opened_container
        if opened is None or self.listing is None or any(one.id == opened.id for one in self.listing.containers):
            return
        row = self.images.current
        if row is not None:
            self.look_at(self.selection.of(row.key, row.title))

    # -- images

    def demo(self) -> None:
        """Put the demo images into the store; for the palette."""

        def then(images: Sequence[Image]) -> None:
            self.tell(f"{len(images)} images to look around in.", title="Demo")
            self.list_all(self._open_first)

        self.ask("making the demo images", lambda i, p: i.images.demo(p), then, group="demo")

    def action_bring_in(self) -> None:
        from layertui.tui.screens.dialogs.load_dialog import BringInDialog

        self.push(BringInDialog(), self._brought_in)

    def _brought_in(self, names: object) -> None:
        name = next(iter(names), None) if isinstance(names, (tuple, list)) else None

        def then() -> None:
            if name is not None and self.images.go_to(str(name)):
                self.look_at(self.selection.of(str(name)))

        self.list_all(then)

    def action_take_out(self) -> None:
        from layertui.tui.screens.dialogs.export_dialog import taking_out

        container = self.container_at
        if self.pane == "files" and (path := self.files.path) is not None:
            upto = self.selection.layer if self.selection.layer != self.top else None
            self.push(taking_out(self.selection.name, path, upto=upto))
        elif container is not None:
            self.push(taking_out(f"container:{container.name}"))
        elif (name := self.image_name) is not None:
            self.push(taking_out(name))

    def action_tag(self) -> None:
        from layertui.tui.screens.dialogs.tag_dialog import TagDialog

        if (name := self.image_name) is not None:
            self.push(TagDialog(name))

    def action_delete(self) -> None:
        from layertui.tui.screens.dialogs.delete_dialog import (
            DeleteContainerDialog,
            DeleteFileDialog,
            DeleteImageDialog,
        )

        container = self.container_at
        if self.pane == "images" and (row := self.images.current) is not None:
            self.push(DeleteImageDialog(row.key))
        elif self.pane == "containers" and container is not None:
            self.push(DeleteContainerDialog(container.name), lambda _: self.list_all(self.leave_lost_container))
        elif self.pane == "files" and container is not None and (path := self.files.path) is not None:
            self.push(DeleteFileDialog(container.name, path))

    # -- to look further

    def action_lookup(self) -> None:
        from layertui.tui.screens.lookup_screen import LookupScreen

        if self.subject is not None:
            path = self.files.path if self.pane not in ("images", "containers") else None
            self.push(LookupScreen(self.selection.name, path or "/"))

    def action_history(self) -> None:
        self.go_on_in("history")

    def go_on_in(self, tab: str) -> None:
        """To a tab of Details."""
        self.details.turn_to(tab)
        self.details.focus_view()
