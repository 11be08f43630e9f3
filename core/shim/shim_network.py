"""Starts and ends the network program of a container, one more process that ends with the shim.

Part of the shim: standard library only, see `shim.py`. Loaded if the plan names a network.
"""

import _socket as socket
import os
import select

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.shim.shim_frames import SuppressOSError
    from layertui.core.shim.shim_io import Stdio

    Spawn = Callable[[list[str], "Stdio | None", dict[int, int]], int]
else:  # run as a script, without the package
    from shim_frames import SuppressOSError

READY_FD, EXIT_FD = 3, 4
ENDING_MS = 5000


class ShimNetwork:
    """A process that forwards the packets of the container with the first process `pid`. Raises OSError if it fails."""

    def __init__(self, argv: "Sequence[str]", pid: str, spawn: "Spawn") -> None:
        ready, ready_theirs = os.pipe()
        exit_theirs, self.exit = os.pipe()
        log = os.open("network.log", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        fds = {0: null, 1: log, 2: log, READY_FD: ready_theirs, EXIT_FD: exit_theirs}
        self.process = spawn([pid if word == "PID" else word for word in argv], None, fds)
        for fd in set(fds.values()):
            os.close(fd)
        said = os.read(ready, 1)
        os.close(ready)
        if not said:
            raise OSError(0, complaint())

    def forward(self, request: str) -> None:
        """Publish a port, with a request to slirp4netns."""
        api = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        api.connect("network")
        api.sendall(request.encode())
        api.shutdown(socket.SHUT_WR)
        answer = api.recv(4096)
        api.close()
        if b'"error"' in answer:
            raise OSError(0, "a port cannot be published: " + answer.decode("utf-8", "replace").strip())

    def end(self) -> None:
        """End it; afterwards its ports are free, also if it is the child of a process that runs as us (pasta)."""
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
    """Its last messages: the reason, and the consequence."""
    with open("network.log", encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip() and "WARNING" not in line and "syslog" not in line]
    return ", ".join(lines[-2:]) or "it gave no reason"


def connected(plan: "dict[str, list[str]]", pid: str, spawn: "Spawn") -> ShimNetwork:
    """Start the plan's network program, with its ports published. Raises OSError."""
    network = ShimNetwork(plan["network"], pid, spawn)
    for request in plan.get("forward", ()):
        network.forward(request)
    return network
