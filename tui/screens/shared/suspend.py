"""Suspends the screen while another program has the terminal, and restores it when that has ended."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from signal import SIG_DFL, SIGHUP, SIGINT, SIGTERM
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import SuspendNotSupported

from layertui.core.errors import LayertuiError
from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from textual.app import App

    from layertui.core.containers.model.session import Session

T = TypeVar("T")

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def aside(app: App[Any], run: Callable[[], T]) -> T:
    """What `run` gives, which has the terminal meanwhile. LayertuiError where there is none to hand over."""
    from layertui.tui.common.terminal import handling

    try:
        # The screen waits and could not leave when asked to; and there is no screen to be put away.
        # Ctrl-C is then for who has the terminal, but tells us too.
        with app.suspend(), handling({SIGTERM: SIG_DFL, SIGHUP: SIG_DFL, SIGINT: _not_for_us}):
            return run()
    except SuspendNotSupported as error:
        raise LayertuiError("this needs a terminal, which layertui does not have here") from error


def _not_for_us(_number: int, _frame: FrameType | None) -> None:
    """Unlike SIG_IGN, what a program begins with is the default."""


def in_session(app: App[Any], session: Session, name: str) -> bool:
    """Be in a session until its process has ended; False if the user detached before."""
    from layertui.tui.common import terminal

    def run() -> bool:
        print(f"In {safe(name)}. `exit` returns to layertui; Ctrl-P Ctrl-Q returns and keeps it running.", flush=True)  # noqa: T201
        return terminal.carry(session, typing=True)

    with session:
        return aside(app, run)


def edited(app: App[Any], editor: str, path: str, content: bytes) -> bytes:
    """What the user makes of a file in an editor of the host, which sees a file of the same name. LayertuiError if it fails."""
    name = path.rpartition("/")[2]
    with tempfile.TemporaryDirectory(prefix="layertui-") as folder:
        file = Path(folder, name if _PLAIN.fullmatch(name) else "file")
        file.write_bytes(content)
        try:
            code = aside(app, lambda: subprocess.run([*shlex.split(editor), str(file)], check=False).returncode)
            if code:
                raise LayertuiError(f"{editor} ended with exit code {code}; the text is unchanged")
            return file.read_bytes()
        except (OSError, ValueError) as error:
            raise LayertuiError(f"{editor} cannot be used: {error}; set EDITOR to another one") from error
