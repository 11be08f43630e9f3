"""The differences between two configs, field by field, and what each means for a container of the second image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertui.core.oci.image_config import ImageConfig

# Each field by its Dockerfile instruction; a field without one by its own name.
_INSTRUCTIONS = {
    "cmd": "CMD",
    "entrypoint": "ENTRYPOINT",
    "env": "ENV",
    "user": "USER",
    "working_dir": "WORKDIR",
    "labels": "LABEL",
    "exposed_ports": "EXPOSE",
    "volumes": "VOLUME",
    "stop_signal": "STOPSIGNAL",
    "healthcheck": "HEALTHCHECK",
    "on_build": "ONBUILD",
    "shell": "SHELL",
}


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """One field of the config that differs; None if one side does not have it."""

    field: str
    """`cmd`, `env.PATH`, `labels.stage` …"""
    a: Any
    b: Any
    meaning: str = ""
    """What it means for a container of the second image, compared with one of the first; may be empty."""

    @property
    def name(self) -> str:
        """The field as a Dockerfile names it: `CMD`, `ENV PATH`. The part after the instruction is untrusted."""
        field, _, part = self.field.partition(".")
        name = _INSTRUCTIONS.get(field, field)
        return f"{name} {part}" if part else name


def config_differences(a: ImageConfig, b: ImageConfig) -> Iterator[ConfigDifference]:
    """The fields that differ: environment variables and labels one by one, all others as a whole.

    The time of creation and the history are left out: they say how an image was made, not what it is.
    """
    ours, theirs = _whole(a), _whole(b)
    startable = _starts(b)
    for name in ours:
        if ours[name] != theirs[name]:
            meaning = _meaning(name, ours[name], theirs[name], starts=startable)
            yield ConfigDifference(name, ours[name], theirs[name], meaning)
    ours, theirs = _one_by_one(a), _one_by_one(b)
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        if one != other:
            yield ConfigDifference(name, one, other, _meaning(name, one, other, starts=startable))


def _whole(config: ImageConfig) -> dict[str, Any]:
    run = config.config
    return {
        "os": config.os or None,
        "architecture": config.architecture or None,
        "variant": config.variant or None,
        "author": config.author or None,
        "entrypoint": _texts(run.entrypoint),
        "cmd": _texts(run.cmd),
        "user": run.user or None,
        "working_dir": run.working_dir or None,
        "exposed_ports": sorted(run.exposed_ports) or None,
        "volumes": sorted(run.volumes) or None,
        "stop_signal": run.stop_signal or None,
        "healthcheck": None if run.healthcheck is None else dict(run.healthcheck),
        "on_build": _texts(run.on_build or None),
        "shell": _texts(run.shell),
    }


def _one_by_one(config: ImageConfig) -> dict[str, Any]:
    # Of a repeated variable the last one counts, as for the process.
    pairs = (text.partition("=") for text in config.config.env)
    fields = {f"env.{name}": value for name, _, value in pairs}
    return fields | {f"labels.{name}": value for name, value in config.config.labels.items()}


def _texts(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _starts(config: ImageConfig) -> bool:
    """Whether a container starts without a command of its own."""
    return bool(config.config.entrypoint or config.config.cmd)


# ---------------------------------------------------------------- meanings


def _meaning(field: str, a: Any, b: Any, *, starts: bool) -> str:
    """One sentence about a container of the second image."""
    if field in ("cmd", "entrypoint") and not starts:
        return tr("will no longer start: no command")
    if field == "user":
        return _whose(a, b)
    if field.startswith("env."):
        return _variable(field[len("env.") :], b)
    meaning = _MEANINGS.get(field)
    if meaning is None:
        return ""
    return meaning(a, b) if callable(meaning) else meaning


def _whose(a: str | None, b: str | None) -> str:
    ours, theirs = (_is_root(user) for user in (a, b))
    if ours == theirs:
        return "" if ours else tr("its process runs as another user")
    return tr("its process runs as root now") if theirs else tr("its process no longer runs as root")


def _is_root(user: str | None) -> bool:
    return (user or "").partition(":")[0] in ("", "0", "root")


def _variable(name: str, value: str | None) -> str:
    if name == "PATH":
        return (
            tr("programs are looked for in other folders")
            if value is not None
            else tr("programs are looked for in the default folders only")
        )
    if name.startswith("LD_"):
        return tr("programs may load other libraries")
    return tr("programs that read it find it unset") if value is None else ""


def _one_way_or_other(gone: str, new: str, other: str) -> Callable[[Any, Any], str]:
    def meaning(a: Any, b: Any) -> str:
        if b is None:
            return gone
        return new if a is None else other

    return meaning


_MEANINGS: dict[str, str | Callable[[Any, Any], str]] = {
    "cmd": _one_way_or_other(
        tr("the entrypoint runs without arguments unless some are given"),
        tr("something runs now when no command is given"),
        tr("something else runs when no command is given"),
    ),
    "entrypoint": _one_way_or_other(
        tr("a command is run itself now, no longer given to a program as its arguments"),
        tr("a command that is given becomes this program's arguments"),
        tr("another program runs first and gets the command as its arguments"),
    ),
    "working_dir": tr("relative paths start in another folder"),
    "exposed_ports": tr("other ports are published with `-P`; none is opened by itself"),
    "volumes": _one_way_or_other(
        tr("what is written there is in the container's writable layer now, and goes with it when that is deleted"),
        tr("what is written there is kept outside of the container's writable layer"),
        tr("other folders are kept outside of the container's writable layer"),
    ),
    "stop_signal": tr("`stop` asks its process with another signal"),
    "healthcheck": _one_way_or_other(
        tr("its health is no longer checked"),
        tr("its health is checked now"),
        tr("its health is checked in another way"),
    ),
    "on_build": tr("other steps are done when an image is built on it"),
    "shell": tr("commands written as plain text are run by another shell when an image is built on it"),
    "os": tr("runs on another system"),
    "architecture": tr("runs on other processors"),
    "variant": tr("runs on other processors"),
}
