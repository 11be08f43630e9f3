"""Changes to paths in a container's writable layer, on home and on its own screen; one key each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.layers.table.entry import Entry
    from layertui.tui.screens.dialogs.dialog import Dialog
    from layertui.tui.screens.shared.base_screen import InspectorScreen

PATH_KEYS = (
    Binding(
        "M",
        "new_folder",
        tr("create folder"),
        show=False,
        tooltip=tr("Create a folder in the container's writable layer"),
    ),
    Binding(
        "t",
        "rename_path",
        tr("rename"),
        show=False,
        tooltip=tr("Rename or move the file or folder; the image is not changed"),
    ),
    Binding("p", "attributes", tr("set mode"), show=False, tooltip=tr("Change mode and owner of the file or folder")),
)


class PathActions:
    """The part of a screen with actions on paths of its container."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        container: Callable[[], Container | None],
        entry: Callable[[], Entry | None],
        changed: Callable[[Container, str, str], None],
        engine: Callable[[], str] | None = None,
    ) -> None:
        """`entry` answers what the cursor is on in the container's files, `engine` whose container it is (the screen's, unless given).

        `changed` is called with the container, the new path of what was changed, and the engine.
        """
        self._screen = screen
        self._container = container
        self._entry = entry
        self._changed = changed
        self._engine = engine or (lambda: screen.engine)

    def actions(self) -> dict[str, Action]:
        """The actions of PATH_KEYS."""
        return {
            "new_folder": Action(self._new_folder, lambda: self._refusal(tr("new folder"))),
            "rename_path": Action(self._rename_path, lambda: self._refusal(tr("rename"), of_entry=True)),
            "attributes": Action(self._attributes, lambda: self._refusal(tr("mode and owner"), of_entry=True)),
        }

    def _refusal(self, what: str, *, of_entry: bool = False) -> str:
        if self._container() is None:
            return tr(
                "{what} needs a container, whose layer can be written: {create} creates one of an image",
                create=key_name("create", "c"),
                what=what,
            )
        if of_entry and self._entry() is None:
            return tr("{what} needs a file or folder of the container under the cursor", what=what)
        return ""

    def _new_folder(self) -> None:
        """Make a folder beside the entry under the cursor, or in it."""
        from layertui.core.layers.table.entry import Kind
        from layertui.tui.screens.dialogs.path_dialogs import NewFolderDialog

        entry = self._entry()
        folder = "/" if entry is None else entry.path if entry.kind is Kind.DIR else entry.path.rpartition("/")[0]
        if (container := self._container()) is not None:
            self._ask_for(container, NewFolderDialog(container.name, folder.rstrip("/") + "/"))

    def _rename_path(self) -> None:
        from layertui.tui.screens.dialogs.path_dialogs import RenamePathDialog

        if (container := self._container()) is not None and (entry := self._entry()) is not None:
            self._ask_for(container, RenamePathDialog(container.name, entry.path))

    def _attributes(self) -> None:
        from layertui.tui.screens.dialogs.path_dialogs import AttributesDialog

        if (container := self._container()) is not None and (entry := self._entry()) is not None:
            self._ask_for(container, AttributesDialog(container.name, entry.path))

    def _ask_for(self, container: Container, dialog: Dialog[str | None]) -> None:
        engine = self._engine()

        def done(path: str | None) -> None:
            if path is not None:
                self._changed(container, path, engine)

        self._screen.app.push_screen(dialog.on_engine(engine), done)
