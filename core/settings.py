"""The settings: paths, limits and the user's choices; the only module that reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core import ownership
from layertui.core.bounds import Bounds
from layertui.core.client_environment import ClientEnvironment
from layertui.core.errors import UsageError
from layertui.core.store_paths import StorePaths

if TYPE_CHECKING:
    from collections.abc import Mapping

EMBEDDED = "embedded"
EDITOR = "vi"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that layertui writes lies below ``store``: images, containers, cache, unpacked layers."""

    store: Path
    engine: str = EMBEDDED
    runtime: str | None = None
    editor: str = EDITOR
    """A command line; the file to edit is its last word."""
    terminal: str = ""
    """What the terminal calls itself."""
    log_size: str | None = None
    """What the log of one container may take, such as 10m; 0: as much as it likes."""
    pids_limit: int | None = None
    """Processes that a container may have for which nobody said how many; 0: as many as there can be."""
    bounds: Bounds = field(default_factory=Bounds)
    """How much of what a stranger sends is taken."""
    trust_store: bool = False
    """Whether a store that another user can change may be acted on all the same."""
    clients: ClientEnvironment = field(default_factory=ClientEnvironment, compare=False)
    """Where Docker, Podman and registries are, as the environment says it to their own clients."""

    def __post_init__(self) -> None:
        """Decide whose the store is, before anything in it is opened."""
        ownership.decide(self.store, trusted=self.trust_store)

    @property
    def cache(self) -> Path | None:
        """Nothing in it that could not be made again; None for a store that is only looked at."""
        return StorePaths(self.store).cache if ownership.refusal(self.store) is None else None

    @property
    def spool(self) -> Path | None:
        """For what is too large for memory while it is worked on; None: the system's own folder for that."""
        return StorePaths(self.store).temporary if ownership.refusal(self.store) is None else None

    @classmethod
    def load(
        cls,
        store: str | os.PathLike[str] | None = None,
        engine: str | None = None,
        environ: Mapping[str, str] = os.environ,
        *,
        trust_store: bool = False,
    ) -> Settings:
        """What was given counts before the environment, and that before the defaults; an empty value is none."""
        folder = store or environ.get("LAYERTUI_STORE")
        return cls(
            store=Path(folder).expanduser().absolute() if folder else _user_data(),
            engine=engine or environ.get("LAYERTUI_ENGINE") or EMBEDDED,
            runtime=environ.get("LAYERTUI_RUNTIME") or None,
            editor=environ.get("VISUAL") or environ.get("EDITOR") or EDITOR,
            terminal=environ.get("TERM", ""),
            log_size=environ.get("LAYERTUI_LOG_SIZE") or None,
            pids_limit=_count(environ, "LAYERTUI_PIDS_LIMIT"),
            bounds=Bounds.of(environ),
            trust_store=trust_store or environ.get("LAYERTUI_TRUST_STORE", "0") not in ("", "0"),
            clients=ClientEnvironment.of(environ),
        )


def _count(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise UsageError(f"invalid {name}={text!r}: write a number; 0 is no limit")
    return int(text)


def _user_data() -> Path:
    import platformdirs

    return platformdirs.user_data_path("layertui", appauthor=False)
