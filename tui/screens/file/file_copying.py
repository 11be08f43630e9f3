"""The part of a FileScreen that gives the content away: to a file of the host, or a copy to the user's editor or pager."""

from __future__ import annotations

import tempfile
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, BinaryIO

from layertui.core.bounds import NO_BOMB
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.file.file_target import content_command
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_pages import FilePages
    from layertui.tui.screens.file.file_reading import FileReading
    from layertui.tui.screens.shared.base_screen import InspectorScreen

_PIECE = 1 << 20


class FileCopying:
    """Saves what is shown, and opens a copy of it in an editor or a pager; changes are dropped."""

    def __init__(self, screen: InspectorScreen[Any], reading: FileReading) -> None:
        self._screen = screen
        self._reading = reading

    def actions(self) -> dict[str, Action]:
        """`x`, `v` and `V`."""
        return {
            "save": Action(self._save, self._reading.not_read),
            "open_copy": Action(self._open_in_editor, self._no_copy),
            "page": Action(self._open_in_pager, self._no_page),
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
            return tr(
                "an editor and a pager get copies of up to {size}: {save} saves the file",
                save=key_name("save", "x"),
                size=size(NO_BOMB),
            )
        return self._reading.not_read()

    def _no_page(self) -> str:
        pages = self._reading.pages
        is_text = pages is None or pages.is_text
        return self._no_copy() or (
            ""
            if is_text
            else tr("a pager shows texts; {open_copy} gives an editor the bytes", open_copy=key_name("open_copy", "v"))
        )

    def _open_in_editor(self) -> None:
        from layertui.core.analysis.file_pages.saved_content import write_content
        from layertui.tui.screens.shared.suspend import in_editor

        editor = self._screen.inspector.settings.editor
        self._open_copy(
            lambda pages, out, progress: write_content(pages.source, out, progress),
            lambda file: (editor, in_editor(self._screen.app, editor, file)),
        )

    def _open_in_pager(self) -> None:
        from layertui.tui.screens.shared.suspend import in_pager

        pager = self._screen.inspector.settings.pager
        self._open_copy(_write_safe_text, lambda file: (pager, in_pager(self._screen.app, pager, file)))

    def _open_copy(
        self, write: Callable[[FilePages, BinaryIO, Progress], None], run: Callable[[Path], tuple[str, int]]
    ) -> None:
        """In a folder of its own, which only this user can enter, and which is removed when the program has ended.

        `run` gives the program and its exit code.
        """
        pages, path = self._reading.pages, self._reading.target.path
        if pages is None:
            return

        def copied(_inspector: Inspector, progress: Progress) -> tuple[tempfile.TemporaryDirectory[str], str]:
            from layertui.tui.screens.shared.suspend import copy_in

            folder = tempfile.TemporaryDirectory(prefix="layertui-")
            file = copy_in(folder.name, path)
            try:
                with file.open("xb") as out:
                    write(pages, out, progress)
                file.chmod(0o400)
            except BaseException:
                folder.cleanup()
                raise
            return folder, str(file)

        def then(answer: tuple[tempfile.TemporaryDirectory[str], str]) -> None:
            from pathlib import Path

            folder, file = answer
            with folder:
                try:
                    program, code = run(Path(file))
                except LayertuiError as error:
                    self._screen.show_error(error)
                    return
            if code:
                from layertui.tui.screens.shared.suspend import how_it_ended

                self._screen.show_notice(how_it_ended(program, code), severity="warning", seconds=4)

        self._screen.ask(tr("copying {path}", path=safe(path)), copied, then, group="copy")


def _write_safe_text(pages: FilePages, out: BinaryIO, progress: Progress) -> None:
    """The text as it is shown, with control characters escaped: a pager may let them through to the terminal."""
    from layertui.core.bounds import check
    from layertui.tui.common.format import safe_lines

    decoder = getincrementaldecoder("utf-8")("surrogateescape")
    size = pages.text.size
    check("unpacked", size, tr("the text has {size:,} bytes", size=size))
    progress.begin(tr("writing"), size)
    ended = False  # with CR, of which LF may follow in the next piece
    for start in range(0, size, _PIECE):
        piece = pages.text.read(start, start + _PIECE, progress)
        text = ("\r" if ended else "") + decoder.decode(piece, final=start + _PIECE >= size)
        ended = text.endswith("\r") and start + _PIECE < size
        out.write(safe_lines(text[:-1] if ended else text).encode())
        progress.advance(len(piece))
