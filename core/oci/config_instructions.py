"""Writes a config as Dockerfile instructions, to give an import the config of another image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.oci.image_config import ExecConfig


def changes_of(config: ExecConfig) -> list[str]:
    """The instructions from which `apply_changes` makes this config.

    ENTRYPOINT comes before CMD, as setting it removes the command. Values that no instruction can have (with a line end) are
    left out, since half a value would be worse.
    """
    changes = [f"ENV {name}={quoted(value)}" for name, _, value in (text.partition("=") for text in config.env)]
    if config.working_dir:
        changes.append(f"WORKDIR {escaped(config.working_dir)}")
    if config.user:
        changes.append(f"USER {escaped(config.user)}")
    changes += [f"EXPOSE {port}" for port in config.exposed_ports]
    changes += [f"VOLUME {json.dumps([volume])}" for volume in config.volumes]
    changes += [f"LABEL {quoted(name)}={quoted(value)}" for name, value in config.labels.items()]
    if config.stop_signal:
        changes.append(f"STOPSIGNAL {config.stop_signal}")
    if config.entrypoint:
        changes.append(f"ENTRYPOINT {json.dumps(list(config.entrypoint), ensure_ascii=False)}")
    if config.cmd:
        changes.append(f"CMD {json.dumps(list(config.cmd), ensure_ascii=False)}")
    return [change for change in changes if "\n" not in change]


def escaped(text: str) -> str:
    """A text in which a builder expands nothing, for arguments whose quotes it does not read."""
    return text.replace("\\", "\\\\").replace("$", "\\$")


def quoted(text: str) -> str:
    """A text as one word of an instruction, in double quotes."""
    return '"' + escaped(text).replace('"', '\\"') + '"'
