"""Chooses the language at the start of the process: by the setting `language`, otherwise by the locale.

Before settings are loaded, because texts are made while modules are imported; an invalid setting is left for those to refuse.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from layertui.core import language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE = "LAYERTUI_LANGUAGE"

# Words of a command line that ask for such an answer; of `--format`, also joined with it.
_FORMS = ("json", "junit", "sarif")
_FOR_PROGRAMS = frozenset({"--json", *_FORMS, *(f"--format={form}" for form in _FORMS)})


def choose_language(words: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    """Use the user's language; English for an answer that programs read."""
    if not any(word in _FOR_PROGRAMS for word in words):
        language.use(chosen_language(environ))


def chosen_language(environ: Mapping[str, str]) -> str:
    """The language of a variable, of config.toml, or of the locale."""
    chosen = environ.get(VARIABLE, "").strip() or _configured(environ) or language.AUTO
    return language.locale_language(environ) if chosen == language.AUTO else chosen


def _configured(environ: Mapping[str, str]) -> str:
    """What config.toml says. Only a file that exists costs anything: its reader is imported then."""
    path = config_path(environ)
    if not os.path.isfile(path):
        return ""
    from pathlib import Path

    from layertui.core.config_file import read_config
    from layertui.core.errors import LayertuiError

    try:
        written = read_config(Path(path)).values.get("language")
    except LayertuiError:
        return ""
    return str(written.value) if written is not None else ""


def config_path(environ: Mapping[str, str]) -> str:
    """The user's config.toml: the one that LAYERTUI_CONFIG names, or the platform's."""
    if named := environ.get("LAYERTUI_CONFIG"):
        return os.path.abspath(os.path.expanduser(named))
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not folder:
        is_mac = sys.platform == "darwin"
        folder = os.path.join(
            environ.get("HOME") or "/nonexistent", "Library/Application Support" if is_mac else ".config"
        )
    return os.path.join(os.path.expanduser(folder), "layertui", "config.toml")
