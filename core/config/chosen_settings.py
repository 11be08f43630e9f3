"""Chooses the value of each setting: from an option, a variable, config.toml or the default; and says from which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layertui.core.config.config_file import ConfigFile
from layertui.core.config.setting_list import SETTINGS, Setting, Value
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr


class SettingChoice(NamedTuple):
    """The value of a setting, and where it comes from."""

    value: Value
    source: str
    """`default`, `file`, `environment` or `option`."""
    where: str = ""
    """The file and line, the variable, the option; empty for a default."""


def choose(given: Mapping[str, Value], environ: Mapping[str, str], config: ConfigFile) -> dict[str, SettingChoice]:
    """The value of each setting: an option overrides a variable, that the file, and that the default.

    An empty variable or option counts as not given. Raises UsageError for an invalid variable.
    """
    return {setting.name: _choice(setting, given.get(setting.name), environ, config) for setting in SETTINGS}


def _choice(setting: Setting, given: Value, environ: Mapping[str, str], config: ConfigFile) -> SettingChoice:
    if given or (given is False and setting.default is True):  # an option turns a switch to what it is not by default
        return SettingChoice(given, "option", setting.option)
    for variable in setting.variables:
        if (text := environ.get(variable, "")).strip():
            if (value := setting.kind.of_text(text)) is None:
                raise UsageError(
                    tr(
                        "invalid {variable}={text!r}: {expected}",
                        variable=variable,
                        text=text,
                        expected=setting.kind.expected,
                    )
                )
            return SettingChoice(value, "environment", variable)
    if (written := config.values.get(setting.name)) is not None:
        return SettingChoice(written.value, "file", f"{config.path}:{written.line}")
    return SettingChoice(setting.default, "default")
