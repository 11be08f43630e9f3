"""What Textual would hold for longer than a widget lives, let go: else a screen that stays open grows with each dialog.

They are private matters of Textual's, and without them all works as it did.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from textual import strip
from textual._styles_cache import StylesCache
from textual.cache import FIFOCache

if TYPE_CHECKING:
    from textual.color import Color
    from textual.style import Style
    from textual.widget import Widget


_inner_outer = getattr(StylesCache.get_inner_outer, "__wrapped__", None)


def share_backgrounds() -> None:
    """Backgrounds go by their colours alone. Textual keeps with each pair whose it was, and so all that a thousand widgets painted."""
    if _inner_outer is not None:
        StylesCache.get_inner_outer = staticmethod(_backgrounds)  # type: ignore[assignment]


@lru_cache(1024)
def _backgrounds(base: Color, background: Color) -> tuple[Style, Style]:
    assert _inner_outer is not None
    return cast("tuple[Style, Style]", _inner_outer(StylesCache, base, background))


def keep_little_of_lines() -> None:
    """Each piece of a line that was painted has seven caches, of which at most two are ever used: they take room once they are."""
    if getattr(strip, "FIFOCache", None) is FIFOCache:
        vars(strip)["FIFOCache"] = _Kept


class _Kept(FIFOCache[Any, Any]):
    __slots__ = ()

    def __init__(self, maxsize: int) -> None:
        self._maxsize, self._cache, self.hits, self.misses = maxsize, _NOTHING, 0, 0

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._cache is _NOTHING:
            self._cache = {}
        super().__setitem__(key, value)


_NOTHING: dict[Any, Any] = {}


def forget_field(field: Widget) -> None:
    """A field to type in that is gone: a screen would tell it of the next selection, and the app of the next theme."""
    for screen in field.app.screen_stack:
        screen.text_selection_started_signal.unsubscribe(field)
    watchers = getattr(field.app, "__watchers", {}).get("theme", [])
    watchers[:] = [watcher for watcher in watchers if watcher[0] is not field]
