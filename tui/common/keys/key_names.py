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
_kept: Mapping[str, str] = {}


def use_keys(remapped: Mapping[str, str], kept: Mapping[str, str] | None = None) -> None:
    """Name these keys from now on: actions and their keys, separated by commas, as config.toml has them.

    `kept` are, in the same way, the actions that lose a key to one of those, and the keys that are left to them.
    """
    global _remapped, _kept
    _remapped, _kept = remapped, kept or {}


def key_name(action: str, default: str) -> str:
    """The label of the key that an action has now: `default`, unless config.toml gives it another.

    If config.toml gives `default` to another action, it is a key that is left, or that of the palette, which has every action.
    Call it when the sentence is shown: modules with texts are imported before the keys are known.
    """
    return _key_of(action, default) or palette_key()


def with_key(action: str, default: str, name: str) -> str:
    """The name of what an action leads to, after the label of its key: `1 Images`; without one where it has lost its key."""
    key = _key_of(action, default)
    return f"{key} {name}" if key else name


def _key_of(action: str, default: str) -> str:
    if action in _remapped:
        return label_of(_remapped[action].partition(",")[0].strip())
    labels = [label_of(key) for key in _kept.get(action, "").split(",") if key]
    if action not in _kept or default in labels:
        return default
    return labels[0] if labels else ""


def palette_key() -> str:
    """The label of the key that shows the palette."""
    return label_of(_remapped.get("command_palette", "ctrl+p").partition(",")[0].strip())


def key_label(binding: Binding) -> str:
    """The label of a binding's key."""
    return binding.key_display or label_of(binding.key)


def own_label(binding: Binding) -> str:
    """The label of one key by itself, also where its entry in the bar is of two, such as `[ ]`."""
    display = binding.key_display
    return display if display and " " not in display else label_of(binding.key)


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
