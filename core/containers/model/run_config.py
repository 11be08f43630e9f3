"""With what a container runs: its image's config, and what `create` was given instead. Pure values, as docker has them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from layertui.core.containers.model.container import Container, CreateOptions
from layertui.core.errors import LayertuiError, UsageError
from layertui.core.oci.image_config import ExecConfig

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def config_of(config: ExecConfig, container: Container) -> ExecConfig:
    """The config with which the container runs: the image's, and what `create` was given instead.

    As docker has it, without triggers and the shell of shell forms: those are for builds, and no container has them.
    """
    options = container.options
    entrypoint, command = command_of(config, options)
    return replace(
        config,
        entrypoint=entrypoint or None,
        cmd=command or None,
        env=tuple(asked_env(config.env, options.env)),
        user=options.user or config.user,
        working_dir=written_dir(options.working_dir or config.working_dir),
        labels={**config.labels, **options.labels},
        stop_signal=options.stop_signal or config.stop_signal,
        volumes=tuple(dict.fromkeys((*config.volumes, *options.own_volumes))),
        on_build=(),
        shell=None,
    )


def command_of(config: ExecConfig, options: CreateOptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Entrypoint and command. LayertuiError where there is nothing to execute."""
    entrypoint, cmd = config.entrypoint or (), options.command
    if options.entrypoint is not None:
        entrypoint = (
            tuple(word for word in options.entrypoint if word) if options.entrypoint == ("",) else options.entrypoint
        )
        cmd = cmd or ()
    elif not cmd:
        cmd = config.cmd or ()
    if not entrypoint + cmd:
        raise LayertuiError("no command specified: neither the image nor the command line names one")
    return entrypoint, cmd


def environment(config: ExecConfig, options: CreateOptions, hostname: str, home: str) -> tuple[str, ...]:
    """Docker's few, the options', the image's that these leave; HOME, where nobody has set it, at the end: docker's order."""
    asked = asked_env(config.env, options.env)
    found = merged([PATH, f"HOSTNAME={hostname}", *(["TERM=xterm"] if options.tty else []), *options.env, *asked])
    return tuple(found if any(pair.startswith("HOME=") for pair in found) else [*found, f"HOME={home}"])


def asked_env(image: Iterable[str], given: Sequence[str]) -> list[str]:
    """What a container's config has: those given, then the image's that these leave; a name alone takes the image's away."""
    names = {pair.partition("=")[0] for pair in given}
    return merged([*given, *(pair for pair in image if pair.partition("=")[0] not in names)])


def merged(pairs: Iterable[str]) -> list[str]:
    """Each variable once, at its first place, with its last value; a bare name is taken from nowhere and left out."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, _ = pair.partition("=")
        if equals and name:
            found[name] = pair
        elif not equals:
            found.pop(name, None)
    return list(found.values())


def working_dir(config: ExecConfig, options: CreateOptions) -> str:
    """An absolute path; a relative one counts from the root."""
    return os.path.normpath("/" + written_dir(options.working_dir or config.working_dir).lstrip("/"))


def written_dir(path: str) -> str:
    """A working folder as docker writes it down: without `..` and doubled slashes, empty where there is none."""
    return os.path.normpath(re.sub("^/+", "/", path)) if path else ""


def require_absolute(folder: str | None) -> None:
    """UsageError for a working folder that the command line gives as a relative path; an image may have one."""
    if folder and not folder.startswith("/"):
        raise UsageError(f"{folder!r} cannot be the working folder; write an absolute path")
