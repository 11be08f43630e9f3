"""The names of keys, as on a keyboard; and for a sentence that names the key of an action, the one in force."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding
from textual.keys import key_to_character

LABELS = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "asterisk": "*",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    "slash": "/",
    "semicolon": ";",
    "question_mark": "?",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}

_remapped: Mapping[str, str] = {}


def use_keys(remapped: Mapping[str, str]) -> None:
    """Name these keys from now on: actions and their keys, separated by commas, as config.toml has them."""
    global _remapped  # noqa: PLW0603 - chosen once, when the app of the process is made
    _remapped = remapped


def key_name(action: str, default: str) -> str:
    """The label of the key that an action has now: `default`, unless config.toml gives it another.

    Call it when the sentence is shown: modules with texts are imported before the keys are known.
    """
    names = _remapped.get(action, "")
    return label_of(names.partition(",")[0].strip()) if names else default


def key_label(binding: Binding) -> str:
    """The label of a binding's key."""
    return binding.key_display or label_of(binding.key)


def label_of(key: str) -> str:
    """The label of a key that Textual calls `key`: `ctrl+left` is `^←`."""
    if key.startswith("ctrl+"):
        return "^" + label_of(key.removeprefix("ctrl+"))
    if key.startswith("shift+"):
        return "Shift+" + label_of(key.removeprefix("shift+"))
    if key in LABELS or len(key) == 1:
        return LABELS.get(key, key)
    character = key_to_character(key)
    return character if character is not None and character.isprintable() and character != " " else key.capitalize()
