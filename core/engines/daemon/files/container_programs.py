"""Runs one of a container's own programs in it, for changes that a daemon's API has no call for."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import ExecOptions
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.engines.container_protocols import Processes

_OUTPUT = 4 << 10  # bytes at the end of what it says, for an error


def run(processes: Processes, container: str, argv: Sequence[str]) -> bool:
    """Run a program as the container's root, to its end; False where the container has none of that name.

    Raises LayertuiError, with what it says, where it fails.
    """
    output = b""
    try:
        with processes.exec(container, argv, ExecOptions(user="0")) as session:
            poll = select.poll()
            poll.register(session, select.POLLIN)
            while not session.ended:
                poll.poll()
                for _, piece in session.receive():
                    output = (output + piece)[-_OUTPUT:]
            code = session.code
    except (CommandNotFound, CommandNotExecutable):
        return False
    if code:
        said = " ".join(output.decode(errors="replace").split())
        raise LayertuiError(said or tr("{argv} in the container ended with {code}", argv=argv[0], code=code))
    return True
