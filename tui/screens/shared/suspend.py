"""Suspends the screen while another program has the terminal, and restores it when that has ended."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from signal import SIG_DFL, SIGHUP, SIGINT, SIGTERM
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import SuspendNotSupported

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from textual.app import App

    from layertui.core.containers.model.session import Session

T = TypeVar("T")

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def suspended(app: App[Any], run: Callable[[], T]) -> T:
    """The result of `run`, which has the terminal meanwhile. Raises LayertuiError if there is no terminal."""
    from layertui.tui.common.terminal import handling

    done: Future[T] = Future()
    try:
        # The screen waits, and could not end on a signal; and there is no screen to remove.
        # Ctrl-C is for the program in the terminal, but is sent to us too.
        with app.suspend(), handling({SIGTERM: SIG_DFL, SIGHUP: SIG_DFL, SIGINT: _not_for_us}):
            try:
                done.set_result(run())
            except Exception as error:  # noqa: BLE001 - raised below: Textual draws no screen again after an error in suspend()
                done.set_exception(error)
    except SuspendNotSupported as error:
        raise LayertuiError(tr("this needs a terminal, which layertui does not have here")) from error
    return done.result()


def _not_for_us(_number: int, _frame: FrameType | None) -> None:
    """Unlike with SIG_IGN, a started program gets the default handler."""


def in_session(app: App[Any], session: Session, name: str) -> bool:
    """Run a session until its process has ended; False if the user detached before."""
    from layertui.tui.common import terminal

    def run() -> bool:
        print(  # noqa: T201
            tr("In {name}. `exit` returns to layertui; Ctrl-P Ctrl-Q returns and keeps it running.", name=safe(name)),
            flush=True,
        )
        return terminal.carry(session, typing=True)

    with session:
        return suspended(app, run)


def edited(app: App[Any], editor: str, path: str, content: bytes) -> bytes:
    """The content of a file after the user has edited it in an editor on the host, as a file of the same name. Raises LayertuiError."""
    with tempfile.TemporaryDirectory(prefix="layertui-") as folder:
        file = copy_in(folder, path)
        file.write_bytes(content)
        if code := in_editor(app, editor, file):
            raise LayertuiError(tr("{program_ended}; the text is unchanged", program_ended=how_it_ended(editor, code)))
        return file.read_bytes()


def how_it_ended(program: str, code: int) -> str:
    """In words, an exit code of `subprocess`, which is negative after a signal."""
    if code < 0:
        return tr("{program} was ended by signal {signal}", program=program, signal=-code)
    return tr("{program} ended with exit code {code}", program=program, code=code)


def copy_in(folder: str, path: str) -> Path:
    """The path of a copy in a folder: of the same name, where that is a plain one, as editors go by its ending."""
    name = path.rpartition("/")[2]
    return Path(folder, name if _PLAIN.fullmatch(name) else "file")


def in_editor(app: App[Any], editor: str, file: Path) -> int:
    """Open a file of the host in the user's editor, in this terminal; its exit code. Raises LayertuiError."""
    return _in_program(app, editor, file, "EDITOR")


def in_pager(app: App[Any], pager: str, file: Path) -> int:
    """The same in the user's pager."""
    return _in_program(app, pager, file, "PAGER")


def _in_program(app: App[Any], program: str, file: Path, variable: str) -> int:
    try:
        return suspended(app, lambda: subprocess.run([*shlex.split(program), str(file)], check=False).returncode)
    except (OSError, ValueError) as error:
        raise LayertuiError(
            tr(
                "{program} cannot be used: {error}; set {variable} to another one",
                program=program,
                error=error.strerror if isinstance(error, OSError) else error,
                variable=variable,
            )
        ) from error
