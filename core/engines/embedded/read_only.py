"""ReadOnly: a part of the engine whose store may only be looked at: methods that read files of the store are passed on, all others refused.

What is passed on is listed here, so that a method that is added is refused until it is listed. None of them may
run, signal, enter or connect to anything that the store names; the records give no process for it, see `Records.life`.
"""

from __future__ import annotations

from typing import Any, NoReturn

from layertui.core.errors import NotOurs

READS = frozenset(
    {
        *("list", "get", "image", "logs", "mounts", "writable_layer", "own_size", "stack", "sight", "diff", "export"),
        *("sizes", "df", "fsck", "gc"),  # `fsck --repair` and `gc` take locks in the store, which are refused
        *("runtimes", "networks"),  # which are the machine's, whatever store is looked at
    }
)
PARTS = frozenset({"lifecycle", "processes", "output", "observation", "files", "survey"})
"""Attributes that are parts themselves."""


class ReadOnly:
    """In the place of a part of the embedded engine, whatever protocol that has."""

    def __init__(self, part: object, refusal: str) -> None:
        self._part, self._refusal = part, refusal

    @property
    def unavailable(self) -> str:
        """Why no container can be started."""
        return self._refusal

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(type(self._part), name):
            raise AttributeError(name)
        if name in PARTS:
            return ReadOnly(getattr(self._part, name), self._refusal)
        return getattr(self._part, name) if name in READS else self._refuse

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise NotOurs(self._refusal)
