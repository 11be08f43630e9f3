"""AppKeys: the keys that config.toml gives to actions, in force from the first screen on, and checked once all screens are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import use_keys

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from layertui.core.config.config_file import ConfigFile
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings
    from layertui.tui.common.jobs import Jobs


class KeyHost(Protocol):
    """What `AppKeys.check` needs of the app."""

    @property
    def screen(self) -> Screen[Any]: ...

    @property
    def jobs(self) -> Jobs: ...

    def show_notice(self, text: str, *, severity: str = "information", seconds: float = 5) -> None: ...


class AppKeys:
    """The remapped keys of one app."""

    def __init__(self, app: App[Any], settings: Settings | None) -> None:
        """Use them: in the key bar, in sentences, and where keys are pressed."""
        self._app_class = type(app)
        self._config = settings.config if settings is not None else None
        keys = self._config.keys if self._config is not None else {}
        self.remapped = {action: str(written.value) for action, written in keys.items()}
        """Actions and their keys, separated by commas."""
        use_keys(self.remapped)
        if self.remapped:
            from layertui.tui.screens.shared.key_check import kept_keys, loaded_classes
            from layertui.tui.textual_patches.keymap import patch_keymap

            # Sentences of the first screen; those of all others are known after `check`.
            use_keys(self.remapped, kept_keys(self.remapped, (self._app_class, *loaded_classes())))
            patch_keymap()
            app.set_keymap(self.remapped)

    def check(self, host: KeyHost) -> None:
        """Show why config.toml is not used, or what is wrong with its keys: after the first frame, as it imports all screens."""
        config = self._config
        if config is not None and config.refusal:
            host.show_notice(config.refusal, severity="warning", seconds=10)
        if config is not None and config.keys:
            self._check_keys(host, config)

    def _check_keys(self, host: KeyHost, config: ConfigFile) -> None:
        def check(_: Progress) -> tuple[list[str], dict[str, str]]:
            from layertui.tui.screens.shared.key_check import binding_classes, kept_keys, key_problems

            problems = key_problems(config, self._app_class)
            return problems, kept_keys(self.remapped, (self._app_class, *binding_classes()))

        def show(answer: tuple[list[str], dict[str, str]]) -> None:
            problems, kept = answer
            use_keys(self.remapped, kept)
            if problems:
                more = (
                    tr(" (and {problems} more: `layertui config` lists them)", problems=len(problems) - 1)
                    if len(problems) > 1
                    else ""
                )
                host.show_notice(problems[0] + more, severity="warning", seconds=15)

        def failed(error: Exception) -> None:
            host.show_notice(str(error), severity="error")

        host.jobs.start(host.screen, tr("checking the keys"), check, show, group="keys", failed=failed, quiet=True)
