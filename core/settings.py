"""The settings: paths, limits and the user's choices; the only module that reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core import ownership
from layertui.core.bounds import PREFIX, Bounds
from layertui.core.client_environment import ClientEnvironment
from layertui.core.config.chosen_settings import SettingChoice, choose
from layertui.core.config.config_file import ConfigFile, read_config
from layertui.core.config.setting_list import EDITOR, EMBEDDED, PAGER
from layertui.core.language.choice import config_path
from layertui.core.store_paths import StorePaths
from layertui.core.terminal_look import TerminalLook

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run. Everything that layertui writes is below ``store``: images, containers, cache, unpacked layers."""

    store: Path
    engine: str = EMBEDDED
    runtime: str | None = None
    editor: str = EDITOR
    """A command line; the name of the file to edit is appended."""
    pager: str = PAGER
    """A command line, in the same way."""
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
    theme: str = ""
    """The name of the screen's theme; empty: the program's own."""
    mouse: bool = True
    """Whether the screen takes the mouse."""
    confirm: str = "destructive"
    """Before which acts the screen asks: `all` that change a container's process, too; `none`."""
    start: str = "container"
    """What the screen shows after a start on home: the `container`, or it will `stay`."""
    remember: bool = True
    """Whether the screen opens where it was left."""
    catalog_place: str = ""
    """The folder or the URL of the catalog; empty: in the store."""
    clients: ClientEnvironment = field(default_factory=ClientEnvironment, compare=False)
    """The variables that Docker, Podman and registry clients read."""
    config: ConfigFile = field(default=ConfigFile(Path("/nonexistent")), compare=False)
    """What config.toml says."""
    choices: Mapping[str, SettingChoice] = field(default_factory=dict, compare=False)
    """Where each value comes from, by the names of `setting_list`."""
    given: tuple[str, ...] = field(default=(), compare=False)
    """The global options that were given: a command from the same environment needs them too, to act on the same."""

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

    @property
    def catalog(self) -> str:
        """The folder or the URL of the catalog."""
        return self.catalog_place or str(StorePaths(self.store).catalog)

    @property
    def has_catalog(self) -> bool:
        """Whether a catalog is named, or one is in the store; nothing of it is opened."""
        return bool(self.catalog_place) or os.path.isdir(os.path.join(self.catalog, "state"))

    @classmethod
    def load(
        cls,
        store: str | os.PathLike[str] | None = None,
        engine: str | None = None,
        environ: Mapping[str, str] = os.environ,
        *,
        trust_store: bool = False,
        fresh: bool = False,
        no_mouse: bool = False,
    ) -> Settings:
        """Arguments override the environment, that config.toml, and that the defaults; an empty variable counts as unset.

        Raises UsageError for an invalid variable and an invalid file.
        """
        clients = ClientEnvironment.of(environ)
        config = _config(environ)
        given = {
            "store": os.fspath(store) if store else None,
            "engine": engine,
            "trust_store": trust_store,
            "remember": False if fresh else None,
            "mouse": False if no_mouse else None,
        }
        choices = choose(given, environ, config)
        if choices["store"].value is None:
            choices["store"] = SettingChoice(str(_user_data()), "default")

        def text(name: str) -> str | None:
            value = choices[name].value
            return None if value is None else str(value)

        return cls(
            store=Path(str(choices["store"].value)).expanduser().absolute(),
            engine=text("engine") or EMBEDDED,
            runtime=text("runtime"),
            editor=text("editor") or EDITOR,
            pager=text("pager") or PAGER,
            terminal=environ.get("TERM", ""),
            look=TerminalLook.of(environ, text("glyphs") or ""),
            log_size=text("log_size"),
            pids_limit=None if (most := text("pids_limit")) is None else int(most),
            bounds=Bounds.of(
                {
                    PREFIX + name.upper(): str(choice.value)
                    for name in Bounds._fields
                    if (choice := choices[f"limits.{name}"]).source != "default"
                }
            ),
            trust_store=bool(choices["trust_store"].value),
            theme=text("theme") or "",
            mouse=bool(choices["mouse"].value),
            confirm=str(choices["confirm"].value),
            start=str(choices["start"].value),
            remember=bool(choices["remember"].value),
            catalog_place=text("catalog") or "",
            clients=clients,
            config=config,
            choices=choices,
            given=(
                *(("--store", str(Path(store).expanduser().absolute())) if store else ()),
                *(("--engine", engine) if engine else ()),
                *(("--trust-store",) if trust_store else ()),
            ),
        )


def _config(environ: Mapping[str, str]) -> ConfigFile:
    """What config.toml says, or the file that LAYERTUI_CONFIG names; /dev/null is none."""
    named = environ.get("LAYERTUI_CONFIG")
    path = Path(config_path(environ))
    return ConfigFile(path) if named == os.devnull else read_config(path, required=bool(named))


def user_state() -> Path:
    """The folder for what layertui keeps between two runs and can be deleted: the platform's."""
    import platformdirs

    return platformdirs.user_state_path("layertui", appauthor=False)


def _user_data() -> Path:
    import platformdirs

    return platformdirs.user_data_path("layertui", appauthor=False)
