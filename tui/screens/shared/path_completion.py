"""Completes what the user types: a path in a View or on the host, or a name in an engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len

from layertui.core.engines.transports import archive_prefixes, engine_prefix, transport_of
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.view import View

MOST = 200
"""The largest number of completions: more are of no use."""

PATIENCE = 5.0
"""Seconds that other engines have to say which names they know."""

MOST_NAMES = 2000
"""The number of names in a folder among which the most similar one is searched."""


def split(text: str) -> tuple[str, str]:
    """The typed folder, with its slash, and the beginning of a name in it."""
    head, slash, tail = text.rpartition("/")
    return head + slash, tail


def in_view(view: View, text: str) -> list[str]:
    """The paths in a view that begin with the text, one level deep; folders end with a slash."""
    folder, start = split(text if text.startswith("/") else "/" + text)
    index = view.find(folder.rstrip("/") or "/")
    if index is None:
        return []
    found: list[str] = []
    for child in view.children(index).tolist():
        name = view.name(child)
        if name.startswith(start):
            found.append(folder + name + ("/" if view.kind[child] == Kind.DIR else ""))
            if len(found) == MOST:
                break
    return found


def nearest(view: View, path: str) -> str | None:
    """A visible path that is similar to one that does not exist; None if not even its first folder does.

    First without leading folders, which are usually superfluous, then with each wrong name replaced by the most similar one in
    its folder, if there is any.
    """
    parts = path.strip("/").split("/")
    for skipped in range(1, len(parts)):
        rest = "/" + "/".join(parts[skipped:])
        if view.find(rest) is not None:
            return rest
    found = ""
    for part in parts:
        name = part if view.find(f"{found}/{part}") is not None else _most_alike(view, found or "/", part)
        if name is None:
            break
        found = f"{found}/{name}"
    return found or None


def _most_alike(view: View, folder: str, name: str) -> str | None:
    index = view.find(folder)
    if index is None:
        return None
    names = [view.name(child) for child in view.children(index)[:MOST_NAMES].tolist()]
    return next(iter(get_close_matches(name, names, n=1)), None) or next(
        (other for other in names if other.startswith(name)), None
    )


def on_host(text: str) -> list[str]:
    """The paths on the host that begin with the text. It may block: call it in a job."""
    folder, start = split(text)
    found: list[str] = []
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry in entries:
                # A name that begins with a dot is offered only if the dot was typed.
                if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
                    found.append(folder + entry.name + ("/" if entry.is_dir() else ""))
                    if len(found) == MOST:
                        break
    except OSError:
        return []
    return sorted(found)


ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst")
"""How names of files end that may be archives of images."""


def archives_in(folder: str) -> list[str]:
    """The archives and layout folders in a folder, by name; none if it cannot be read. It may block: call it in a job."""
    try:
        with os.scandir(folder) as entries:
            found = [
                entry.path
                for entry in entries
                if (entry.name.endswith(ARCHIVES) and entry.is_file())
                or (entry.is_dir() and os.path.exists(os.path.join(entry.path, "index.json")))
            ]
    except OSError:
        return []
    return sorted(found)[:MOST]


def named(names: Iterable[str], text: str) -> list[str]:
    """The names that begin with the text, then paths on the host that do. It may block: call it in a job."""
    found = [name for name in names if name.startswith(text)]
    transport = next((prefix for prefix in archive_prefixes() if text.startswith(prefix)), "")
    path = text.removeprefix(transport)
    if transport or path.startswith(("/", ".", "~")) or (path and not found):
        found += [transport + name for name in on_host(path)]
    return found[:MOST]


def image_names_in(inspector: Inspector) -> list[str]:
    """What the images of the default engine go by; what has no name in a catalog goes by where it was added from."""
    images = inspector.images.list()
    return [
        *(ref.familiar for image in images for ref in image.names if ref.tag),
        *(image.place for image in images if image.place and not image.names),
    ]


def names_in(inspector: Inspector) -> list[str]:
    """Names without a path in the default engine: all images, all containers."""
    names = image_names_in(inspector)
    if inspector.engine.containers is not None:
        names += [f"container:{container.name}" for container in inspector.containers.list()]
    return sorted(names)


def names_elsewhere(inspector: Inspector) -> list[str]:
    """The same of all other engines that answer in time, with their prefixes. It may block: call it in a job."""
    return _names_of_engines(inspector, {name: engine_prefix(name) for name in inspector.engine_names()[1:]})


def behind_prefix(inspector: Inspector, text: str) -> list[str]:
    """The names of the engine whose prefix a text begins with, such as `catalog:`; it may be one that is asked for nothing else.

    Empty where the text begins with no prefix, or the engine does not answer. It may block: call it in a job.
    """
    found = transport_of(text)
    return _names_of_engines(inspector, {found[1].engine: found[0]}) if found is not None and found[1].engine else []


def _names_of_engines(inspector: Inspector, prefixes: Mapping[str, str]) -> list[str]:
    """The names in these engines, each with the prefix of its engine."""
    from layertui.core.engines.bounded_asking import answers

    found = answers({name: partial(names_in, inspector.of(name)) for name in prefixes}, PATIENCE)
    return [
        f"{prefixes[engine]}:{name}"
        for engine, names in found.items()
        if not isinstance(names, Exception)
        for name in names
    ]


def names_of(candidates: list[str], text: str, width: int) -> str:
    """The last components of the candidates on one line, as many as fit."""
    folder, _ = split(text)
    shown: list[str] = []
    room = width
    for path in candidates:
        name = path.removeprefix(folder)
        if cell_len(name) + 2 > room:
            return "  ".join(shown) + "  …"
        shown.append(name)
        room -= cell_len(name) + 2
    return "  ".join(shown)
