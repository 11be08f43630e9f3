"""Changes to paths in a container's writable layer, on home and on its own screen; one key each."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.binding import Binding

from layertui.tui.screens.shared.base_screen import Asking

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from layertui.core.containers.model.container import Container
    from layertui.core.layers.table.entry import Entry
    from layertui.tui.screens.dialogs.dialog import Dialog

PATH_KEYS = (
    Binding(
        "M", "new_folder", "create folder", show=False, tooltip="Create a folder in the container's writable layer"
    ),
    Binding(
        "t",
        "rename_path",
        "rename",
        show=False,
        tooltip="Rename or move the file or folder; the image is not changed",
    ),
    Binding("p", "attributes", "set mode", show=False, tooltip="Change mode and owner of the file or folder"),
)


class Paths(Asking):
    """Mixed into screens that show the files of a container."""

    @property
    def container_at(self) -> Container | None:
        """The container that an action is about."""
        raise NotImplementedError

    @property
    def entry_at(self) -> Entry | None:
        """What the cursor is on in the container's files; None where it is elsewhere."""
        raise NotImplementedError

    def layer_changed(self, container: Container, path: str) -> None:
        """Something is other than before; what was changed is at `path` now."""
        raise NotImplementedError

    def may_change(self, action: str) -> bool | None:
        """Whether one of these actions makes sense here and now; None for others."""
        if action == "new_folder":
            return self.container_at is not None
        if action in ("rename_path", "attributes"):
            return self.container_at is not None and self.entry_at is not None
        return None

    def action_new_folder(self) -> None:
        """Beside what the cursor is on, or in it."""
        from layertui.core.layers.table.entry import Kind
        from layertui.tui.screens.dialogs.path_dialogs import NewFolderDialog

        entry = self.entry_at
        folder = "/" if entry is None else entry.path if entry.kind is Kind.DIR else entry.path.rpartition("/")[0]
        if (container := self.container_at) is not None:
            self._ask_for(container, NewFolderDialog(container.name, folder.rstrip("/") + "/"))

    def action_rename_path(self) -> None:
        """Ask for the path."""
        from layertui.tui.screens.dialogs.path_dialogs import RenamePathDialog

        if (container := self.container_at) is not None and (entry := self.entry_at) is not None:
            self._ask_for(container, RenamePathDialog(container.name, entry.path))

    def action_attributes(self) -> None:
        """Ask for mode and owner."""
        from layertui.tui.screens.dialogs.path_dialogs import AttributesDialog

        if (container := self.container_at) is not None and (entry := self.entry_at) is not None:
            self._ask_for(container, AttributesDialog(container.name, entry.path))

    def _ask_for(self, container: Container, dialog: Dialog[str | None]) -> None:
        def done(path: str | None) -> None:
            if path is not None:
                self.layer_changed(container, path)

        cast("DOMNode", self).app.push_screen(dialog, done)
