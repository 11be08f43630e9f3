"""The containers of a store that is only looked at: what reads their files is passed on, and all else refused.

What is passed on is listed here, so that a verb that somebody adds is refused until somebody has thought about it. None of it may
run, signal, enter or connect to anything that the store names; the records give no process for it, see `Records.life`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from layertui.core.errors import NotOurs

if TYPE_CHECKING:
    from layertui.core.engines.embedded.embedded_containers import EmbeddedContainers

LOOKING = frozenset(
    {
        *("list", "get", "logs", "changes", "mounts", "own_layer", "own_size", "stack", "sight", "diff", "export"),
        *("known", "needed", "findings", "volumes"),
        *("runtimes", "networks"),  # which are the machine's, whatever store is looked at
    }
)


class LookedAt:
    """In the place of `EmbeddedContainers`, for both of the protocols that it has."""

    def __init__(self, containers: EmbeddedContainers, refusal: str) -> None:
        self._containers, self._refusal = containers, refusal

    @property
    def unavailable(self) -> str:
        """Why no container can be started."""
        return self._refusal

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or not hasattr(type(self._containers), name):
            raise AttributeError(name)
        if name in LOOKING:
            passed_on: Callable[..., Any] = getattr(self._containers, name)
            return passed_on
        return self._refuse

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise NotOurs(self._refusal)
