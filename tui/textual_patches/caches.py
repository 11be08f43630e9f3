"""Caches and subscriptions of Textual that keep a widget, and what was painted of it, alive after it was removed.

Why: a screen that stays open for days would grow with each dialog.
Without it: everything works, but memory grows; `make soak` shows it.
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


_uncached_inner_outer = getattr(StylesCache.get_inner_outer, "__wrapped__", None)


def patch_styles_cache() -> None:
    """Cache pairs of background styles by their colours alone.

    Textual's own `lru_cache` has the `StylesCache` in its key, and so keeps the painted lines of a thousand widgets.
    """
    if _uncached_inner_outer is not None:
        StylesCache.get_inner_outer = staticmethod(_inner_outer)  # type: ignore[assignment]


@lru_cache(1024)
def _inner_outer(base: Color, background: Color) -> tuple[Style, Style]:
    assert _uncached_inner_outer is not None
    return cast("tuple[Style, Style]", _uncached_inner_outer(StylesCache, base, background))


def shrink_strip_cache() -> None:
    """Let each `Strip` allocate its seven caches when they are first written: at most two ever are."""
    if getattr(strip, "FIFOCache", None) is FIFOCache:
        vars(strip)["FIFOCache"] = LazyCache


class LazyCache(FIFOCache[Any, Any]):
    """A FIFOCache that has no dict of its own before the first entry."""

    __slots__ = ()

    def __init__(self, maxsize: int) -> None:
        self._maxsize, self._cache, self.hits, self.misses = maxsize, _EMPTY, 0, 0

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._cache is _EMPTY:
            self._cache = {}
        super().__setitem__(key, value)


_EMPTY: dict[Any, Any] = {}


def unsubscribe_widget(widget: Widget) -> None:
    """Remove a text field from the selection signal of each screen and from the app's theme watchers. Call it on unmount."""
    for screen in widget.app.screen_stack:
        screen.text_selection_started_signal.unsubscribe(widget)
    watchers = getattr(widget.app, "__watchers", {}).get("theme", [])
    watchers[:] = [watcher for watcher in watchers if watcher[0] is not widget]
