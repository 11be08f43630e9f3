"""The effective configuration of a container: its image's config, and the options of `create`. Pure values, as in docker."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from layertui.core.containers.model.container import Container, CreateOptions
from layertui.core.errors import LayertuiError, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.image_config import ExecConfig

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def config_of(config: ExecConfig, container: Container) -> ExecConfig:
    """The config of a container: the image's, with the options of `create` applied.

    As in docker, without ONBUILD triggers and SHELL: those are for builds.
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
    """Entrypoint and command. Raises LayertuiError if there is nothing to execute."""
    entrypoint, cmd = config.entrypoint or (), options.command
    if options.entrypoint is not None:
        entrypoint = (
            tuple(word for word in options.entrypoint if word) if options.entrypoint == ("",) else options.entrypoint
        )
        cmd = cmd or ()
    elif not cmd:
        cmd = config.cmd or ()
    if not entrypoint + cmd:
        raise LayertuiError(tr("no command specified: neither the image nor the command line names one"))
    return entrypoint, cmd


def environment(config: ExecConfig, options: CreateOptions, hostname: str, home: str) -> tuple[str, ...]:
    """The environment in docker's order: docker's own variables, the options', the image's others; HOME last, if not set."""
    asked = asked_env(config.env, options.env)
    found = merged([PATH, f"HOSTNAME={hostname}", *(["TERM=xterm"] if options.tty else []), *options.env, *asked])
    return tuple(found if any(pair.startswith("HOME=") for pair in found) else [*found, f"HOME={home}"])


def asked_env(image: Iterable[str], given: Sequence[str]) -> list[str]:
    """The variables in a container's config: those given, then the image's others; a name without a value removes the image's."""
    names = {pair.partition("=")[0] for pair in given}
    return merged([*given, *(pair for pair in image if pair.partition("=")[0] not in names)])


def merged(pairs: Iterable[str]) -> list[str]:
    """Each variable once, at its first position, with its last value; a name without a value is left out."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, _ = pair.partition("=")
        if equals and name:
            found[name] = pair
        elif not equals:
            found.pop(name, None)
    return list(found.values())


def working_dir(config: ExecConfig, options: CreateOptions) -> str:
    """The absolute working folder; a relative one is relative to the root."""
    return os.path.normpath("/" + written_dir(options.working_dir or config.working_dir).lstrip("/"))


def written_dir(path: str) -> str:
    """A working folder as docker records it: without `..` and doubled slashes, empty if there is none."""
    return os.path.normpath(re.sub("^/+", "/", path)) if path else ""


def require_absolute(folder: str | None) -> None:
    """Raise UsageError for a relative working folder on the command line; an image may have one."""
    if folder and not folder.startswith("/"):
        raise UsageError(tr("{folder!r} cannot be the working folder; write an absolute path", folder=folder))
