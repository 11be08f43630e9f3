"""Shim: the process that starts a runtime and stays beside the container, as its parent sees it until it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from layertui.core.containers.model.shim_session import NOBODY, Client
from layertui.core.errors import StorageError
from layertui.core.fs.atomic import write_private
from layertui.core.language.texts import tr

SHIM = Path(__file__).parents[2] / "shim" / "shim.py"


class ShimLost(StorageError):
    """The shim ended without an answer: what it has started has no parent."""


Plan = Iterable[tuple[str, str]]  # keys and values; a key may be repeated


class Shim:
    """A shim's process, which waits for its plan.

    Half of a shim's start is that of Python, which runs in parallel if the shim is started early.
    """

    def __init__(self, folder: Path, client: Client = NOBODY) -> None:
        self._folder, self.client = folder, client
        command = [sys.executable or "python3", "-I", "-S", str(SHIM), str(folder)]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
        # Its standard error is ours: it has only tracebacks, which must not get lost in a log that is never read.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            pass_fds=() if client.fd is None else (client.fd,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A shim without a plan exits."""
        if self.process.returncode is None:
            self.process.communicate()

    def run_plan(self, plan: Plan) -> tuple[bytes, str] | None:
        """Send the plan, and wait: None if all went well, else the launcher's status and the runtime's error message.

        Raises ShimLost.
        """
        text = "\0".join(f"{key}={value}" for key, value in (*plan, *self.client.plan()))
        write_private(self._folder / "plan", text.encode("utf-8", "surrogateescape"))
        out, errors = self.process.communicate(b"go")
        word, _, rest = out.partition(b" ")
        if word == b"ok":
            return None
        if word != b"failed":
            lines = errors.decode("utf-8", "replace").strip().splitlines()
            why = (
                tr("ended early: {lines}", lines=lines[-1])
                if lines
                else tr("was killed while it started the container; start it again")
            )
            raise ShimLost(tr("the container's shim {why}", why=why))
        report, _, output = rest.partition(b" ")
        return bytes.fromhex(report.decode()), output.decode("utf-8", "replace").strip()
