"""The options that `create` and `run` share, and the value they are parsed to."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import NotFound, UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.model.container import CreateOptions
    from layertui.core.containers.model.mounts import Mount
    from layertui.tui.verbs.shared.cli_context import CliContext

_OPTIONS = (
    click.option("--name", metavar="NAME", help="Name; default: generated."),
    click.option(
        "-e",
        "--env",
        multiple=True,
        metavar="K=V",
        help="Environment variable; K without a value takes it from here.",
    ),
    click.option("--env-file", "env_files", multiple=True, metavar="FILE", help="A file with one K=V a line."),
    click.option("-w", "--workdir", metavar="DIR", help="Working directory of its process."),
    click.option("-u", "--user", metavar="USER", help="Name or UID, with :GROUP if wanted."),
    click.option("--group-add", "groups", multiple=True, metavar="GROUP", help="Additional group, by name or number."),
    click.option("--entrypoint", metavar="E", help="Override the image's entrypoint."),
    click.option("-t", "--tty", is_flag=True, help="A terminal for its process."),
    click.option("-i", "--interactive", is_flag=True, help="Keep its standard input open."),
    click.option("--read-only", is_flag=True, help="No writing to its root filesystem."),
    click.option(
        "-v",
        "--volume",
        "volumes",
        multiple=True,
        metavar="[SRC:]DST[:ro]",
        help="A folder of the host or a named volume, mounted at DST; without SRC an anonymous volume.",
    ),
    click.option(
        "--mount",
        "mounts",
        multiple=True,
        metavar="SPEC",
        help="The same in full: type=volume|bind|tmpfs,source=…,target=…,readonly.",
    ),
    click.option("--tmpfs", "memory_folders", multiple=True, metavar="PATH[:OPTS]", help="A tmpfs: size=, mode=, ro."),
    click.option(
        "--net",
        "--network",
        "net",
        metavar="MODE",
        help="none, host, slirp4netns, pasta, or default for the first of the last two that works; else none, or default with -p and for a daemon. "
        "slirp4netns:allow_host_loopback=true and pasta:--map-gw also reach services that listen only on the host's loopback.",
    ),
    click.option(
        "-p",
        "--publish",
        "published",
        multiple=True,
        metavar="[IP:]HOST:PORT[/udp]",
        help="Publish a port of the container on one of the host; without HOST on a free one.",
    ),
    click.option("-l", "--label", "labels", multiple=True, metavar="K=V", help="A label."),
    click.option("-h", "--hostname", metavar="NAME", help="Host name; default: its short ID."),
    click.option("-m", "--memory", metavar="SIZE", help="Memory limit, such as 512m."),
    click.option(
        "--memory-swap",
        "memory_swap",
        metavar="SIZE",
        help="Memory plus swap; -1: unlimited swap; default: twice -m.",
    ),
    click.option("--cpus", metavar="N", help="CPU limit, such as 1.5."),
    click.option("--shm-size", metavar="SIZE", help="Size of its shared memory, /dev/shm; default: 64m."),
    click.option(
        "--pids-limit",
        type=int,
        metavar="N",
        help="Process limit; default: 2048, where there is a cgroup. 0: no limit.",
    ),
    click.option(
        "--log-opt",
        "log_options",
        multiple=True,
        metavar="K=V",
        help="max-size=10m: how large a file of its log gets; max-file=3: how many there are.",
    ),
    click.option("--cap-add", multiple=True, metavar="CAP", help="Add a capability, or ALL."),
    click.option("--cap-drop", multiple=True, metavar="CAP", help="Drop a capability, or ALL."),
    click.option(
        "--security-opt", "security", multiple=True, metavar="OPT", help="no-new-privileges, or seccomp=unconfined."
    ),
    click.option("--init", is_flag=True, help="Run an init as its first process, which reaps zombies."),
    click.option("--stop-signal", metavar="SIG", help="Override the image's stop signal."),
    click.option(
        "--stop-timeout",
        type=click.IntRange(min=0),
        metavar="SECS",
        help="How long `stop` waits before SIGKILL; else 10.",
    ),
    click.option("--rm", "remove", is_flag=True, help="Remove it when its process has ended."),
)


def create_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `create`, which `run` takes too."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def options_from(context: CliContext, command: tuple[str, ...], given: dict[str, Any]) -> CreateOptions:
    """What the command line says, as a value."""
    from layertui.core.containers.model.container import SHM_SIZE, CreateOptions
    from layertui.core.containers.model.mounts import bytes_of
    from layertui.core.containers.model.ports import ports
    from layertui.core.containers.model.resource_limits import limits, log_options
    from layertui.core.containers.runtimes.isolation.capabilities import known

    if given["published"] and given["net"] == "host":
        context.warn(tr("published ports are discarded with the host's network: they are the host's already"))
    entrypoint = given["entrypoint"]
    no_new_privileges, confined = _security(given["security"])
    log_size, log_files = log_options(given["log_options"])
    return CreateOptions(
        name=given["name"],
        command=command or None,
        entrypoint=None if entrypoint is None else (entrypoint,) if entrypoint else (),
        env=(*environment(tuple(_lines(given["env_files"]))), *environment(given["env"])),
        user=given["user"],
        groups=given["groups"],
        working_dir=given["workdir"],
        tty=given["tty"],
        interactive=given["interactive"],
        read_only=given["read_only"],
        mounts=tuple(_mounts(given)),
        net=given["net"] if given["net"] is not None else _default_net(context, given),
        ports=tuple(port for spelled in given["published"] for port in ports(spelled)),
        labels=_labels(given["labels"]),
        remove=given["remove"],
        hostname=given["hostname"],
        limits=limits(given["memory"], given["memory_swap"], given["cpus"], given["pids_limit"]),
        shm_size=(bytes_of(given["shm_size"]) if given["shm_size"] else 0) or SHM_SIZE,
        log_size=log_size,
        log_files=log_files,
        cap_add=tuple(map(known, given["cap_add"])),
        cap_drop=tuple(map(known, given["cap_drop"])),
        no_new_privileges=no_new_privileges,
        confined=confined,
        init=given["init"],
        stop_signal=given["stop_signal"],
        stop_timeout=given["stop_timeout"],
    )


def _default_net(context: CliContext, given: dict[str, Any]) -> str:
    return "default" if given["published"] or is_daemons(context) else "none"


def is_daemons(context: CliContext) -> bool:
    """Whether containers are Docker Engine's or Podman's, for which the rules of their own command lines hold."""
    about = context.inspector.engine.about
    return about is not None and about.kind in ("docker", "podman")


def environment(given: tuple[str, ...]) -> tuple[str, ...]:
    """`K=V` as it is; `K` alone with our own value, or as it is where we have none: it takes the image's away, as docker has it.

    Raises UsageError for a value without a key.
    """
    ours = dict(os.environ)
    found = []
    for text in given:
        key, equals, _ = text.partition("=")
        if not key:
            raise UsageError(tr("invalid environment variable {text!r}: write K=V", text=text))
        found.append(f"{key}={ours[key]}" if not equals and key in ours else text)
    return tuple(found)


def _lines(files: Sequence[str]) -> Iterator[str]:
    """The variables of environment files; empty lines and comments are none."""
    from layertui.tui.verbs.image_verbs import given

    for name in files:
        try:
            with io.TextIOWrapper(given(name), encoding="utf-8", errors="surrogateescape") as file:
                lines = [line.rstrip("\r\n").lstrip() for line in file]
        except OSError as error:
            raise NotFound(tr("{name} cannot be read: {strerror}", name=name, strerror=error.strerror)) from error
        for line in lines:
            if not line or line.startswith("#"):
                continue
            if len(line.partition("=")[0].split()) != 1 or line.partition("=")[0][-1].isspace():
                raise UsageError(
                    tr(
                        "{name}: the name of a variable is one word, followed by =; there is {line!r}",
                        name=name,
                        line=line,
                    )
                )
            yield line


def _labels(given: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for text in given:
        key, _, value = text.partition("=")
        if not key:
            raise UsageError(tr("invalid label {text!r}: write K=V", text=text))
        labels[key] = value
    return labels


def _mounts(given: dict[str, Any]) -> Iterator[Mount]:
    from layertui.core.containers.model.mounts import mount, tmpfs, volume

    for read, name in ((volume, "volumes"), (mount, "mounts"), (tmpfs, "memory_folders")):
        yield from map(read, given[name])


def _security(given: Sequence[str]) -> tuple[bool, bool]:
    """Whether no privileges can be gained, and whether system calls are filtered."""
    no_new_privileges, confined = False, True
    for text in given:
        key, _, value = text.replace(":", "=", 1).partition("=")
        if key == "no-new-privileges" and value in ("", "true", "false"):
            no_new_privileges = value != "false"
        elif key == "seccomp" and value in ("unconfined", "builtin"):
            confined = value == "builtin"
        else:
            raise UsageError(
                tr("invalid --security-opt {text!r}: there are no-new-privileges and seccomp=unconfined", text=text)
            )
    return no_new_privileges, confined
