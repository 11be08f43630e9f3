"""Chooses the language at the start of the process: by the setting `language`, otherwise by the locale.

Before settings are loaded, because texts are made while modules are imported; an invalid setting is left for those to refuse.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from layertui.core.language import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

VARIABLE = "LAYERTUI_LANGUAGE"

_FORMS_FOR_PROGRAMS = ("json", "junit", "sarif")


def choose_language(
    words: Sequence[str], configured: Callable[[str], str], environ: Mapping[str, str] = os.environ
) -> None:
    """Use the user's language; English for an answer that programs read.

    `configured` is asked for the language in a config.toml that exists: reading it needs modules that have texts themselves.
    """
    if not _is_for_programs(words):
        texts.use(chosen_language(configured, environ))


def chosen_language(configured: Callable[[str], str], environ: Mapping[str, str]) -> str:
    """The language of a variable, of config.toml, or of the locale."""
    chosen = environ.get(VARIABLE, "").strip()
    if not chosen and os.path.isfile(path := config_path(environ)):
        chosen = configured(path)
    return texts.locale_language(environ) if chosen in ("", texts.AUTO) else chosen


def _is_for_programs(words: Sequence[str]) -> bool:
    """Whether a command line asks for a document that programs read: `--json`, `--format sarif`, `--format=json`, `--csv`."""
    return any(word in ("--json", "--csv", "--arrow") for word in words) or any(
        word in [f"--format={form}" for form in _FORMS_FOR_PROGRAMS]
        or (word in _FORMS_FOR_PROGRAMS and before == "--format")
        for before, word in zip(("", *words), words, strict=False)
    )


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
