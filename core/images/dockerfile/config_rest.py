"""What an image's config has that the instructions of its Dockerfile do not set: as further instructions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from layertui.core.errors import UsageError
from layertui.core.images.dockerfile.dockerfile_text import is_one_line, json_array, json_words
from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.config_instructions import changes_of
from layertui.core.oci.image_config import ExecConfig

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FROM_SCRATCH = ExecConfig(env=(f"PATH={_PATH}",))
"""What builders begin with."""
CONFIG_INSTRUCTIONS = frozenset(
    ["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"]
)
_SECOND = 10**9
_OPTIONS = {
    "Interval": "interval",
    "Timeout": "timeout",
    "StartPeriod": "start-period",
    "StartInterval": "start-interval",
}


def built_config(config: ExecConfig, instructions: Iterable[tuple[str, str]]) -> ExecConfig:
    """The config after these instructions, each a word and its arguments; those that change files are left out."""
    is_cmd_set = False
    for word, arguments in instructions:
        if word == "SHELL":
            config = replace(config, shell=json_words(arguments))
            continue
        if word not in CONFIG_INSTRUCTIONS:
            continue
        before = config
        try:
            config = apply_changes(config, [f"{word} {arguments}"])
        except UsageError:  # a variable that cannot be expanded
            continue
        if word == "ENTRYPOINT" and is_cmd_set:
            config = replace(config, cmd=before.cmd)
        is_cmd_set |= word == "CMD"
    return config


def config_rest(wanted: ExecConfig, made: ExecConfig) -> tuple[list[str], list[str]]:
    """The instructions that make a config into the wanted one, and what no instruction can change, in words."""
    had, has = _mapping(made.env), _mapping(wanted.env)
    command_differs = (wanted.entrypoint or (), wanted.cmd or ()) != (made.entrypoint or (), made.cmd or ())
    different = ExecConfig(
        env=tuple(f"{name}={value}" for name, value in has.items() if had.get(name) != value),
        labels={name: value for name, value in wanted.labels.items() if made.labels.get(name) != value},
        entrypoint=wanted.entrypoint if command_differs else None,
        cmd=wanted.cmd if command_differs else None,
        user=wanted.user if wanted.user != made.user else "",
        working_dir=wanted.working_dir if wanted.working_dir != made.working_dir else "",
        exposed_ports=tuple(port for port in wanted.exposed_ports if port not in made.exposed_ports),
        volumes=tuple(volume for volume in wanted.volumes if volume not in made.volumes),
        stop_signal=wanted.stop_signal if wanted.stop_signal != made.stop_signal else "",
    )
    lines = [line for line in changes_of(different) if line.partition(" ")[0] not in ("ENTRYPOINT", "CMD")]
    if command_differs:
        if (wanted.entrypoint or ()) != (made.entrypoint or ()):
            lines.append(f"ENTRYPOINT {json_array(wanted.entrypoint or ())}")
        if wanted.cmd or made.cmd:
            lines.append(f"CMD {json_array(wanted.cmd or ())}")
    if wanted.shell != made.shell and wanted.shell:
        lines.append(f"SHELL {json_array(wanted.shell)}")
    if wanted.healthcheck != made.healthcheck and (line := _health_check(wanted.healthcheck or {})):
        lines.append(line)
    lines += [f"ONBUILD {trigger}" for trigger in wanted.on_build if trigger not in made.on_build]
    return [line for line in lines if _can_be_written(line)], [
        *(f"cannot be written here: {line}" for line in lines if not _can_be_written(line)),
        *_unwritten(different),
        *_kept(wanted, made),
    ]


def _can_be_written(line: str) -> bool:
    word, _, arguments = line.partition(" ")
    if not is_one_line(line) or not arguments.strip():
        return False
    if word == "SHELL":
        return True
    try:
        apply_changes(ExecConfig(), [line])
    except UsageError:
        return False
    return True


def _unwritten(different: ExecConfig) -> Iterator[str]:
    """What `changes_of` leaves out."""
    for word, texts in (
        ("ENV", different.env),
        ("LABEL", [f"{name}={value}" for name, value in different.labels.items()]),
        ("WORKDIR", [different.working_dir]),
        ("USER", [different.user]),
        ("STOPSIGNAL", [different.stop_signal]),
        ("EXPOSE", different.exposed_ports),
    ):
        yield from (f"cannot be written here: {word} {text}" for text in texts if "\n" in text)


def _kept(wanted: ExecConfig, made: ExecConfig) -> Iterator[str]:
    """What the steps set and the config lacks: no instruction takes it away."""
    has, labels = _mapping(wanted.env), wanted.labels
    gone = [f"ENV {name}" for name in _mapping(made.env) if name not in has and name != "PATH"]
    gone += [f"LABEL {name}" for name in made.labels if name not in labels]
    gone += [f"EXPOSE {port}" for port in made.exposed_ports if port not in wanted.exposed_ports]
    gone += [f"VOLUME {volume}" for volume in made.volumes if volume not in wanted.volumes]
    for word, had, value in (
        ("USER", made.user, wanted.user),
        ("WORKDIR", made.working_dir, wanted.working_dir),
        ("STOPSIGNAL", made.stop_signal, wanted.stop_signal),
        ("HEALTHCHECK", made.healthcheck, wanted.healthcheck),
        ("SHELL", made.shell, wanted.shell),
    ):
        gone += [word] if had and not value else []
    yield from (f"a step sets it, and the config does not have it: {text}" for text in gone)


def _mapping(env: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, _, value in (one.partition("=") for one in env)}


def _health_check(check: Mapping[str, Any]) -> str:
    """The line of a health check as a config has it; empty where it has none that can be run."""
    test = check.get("Test")
    if not isinstance(test, list) or not test or not all(isinstance(word, str) for word in test):
        return ""
    options = [
        f"--{option}={_duration(value)} "
        for key, option in _OPTIONS.items()
        if isinstance(value := check.get(key), int) and value > 0
    ]
    if isinstance(retries := check.get("Retries"), int) and retries > 0:
        options.append(f"--retries={retries} ")
    kind, *words = test
    if kind == "NONE":
        return "HEALTHCHECK NONE"
    if kind == "CMD-SHELL":
        return f"HEALTHCHECK {''.join(options)}CMD {' '.join(words)}"
    return f"HEALTHCHECK {''.join(options)}CMD {json.dumps(words)}" if kind == "CMD" and words else ""


def _duration(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _SECOND)
    return f"{nanoseconds}ns" if rest else f"{seconds}s"
