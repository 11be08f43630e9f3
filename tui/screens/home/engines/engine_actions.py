"""What home does with several engines: shows or hides them, and copies, pulls and pushes images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.oci.reference import Reference
    from layertui.tui.screens.home.engines.transfer_inquiry import TransferTarget
    from layertui.tui.screens.home.home_panes import HomeTarget
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class EngineActions:
    """The part of home behind `E`, `T`, `C`, `p` and `P`."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        target: HomeTarget,
        push: Callable[..., None],
        *,
        shown: Callable[[bool], None],
        list_engine: Callable[[str], None],
        look_at: Callable[[str], None],
        look_at_image: Callable[[str, str], None],
    ) -> None:
        """`push` opens a dialog about an engine and hands its answer on.

        `shown` is called when other engines are shown, with whether there may be one more. `look_at` opens a name on home, `look_at_image` a new image of an engine.
        """
        self._screen, self._state, self._target = screen, state, target
        self._push, self._shown, self._list_engine = push, shown, list_engine
        self._look_at, self._look_at_image = look_at, look_at_image
        self._last_pushed: Reference | None = None

    def actions(self) -> dict[str, Action]:
        """What the keys of home name."""
        return {
            "engines": Action(self._engines),
            "fleet": Action(self._fleet, self._no_fleet),
            "copy_to": Action(self._copy_to, lambda: self._target.no_image(tr("copy to"))),
            "pull": Action(self._pull, self._no_pull),
            "push": Action(self._push_image, lambda: self._target.no_image("push")),
        }

    def _engines(self) -> None:
        from layertui.tui.screens.home.engines.engines_dialog import EngineChoice, EnginesDialog

        dialog = EnginesDialog(EngineChoice(self._state.hidden, self._state.target))

        def chosen(choice: EngineChoice | None) -> None:
            if choice is not None:
                self._state.hidden, self._state.target = choice.hidden, choice.target
            if choice is not None or dialog.has_started_one:
                self._shown(dialog.has_started_one)
            if choice is not None and choice.opened:
                self._look_at(choice.opened)

        self._screen.app.push_screen(dialog, chosen)

    def _no_fleet(self) -> str:
        has_any = any(one.images or one.containers for one in self._state.shown)
        return (
            ""
            if has_any
            else tr(
                "no engine has an image or a container yet: {bring_in} loads one", bring_in=key_name("bring_in", "L")
            )
        )

    def _fleet(self) -> None:
        from layertui.tui.screens.home.engines.fleet_screen import FleetScreen

        def chosen(name: str | None) -> None:
            if name:
                self._look_at(name)

        self._screen.app.push_screen(FleetScreen(self._state.filled, sorted(self._state.silent)), chosen)

    def _copy_to(self) -> None:
        from layertui.tui.screens.home.engines.copy_image_dialog import CopyImageDialog

        if (image := self._target.image_name) is None:
            return
        engine = self._target.engine
        name = "" if image.startswith("sha256:") else image
        dialog = CopyImageDialog(image, name, [target for target in self._targets() if target.engine != engine])
        self._push(dialog, lambda target: self._list_engine(target.engine), engine)

    def _no_pull(self) -> str:
        if self._target.entry is not None and self._target.container is not None:
            return tr(
                "in Files the key sets mode and owner: {images} leads to the images",
                images=key_name("pane('images')", "1"),
            )
        return "" if self._state.shown else tr("pull: still loading")

    def _pull(self) -> None:
        from layertui.core.inspector.images.transfer_estimate import REGISTRY
        from layertui.tui.screens.home.engines.pull_dialog import PullDialog

        name = self._target.image_name or ""
        ref = name.removeprefix(REGISTRY) if name.startswith(REGISTRY) else ""
        targets = self._targets()
        if not targets:
            self._screen.show_notice(tr("pull: no engine here takes images"), severity="warning")
            return
        self._push(
            PullDialog(targets, self._target.engine, ref),
            lambda pulled: self._look_at_image(pulled.name, pulled.engine),
        )

    def _push_image(self) -> None:
        from layertui.tui.screens.home.engines.push_dialog import PushDialog, proposed_destination

        if (image := self._target.image_name) is None:
            return
        listing = self._target.listing
        found = (one.names for one in (listing.images if listing is not None else ()) if image in map(str, one.names))

        def pushed(to: Reference) -> None:
            self._last_pushed = to

        names = sorted(next(found, ()), key=lambda name: str(name) != image)
        self._push(PushDialog(image, proposed_destination(names, self._last_pushed)), pushed, self._target.engine)

    def _targets(self) -> list[TransferTarget]:
        from layertui.core.engines.transports import engine_prefix
        from layertui.tui.screens.home.engines.transfer_inquiry import TransferTarget

        listings = [self._state.listing, *map(self._state.others.get, self._state.engines)]
        return [
            TransferTarget(one.engine, one.engine_name, f"{engine_prefix(one.engine_name)}:")
            for one in listings
            if one is not None and "images" not in one.refusals
        ]
