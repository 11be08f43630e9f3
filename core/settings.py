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
from layertui.core.terminal_look import TerminalLook

if TYPE_CHECKING:
    from collections.abc import Mapping

EMBEDDED = "embedded"
EDITOR = "vi"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run. Everything that layertui writes is below ``store``: images, containers, cache, unpacked layers."""

    store: Path
    engine: str = EMBEDDED
    runtime: str | None = None
    editor: str = EDITOR
    """A command line; the name of the file to edit is appended."""
    terminal: str = ""
    """The terminal's name, from the environment."""
    look: TerminalLook = field(default_factory=TerminalLook, compare=False)
    """Its background, and the characters that it can show."""
    log_size: str | None = None
    """The largest size of a container's log, such as 10m; 0: no limit."""
    pids_limit: int | None = None
    """The limit of processes in a container that has none of its own; 0: no limit."""
    bounds: Bounds = field(default_factory=Bounds)
    """Limits on untrusted input."""
    trust_store: bool = False
    """Whether to write to, and act on, a store that another user can change."""
    clients: ClientEnvironment = field(default_factory=ClientEnvironment, compare=False)
    """The variables that Docker, Podman and registry clients read."""

    def __post_init__(self) -> None:
        """Decide whose the store is, before anything in it is opened."""
        ownership.decide(self.store, trusted=self.trust_store)

    @property
    def cache(self) -> Path | None:
        """The cache, which can be deleted at any time; None for a read-only store."""
        return StorePaths(self.store).cache if ownership.refusal(self.store) is None else None

    @property
    def spool(self) -> Path | None:
        """The folder for temporary files that are too large for memory; None: the system's."""
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
        """Arguments override the environment, and that the defaults; an empty variable counts as unset. Raises UsageError."""
        folder = store or environ.get("LAYERTUI_STORE")
        return cls(
            store=Path(folder).expanduser().absolute() if folder else _user_data(),
            engine=engine or environ.get("LAYERTUI_ENGINE") or EMBEDDED,
            runtime=environ.get("LAYERTUI_RUNTIME") or None,
            editor=environ.get("VISUAL") or environ.get("EDITOR") or EDITOR,
            terminal=environ.get("TERM", ""),
            look=TerminalLook.of(environ),
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
