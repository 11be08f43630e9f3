"""A bundle handed to a runtime, with no engine above it; and what came of it."""

import json
from dataclasses import replace

from layertui.core.containers.model.process_identity import Process as Identity
from layertui.core.containers.model.shim_session import client
from layertui.core.containers.runtimes.added_process import AddedProcess
from layertui.core.containers.runtimes.shim_launch import session_folder
from layertui.core.containers.runtimes.user_lookup import ContainerUser
from observed import code_of

SUPERUSER = ContainerUser(0, 0, (0,))
SHELL = ("/bin/sh", "-c")


class Started:
    """A bundle of one container, and what came of it."""

    def __init__(self, runtime, bundle):
        self.runtime, self.bundle = runtime, bundle

    def start(self):
        self.runtime.start(self.bundle)
        self.state = json.loads((self.bundle.folder / "state").read_text())
        self.process = Identity(self.state["pid"], self.state["start_time"])
        self.shim = Identity(self.state["shim"], self.state["shim_start_time"])
        return self

    def end(self):
        """The exit code."""
        assert self.shim.wait(20), "the shim goes on after its container"
        return json.loads((self.bundle.folder / "exit").read_text())["code"]

    def output(self, stream="stdout"):
        self.end()
        lines = (self.bundle.folder.parent / "log").read_bytes().split(b"\n")
        found = b""
        for line in lines:
            _, name, kind, text = (*line.split(b" ", 3), b"", b"", b"")[:4]
            if name == stream.encode():
                found += text + (b"\n" if kind == b"F" else b"")
        return found.decode()

    def exec(self, *args, **more):
        process = replace(self.bundle.spec.process, args=args, tty=False, **more)
        folder = session_folder(self.bundle.folder)
        with client(None, tty=False) as (ours, session):
            self.runtime.exec(
                AddedProcess(
                    container_id=self.bundle.spec.id,
                    run=self.bundle.folder,
                    folder=folder,
                    target=self.process,
                    process=process,
                    stdin=False,
                    client=ours,
                )
            )
        return code_of(session)
