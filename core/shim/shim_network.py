"""Starts and ends the network program of a container, one more process that ends with the shim.

Part of the shim: standard library only, see `shim.py`. Loaded if the plan names a network.
"""

import _socket as socket
import os
import select

TYPE_CHECKING = False  # as typing's, without its weight
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.shim.shim_frames import SuppressOSError
    from layertui.core.shim.shim_io import Stdio

    Spawn = Callable[[list[str], "Stdio | None", dict[int, int]], int]
else:  # we run by ourselves, without the package
    from shim_frames import SuppressOSError

READY_FD, EXIT_FD = 3, 4
ENDING_MS = 5000


class ShimNetwork:
    """A process that carries the packets of the container whose first process is `pid`. OSError where it comes to nothing."""

    def __init__(self, argv: "Sequence[str]", pid: str, spawn: "Spawn") -> None:
        ready, ready_theirs = os.pipe()
        exit_theirs, self.exit = os.pipe()
        told = os.open("network.log", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        fds = {0: null, 1: told, 2: told, READY_FD: ready_theirs, EXIT_FD: exit_theirs}
        self.process = spawn([pid if word == "PID" else word for word in argv], None, fds)
        for fd in set(fds.values()):
            os.close(fd)
        said = os.read(ready, 1)
        os.close(ready)
        if not said:
            raise OSError(0, complaint())

    def forward(self, request: str) -> None:
        """Publish a port, as slirp4netns is asked to."""
        api = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        api.connect("network")
        api.sendall(request.encode())
        api.shutdown(socket.SHUT_WR)
        answer = api.recv(4096)
        api.close()
        if b'"error"' in answer:
            raise OSError(0, "a port cannot be published: " + answer.decode("utf-8", "replace").strip())

    def end(self) -> None:
        """Let it end; its ports are free afterwards, also where it is the child of who runs as ours (pasta)."""
        last = -1
        with SuppressOSError(), open("network.pid", encoding="ascii") as note:
            last = os.pidfd_open(int(note.read()))
        os.close(self.exit)
        os.waitpid(self.process, 0)
        if last >= 0:
            watch = select.poll()
            watch.register(last, select.POLLIN)
            watch.poll(ENDING_MS)


def complaint() -> str:
    """What it said last: the reason, and what came of it."""
    with open("network.log", encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip() and "WARNING" not in line and "syslog" not in line]
    return ", ".join(lines[-2:]) or "it gave no reason"


def connected(plan: "dict[str, list[str]]", pid: str, spawn: "Spawn") -> ShimNetwork:
    """The network that the plan names, with its ports published."""
    network = ShimNetwork(plan["network"], pid, spawn)
    for request in plan.get("forward", ()):
        network.forward(request)
    return network
