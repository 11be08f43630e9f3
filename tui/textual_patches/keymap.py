"""Makes Textual's keymaps work on actions, and on keys that several actions share.

Why: Textual knows a binding by an ID, and takes a remapped key from all actions that have it: with start and stop both
on `s`, another key for one would leave the other without any.
Without it: the keys in config.toml have no effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import App
from textual.binding import BindingsMap, KeymapApplyResult

from layertui.tui.common.keys.remapped_keys import remapped


def patch_keymap() -> None:
    """Let all apps of this process take their keymaps as keys of actions."""
    BindingsMap.apply_keymap = _apply_keymap  # type: ignore[method-assign]


def _apply_keymap(self: BindingsMap, keymap: Mapping[str, str]) -> KeymapApplyResult:
    bindings = [binding for group in self.key_to_bindings.values() for binding in group]
    # Textual's own `ctrl+q` comes before all others: with the key of `quit` it would quit unasked, while text is typed too.
    new = remapped((one for one in bindings if one not in App.BINDINGS), keymap)
    taken = {one.key for one in new}
    new = [*(one for one in bindings if one in App.BINDINGS and one.key not in taken), *new]
    if new != bindings:
        self.key_to_bindings.clear()
        for binding in new:
            self.key_to_bindings.setdefault(binding.key, []).append(binding)
    return KeymapApplyResult(set())
