"""What is remembered from one run to the next: one small JSON file in the user's state folder, which can be deleted at any time.

Only a file that no other user can change is obeyed. Anything in it that `keep_state` would not have written is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.config.user_files import user_file_content
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
LARGEST = 256 << 10
"""Bytes of the file."""

MOST_PLACES, MOST_TYPED, MOST_RECENT, MOST_BOOKMARKS, MOST_FOLDS = 20, 50, 20, 100, 200
LONGEST = 4096
"""Characters of a text in it."""


@dataclass(frozen=True, slots=True)
class ScreenPlace:
    """Where one store's screen was left."""

    name: str = ""
    """As `Inspector.open` takes it; empty for nothing."""
    title: str = ""
    engine: str = ""
    layer: int | None = None
    """None for the top."""
    alone: bool = False
    path: str = ""
    pane: str = ""
    tab: str = ""
    only_changes: bool = False
    with_removed: bool = False
    zoom: int = 0
    orders: Mapping[str, str] = field(default_factory=dict)
    """The order of each list, by the pane."""
    filters: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Where borders between panes were dragged to, in thousandths; see `pane_layout`."""
    folds: tuple[str, ...] = ()
    """The unfolded folders."""


class Bookmark(NamedTuple):
    """A path that one can come back to, in an image or a container."""

    name: str
    title: str
    engine: str
    path: str


@dataclass(frozen=True, slots=True)
class RememberedState:
    """All of it. The newest is the first of each list; of the places, the last."""

    places: Mapping[str, ScreenPlace] = field(default_factory=dict)
    """By the store; see `store_key`."""
    filters: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    """Archives and layout folders that were opened, absolute."""
    bookmarks: tuple[Bookmark, ...] = ()

    def at(self, key: str, place: ScreenPlace) -> RememberedState:
        """With this place of a store."""
        others = {other: kept for other, kept in self.places.items() if other != key}
        newest = list(others.items())[-(MOST_PLACES - 1) :]
        return replace(self, places={**dict(newest), key: place})


def first(text: str, texts: Iterable[str], most: int) -> tuple[str, ...]:
    """With this text as the newest."""
    return (text, *(other for other in texts if other != text))[:most]


def merged(ours: Iterable[str], theirs: Iterable[str], most: int) -> tuple[str, ...]:
    """Ours, then what another session has kept meanwhile."""
    return tuple(dict.fromkeys((*ours, *theirs)))[:most]


def store_key(store: Path, engine: str) -> str:
    """By which the place of a store and a default engine is kept."""
    return f"{engine}:{store}"


def read_state(path: Path) -> tuple[RememberedState | None, str]:
    """What was kept, and in one line why it is ignored; empty if it is not, or there is nothing. It may block.

    None instead if another user can change the file: then it is not to be replaced either.
    """
    import json  # late: once the screen is there

    try:
        content, refusal = user_file_content(path, LARGEST)
    except FileNotFoundError:
        return RememberedState(), ""
    except UsageError as error:
        return RememberedState(), tr("{error}; it is ignored", error=error)
    except OSError as error:
        return RememberedState(), tr(
            "{path}: {strerror}; what it remembers is ignored", path=path, strerror=error.strerror
        )
    if content is None:
        return None, refusal
    try:
        found = json.loads(content)
        if found["version"] != VERSION:
            return RememberedState(), tr("{path}: is of another version of layertui; it is ignored", path=path)
        return _state(found), ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return RememberedState(), tr("{path}: is damaged; it is ignored, and replaced when layertui ends", path=path)


def keep_state(path: Path, state: RememberedState) -> None:
    """Write it, whole or not at all. Raises StorageError."""
    import json

    from layertui.core.fs.atomic import write_user_file

    write_user_file(path, json.dumps(_document(state)).encode())


def _document(state: RememberedState) -> dict[str, Any]:
    return {
        "version": VERSION,
        "places": {
            key: {name: _plain(getattr(place, name)) for name in _FIELDS} for key, place in state.places.items()
        },
        "filters": list(state.filters),
        "lookups": list(state.lookups),
        "recent": list(state.recent),
        "bookmarks": [list(bookmark) for bookmark in state.bookmarks],
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value


def _state(found: Any) -> RememberedState:
    places = {
        key: _place(kept)
        for key, kept in list(found["places"].items())[-MOST_PLACES:]
        if isinstance(key, str) and isinstance(kept, dict)
    }
    return RememberedState(
        places,
        _texts(found["filters"], MOST_TYPED),
        _texts(found["lookups"], MOST_TYPED),
        _texts(found["recent"], MOST_RECENT),
        tuple(
            Bookmark(*_texts(one, 4))
            for one in found["bookmarks"][:MOST_BOOKMARKS]
            if isinstance(one, list) and len(_texts(one, 4)) == len(one) == 4
        ),
    )


def _place(kept: dict[str, Any]) -> ScreenPlace:
    """What is not of its kind is as in a first run."""
    fitting = {name: kept[name] for name, kind in _FIELDS.items() if name in kept and _is(kept[name], kind)}
    if "folds" in fitting:
        fitting["folds"] = _texts(fitting["folds"], MOST_FOLDS)
    return ScreenPlace(**fitting)


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    """Whether it is of this kind; a mapping has texts as keys, and values of the second type."""
    if isinstance(kind, tuple):
        return isinstance(value, dict) and all(
            isinstance(key, str) and type(one) is kind[1] for key, one in value.items()
        )
    if kind is int:
        return value is None or (type(value) is int and 0 <= value < 10**6)
    return type(value) is kind and (not isinstance(value, str) or len(value) <= LONGEST)


def _texts(found: Any, most: int) -> tuple[str, ...]:
    return (
        tuple(one for one in found[:most] if isinstance(one, str) and len(one) <= LONGEST)
        if isinstance(found, list)
        else ()
    )


_FIELDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "title", "engine", "path", "pane", "tab"), str),
    **dict.fromkeys(("layer",), int),
    "zoom": int,
    **dict.fromkeys(("alone", "only_changes", "with_removed"), bool),
    "orders": (dict, str),
    "filters": (dict, str),
    "sizes": (dict, int),
    "folds": list,
}
"""Each field of a ScreenPlace in the file, and its type."""
