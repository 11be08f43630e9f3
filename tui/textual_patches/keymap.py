"""Makes Textual's keymaps work on actions, and on keys that several actions share.

Why: Textual knows a binding by an ID, and takes a remapped key from all actions that have it: with start and stop both
on `s`, another key for one would leave the other without any.
Without it: the keys in config.toml have no effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import BindingsMap, KeymapApplyResult

from layertui.tui.common.remapped_keys import remapped


def patch_keymap() -> None:
    """Let all apps of this process take their keymaps as keys of actions."""
    BindingsMap.apply_keymap = _apply_keymap  # type: ignore[method-assign]


def _apply_keymap(self: BindingsMap, keymap: Mapping[str, str]) -> KeymapApplyResult:
    bindings = [binding for group in self.key_to_bindings.values() for binding in group]
    new = remapped(bindings, keymap)
    if new != bindings:
        self.key_to_bindings.clear()
        for binding in new:
            self.key_to_bindings.setdefault(binding.key, []).append(binding)
    return KeymapApplyResult(set())
