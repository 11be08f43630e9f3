"""A container and its state, and which command is allowed in which state.

A container is its image plus one writable layer. These values describe a container at one moment. `records.py` reads
and writes them. Whether its process is alive is read from the kernel, never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.errors import WrongState
from layertui.core.language.texts import marked, tr
from layertui.core.oci.digest import Digest

STOP_SIGNAL = "SIGTERM"
SHM_SIZE = 64 << 20  # as in docker


class State(StrEnum):
    """The state of a container, with docker's names."""

    CREATED = "created"
    """It has its writable layer, but no process and no namespaces."""
    RUNNING = "running"
    PAUSED = "paused"
    EXITED = "exited"
    DEAD = "dead"
    """Partly removed; it can only be removed again."""

    @property
    def word(self) -> str:
        """Its name in the user's language."""
        return tr(_STATE_WORDS[self])

    @property
    def alive(self) -> bool:
        """Whether it has a process."""
        return self in (State.RUNNING, State.PAUSED)


_STATE_WORDS = {
    State.CREATED: marked("created"),
    State.RUNNING: marked("running"),
    State.PAUSED: marked("paused"),
    State.EXITED: marked("exited"),
    State.DEAD: marked("dead"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOptions:
    """The options of `create`. None and empty mean: as in the image."""

    name: str | None = None
    command: tuple[str, ...] | None = None
    """The words after IMAGE, instead of the image's Cmd."""
    entrypoint: tuple[str, ...] | None = None
    """Instead of the image's Entrypoint, whose Cmd is then ignored too; `("",)` and `()` mean none."""
    env: tuple[str, ...] = ()
    """`K=V`, added to the image's."""
    user: str | None = None
    working_dir: str | None = None
    tty: bool = False
    interactive: bool = False
    """Keep standard input open without a client."""
    input_once: bool = True
    """Standard input ends when a client's ends; otherwise it stays open for the next client, as for `run -d -i`."""
    read_only: bool = False
    net: str = "none"
    ports: tuple[Port, ...] = ()
    """Published at its start, if the network supports it."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    remove: bool = False
    """Remove it when its process ends."""
    hostname: str | None = None
    stop_signal: str | None = None
    stop_timeout: int | None = None
    """Seconds between the stop signal and SIGKILL."""
    groups: tuple[str, ...] = ()
    """Names or numbers, besides the user's own."""
    mounts: tuple[Mount, ...] = ()
    limits: Limits = field(default_factory=Limits)
    shm_size: int = SHM_SIZE
    """Bytes of `/dev/shm`."""
    log_size: int | None = None
    """Bytes of one log file; 0: no limit."""
    log_files: int | None = None
    init: bool = False
    """Run an init of the host as the first process, with the command as its child."""
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    no_new_privileges: bool = False
    confined: bool = True
    """Whether docker's seccomp filter applies."""

    @property
    def own_volumes(self) -> tuple[str, ...]:
        """The paths of its anonymous volumes: folders of the writable layer that diff, commit and export leave out."""
        return tuple(mount.target for mount in self.mounts if mount.kind == "volume" and not mount.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecOptions:
    """The options of `exec`. None and empty mean: as the container's first process."""

    env: tuple[str, ...] = ()
    """`K=V`, added to the container's."""
    user: str | None = None
    working_dir: str | None = None
    tty: bool = False
    """Use a terminal as its three standard streams; otherwise they are pipes."""
    stdin: bool = False
    """Whether it gets input, without a terminal; otherwise its standard input is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container at one moment."""

    id: str
    """64 hex digits."""
    name: str
    image: str
    """The image's name as given to `create`."""
    image_id: Digest
    manifest: Digest | None
    """The digest of its image's manifest; None in an engine that keeps images without one."""
    command: tuple[str, ...]
    """Entrypoint and command of its process."""
    created: str
    state: State = State.CREATED
    pid: int | None = 0
    """The pid of its first process on the host; 0 without one, None for a process of another machine."""
    exit_code: int = 0
    started: str | None = None
    finished: str | None = None
    options: CreateOptions = field(default_factory=CreateOptions)
    reason: str | None = None
    """Why it ended or did not start, if the exit code does not say everything."""
    stop_signal: str = STOP_SIGNAL
    paused_by: str | None = None
    """`freezer`, which processes cannot notice, or `signals`; None if it is not paused."""
    net: str = "none"
    """Its network; while it runs, never `default`."""
    published: tuple[Port, ...] = ()
    """Its ports that can be reached from the host while it runs."""
    oom_killed: bool = False
    """Whether the kernel has killed a process of it for lack of memory."""
    lost: bool = False
    """Whether it ended, or will be ended, and its end is not recorded yet: see `lost_containers.py`."""
    image_volumes: tuple[str, ...] | None = None
    """The paths that its image declares as volumes; None if they were not recorded by `create`: read the image then."""

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
# What cannot be done, and what to do instead.
_REFUSALS = {
    "start": (marked("cannot start container {name}: it is {state}; {advice}"), marked("remove it")),
    "kill": (marked("cannot kill container {name}: it is {state}; {advice}"), marked("start it first")),
    "pause": (marked("cannot pause container {name}: it is {state}; {advice}"), marked("start it first")),
    "unpause": (marked("cannot unpause container {name}: it is {state}; {advice}"), marked("there is nothing to do")),
    "exec": (marked("cannot exec container {name}: it is {state}; {advice}"), marked("start it first")),
    "attach to": (marked("cannot attach to container {name}: it is {state}; {advice}"), marked("start it first")),
    "look into": (marked("cannot look into container {name}: it is {state}; {advice}"), marked("start it first")),
    "remove": (
        marked("cannot remove container {name}: it is {state}; {advice}"),
        marked("stop it first, or force it (-f)"),
    ),
    "write to": (marked("cannot write to container {name}: it is {state}; {advice}"), marked("remove it")),
}


def require(container: Container, verb: str) -> None:
    """Raise WrongState unless the container's state allows `verb`."""
    if container.state not in _ALLOWED[verb]:
        refusal, advice = _REFUSALS[verb]
        if container.state is State.PAUSED and verb != "remove":
            advice = marked("unpause it first")
        raise WrongState(tr(refusal, name=container.name, state=container.state.word, advice=tr(advice)))
