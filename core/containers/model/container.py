"""A container and its state, and which command is allowed in which state.

A container is its image plus one writable layer. These values describe a container at one moment. `records.py` reads
and writes them. Whether its process is alive is asked of the kernel, never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.errors import WrongState
from layertui.core.oci.digest import Digest

STOP_SIGNAL = "SIGTERM"
SHM_SIZE = 64 << 20  # docker's


class State(StrEnum):
    """Where a container is in its life, in docker's words."""

    CREATED = "created"
    """It has its writable layer and nothing else: no process, no namespaces."""
    RUNNING = "running"
    PAUSED = "paused"
    EXITED = "exited"
    DEAD = "dead"
    """Half removed; it can only be removed again."""

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self in (State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOptions:
    """What `create` was asked for. None and empty mean: as the image says."""

    name: str | None = None
    command: tuple[str, ...] | None = None
    """The words after IMAGE, in place of the image's Cmd."""
    entrypoint: tuple[str, ...] | None = None
    """In place of the image's Entrypoint, whose Cmd then does not count either; `("",)` and `()` mean none."""
    env: tuple[str, ...] = ()
    """`K=V`, on top of the image's."""
    user: str | None = None
    working_dir: str | None = None
    tty: bool = False
    interactive: bool = False
    """Standard input stays open though nobody is attached."""
    input_once: bool = True
    """It ends when that of somebody who is attached ends; else it goes on for who is attached next, as by `run -d -i`."""
    read_only: bool = False
    net: str = "none"
    ports: tuple[Port, ...] = ()
    """Published as it starts, where the network can."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    remove: bool = False
    """Removed as soon as its process ends."""
    hostname: str | None = None
    stop_signal: str | None = None
    stop_timeout: int | None = None
    """Seconds between the stop signal and SIGKILL."""
    groups: tuple[str, ...] = ()
    """Names or numbers, besides the user's own."""
    mounts: tuple[Mount, ...] = ()
    limits: Limits = field(default_factory=Limits)
    shm_size: int = SHM_SIZE
    """Bytes that its shared memory, `/dev/shm`, may take."""
    log_size: int | None = None
    """Bytes that one file of its log may take; 0 for as many as come."""
    log_files: int | None = None
    init: bool = False
    """Its first process is an init of the host, and its command a child of that."""
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    no_new_privileges: bool = False
    confined: bool = True
    """Whether system calls go through docker's filter."""

    @property
    def own_volumes(self) -> tuple[str, ...]:
        """Where it has volumes without a name: folders of its own layer that diff, commit and export leave out."""
        return tuple(mount.target for mount in self.mounts if mount.kind == "volume" and not mount.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecOptions:
    """What `exec` was asked for beside a command. None and empty mean: as the container's first process has it."""

    env: tuple[str, ...] = ()
    """`K=V`, on top of the container's."""
    user: str | None = None
    working_dir: str | None = None
    tty: bool = False
    """A terminal of its own, as its three standard streams; else they are pipes."""
    stdin: bool = False
    """Whether something may be typed for it, where it has no terminal; else it reads an end at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container as it is at this moment."""

    id: str
    """64 hex digits."""
    name: str
    image: str
    """The image as `create` named it."""
    image_id: Digest
    manifest: Digest | None
    """The digest of its image's manifest; None in an engine that keeps images without one."""
    command: tuple[str, ...]
    """What its process is: entrypoint and command."""
    created: str
    state: State = State.CREATED
    pid: int | None = 0
    """Its first process as the host sees it; 0 while there is none, None where it is a process of another machine."""
    exit_code: int = 0
    started: str | None = None
    finished: str | None = None
    options: CreateOptions = field(default_factory=CreateOptions)
    reason: str | None = None
    """Why it ended or did not start, where there is more to say than the exit code."""
    stop_signal: str = STOP_SIGNAL
    paused_by: str | None = None
    """`freezer`, of which its processes see nothing, or `signals`; None while it is not paused."""
    net: str = "none"
    """The network that it has; `default` is one of them once it runs."""
    published: tuple[Port, ...] = ()
    """Its ports that are reached from the host while it runs."""
    oom_killed: bool = False
    """Whether the kernel has killed a process of it because its memory was used up."""
    lost: bool = False
    """Whether it ended, or is about to be ended, and nobody has written that down yet: see `lost.py`."""
    image_volumes: tuple[str, ...] | None = None
    """The paths that its image declares as volumes; None where that was not recorded at its creation, and only the image tells."""

    @property
    def short_id(self) -> str:
        """The first twelve digits, as docker shows them."""
        return self.id[:12]


_ALLOWED = {
    "start": (State.CREATED, State.EXITED, State.RUNNING),
    "kill": (State.RUNNING, State.PAUSED),
    "pause": (State.RUNNING,),
    "unpause": (State.PAUSED,),
    "exec": (State.RUNNING,),
    "attach to": (State.RUNNING,),
    "look into": (State.RUNNING, State.PAUSED),
    "remove": (State.CREATED, State.EXITED, State.DEAD),
    "write to": (State.CREATED, State.RUNNING, State.PAUSED, State.EXITED),
}
_ADVICE = {
    "start": "remove it",
    "kill": "start it first",
    "pause": "start it first",
    "unpause": "there is nothing to do",
    "exec": "start it first",
    "attach to": "start it first",
    "look into": "start it first",
    "remove": "stop it first, or force it (-f)",
    "write to": "remove it",
}


def require(container: Container, verb: str) -> None:
    """Raise WrongState unless `verb` may be done to the container as it is now."""
    if container.state not in _ALLOWED[verb]:
        advice = _ADVICE[verb] if container.state is not State.PAUSED or verb == "remove" else "unpause it first"
        raise WrongState(f"cannot {verb} container {container.name}: it is {container.state}; {advice}")
