"""The part of a FileScreen that gives the content away: to a file of the host, or a copy to the user's editor."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from layertui.core.bounds import NO_BOMB
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.screens.file.file_target import content_command
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_reading import FileReading
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class FileCopying:
    """Saves what is shown, and opens a copy of it in an editor, whose changes are dropped."""

    def __init__(self, screen: InspectorScreen[Any], reading: FileReading) -> None:
        self._screen = screen
        self._reading = reading

    def actions(self) -> dict[str, Action]:
        """`x` and `v`."""
        return {
            "save": Action(self._save, self._reading.not_read),
            "open_copy": Action(self._open_copy, self._no_copy),
        }

    def _save(self) -> None:
        from layertui.tui.screens.file.save_file_dialog import SaveFileDialog

        reading = self._reading
        if reading.pages is not None:
            command = content_command(reading.target, laid_out=reading.is_laid_out)
            dialog = SaveFileDialog(reading.target.path, reading.pages.source, command)
            self._screen.app.push_screen(dialog.on_engine(self._screen.engine))

    def _no_copy(self) -> str:
        pages = self._reading.pages
        if pages is not None and pages.size > NO_BOMB:
            return tr("an editor gets copies of up to {size}: x saves the file", size=size(NO_BOMB))
        return self._reading.not_read()

    def _open_copy(self) -> None:
        """In a folder of its own, which only this user can enter, and which is removed when the editor has ended."""
        pages, path = self._reading.pages, self._reading.target.path
        if pages is None:
            return

        def copied(_inspector: Inspector, progress: Progress) -> tuple[tempfile.TemporaryDirectory[str], str]:
            from layertui.core.analysis.file_pages.saved_content import write_content
            from layertui.tui.screens.shared.suspend import copy_in

            folder = tempfile.TemporaryDirectory(prefix="layertui-")
            file = copy_in(folder.name, path)
            try:
                with file.open("xb") as out:
                    write_content(pages.source, out, progress)
                file.chmod(0o400)
            except BaseException:
                folder.cleanup()
                raise
            return folder, str(file)

        def then(answer: tuple[tempfile.TemporaryDirectory[str], str]) -> None:
            from pathlib import Path

            from layertui.tui.screens.shared.suspend import in_editor

            folder, file = answer
            editor = self._screen.inspector.settings.editor
            with folder:
                try:
                    code = in_editor(self._screen.app, editor, Path(file))
                except LayertuiError as error:
                    self._screen.show_error(error)
                    return
            if code:
                self._screen.show_notice(
                    tr("{editor} ended with exit code {code}.", editor=editor, code=code), severity="warning", seconds=4
                )

        self._screen.ask(tr("copying {path}", path=safe(path)), copied, then, group="copy")
