"""What is done with the container of a screen: started and stopped, written to, exported, compared, looked up, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.format import safe
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.actions.lifecycle_actions import PROCESS_ENDS, if_confirmed, stopped
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.screens.dialogs.questions import Notice
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress
    from layertui.tui.screens.container.container_watch import ContainerWatch
    from layertui.tui.screens.shared.base_screen import InspectorDialog, InspectorScreen

LONG = 100
"""Letters of a reason from which it is shown in a dialog, not in a line that goes away."""

NOT_KNOWN = tr("the container has not been looked at yet")


class ContainerActions:
    """The part of the container's screen that acts on the container, or on the entry of its writable layer under the cursor."""

    def __init__(
        self, screen: InspectorScreen[str | None], watch: ContainerWatch, entry: Callable[[], Entry | None]
    ) -> None:
        self._screen = screen
        self._watch = watch
        self._entry = entry

    def actions(self) -> dict[str, Action]:
        """By the names that the screen's bindings have."""
        return {
            "start": Action(self.start, self._no_start),
            "stop": Action(self._stop, self._no_stop),
            "write": Action(self._write),
            "take_out": Action(self._take_out),
            "delete": Action(self._delete),
            "lookup": Action(self._look_up),
            "compare": Action(self._compare, self._no_compare),
            "history": Action(lambda: self._screen.dismiss("history")),
            "refresh": Action(self._watch.refresh),
        }

    # -- start and stop

    def _no_start(self) -> str:
        return (
            tr("{name} runs already: {stop} stops it", stop=key_name("stop", "s"), name=self._watch.name)
            if self._watch.alive
            else ""
        )

    def _no_stop(self) -> str:
        return (
            ""
            if self._watch.alive
            else tr("{name} does not run: {start} starts it", start=key_name("start", "s"), name=self._watch.name)
        )

    def start(self) -> None:
        """Start it; its namespaces of before are shown beside those it has then."""
        name = self._watch.name
        self._watch.keep_namespaces(keep=True)
        self._screen.ask(
            tr("starting {name}", name=name),
            lambda inspector, progress: inspector.containers.lifecycle.start(name, progress),
            lambda container: self._done(
                "start", tr("Started {name}, process {pid}", name=container.name, pid=container.pid)
            ),
            group="life",
            failed=self._not_started,
        )

    def _not_started(self, error: Exception) -> None:
        self._watch.keep_namespaces(keep=False)
        if isinstance(error, LayertuiError) and len(str(error)) > LONG:
            self._screen.app.push_screen(
                Notice(one_line(error), title=tr("{name} was not started", name=self._watch.name))
            )
        else:
            self._screen.show_error(error)
        self._watch.look()

    def _stop(self) -> None:
        name = self._watch.name

        def stop() -> None:
            self._watch.keep_namespaces(keep=False)
            self._screen.ask(
                tr("stopping {name}", name=name),
                lambda inspector, _progress: inspector.containers.lifecycle.stop(name),
                lambda container: self._done("stop", stopped(container)),
                group="life",
            )

        if_confirmed(self._screen, "stop", name, PROCESS_ENDS, stop, self._screen.engine)

    def _done(self, verb: str, text: str) -> None:
        """The life line shows it; the command log has it too."""
        words = command_in(self._screen.engine, ("layertui", verb, self._watch.name))
        self._screen.host.notices.log.add(text, ActCommand(words))
        self._watch.look()

    # -- dialogs and screens

    def _push(
        self, screen: InspectorScreen[Any] | InspectorDialog[Any], then: Callable[[Any], None] | None = None
    ) -> None:
        self._screen.app.push_screen(screen.on_engine(self._screen.engine), then)

    def _write(self) -> None:
        """Write a file; to begin with, the one under the cursor."""
        from layertui.tui.screens.dialogs.write_dialog import WriteDialog

        entry = self._entry()
        dialog = WriteDialog(self._watch.name, entry.path if entry is not None else "/")
        self._push(dialog, lambda _path: self._watch.refresh())

    def _take_out(self) -> None:
        """Export or commit."""
        from layertui.tui.screens.dialogs.export_dialog import taking_out

        self._push(taking_out(f"container:{self._watch.name}"))

    def _no_compare(self) -> str:
        return "" if self._watch.container is not None else NOT_KNOWN

    def _compare(self) -> None:
        """Compare it with its image: what it wrote is what differs."""
        from layertui.tui.screens.compare.compare_screen import CompareScreen

        if (container := self._watch.container) is not None:
            self._push(CompareScreen(str(container.image_id), f"container:{container.name}"))

    def _look_up(self) -> None:
        """Look up which layer a path comes from; to begin with, the one under the cursor."""
        from layertui.tui.screens.lookup_screen import LookupScreen

        entry = self._entry()
        screen = LookupScreen(f"container:{self._watch.name}", entry.path if entry is not None else "/")
        self._push(screen)

    def _delete(self) -> None:
        """Delete the entry under the cursor; or the container, and go back."""
        from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
        from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog

        if (entry := self._entry()) is not None:
            dialog = DeleteFileDialog(self._watch.name, entry.path)
            self._push(dialog, lambda _done: self._watch.refresh())
            return

        def deleted(done: bool | None) -> None:
            if done:
                self._screen.dismiss(None)

        self._push(DeleteContainerDialog(self._watch.name), deleted)

    def open_contents(self, path: str) -> None:
        """Show a path as the image has it beside what it is in the container."""
        container = self._watch.name

        def both(inspector: Inspector, progress: Progress) -> tuple[Side, Side]:
            whole = inspector.open(f"container:{container}", progress=progress)
            image = inspector.open(str(whole.image.id), progress=progress)
            below = inspector.view(image, progress=progress).get(path)
            now = inspector.view(whole, progress=progress).get(path)
            return Side(image, below), Side(whole, now)

        def show(sides: tuple[Side, Side]) -> None:
            self._push(ContentScreen(*sides, path, tr("in the image, and in the container")))

        self._screen.ask(tr("reading {path}", path=safe(path)), both, show, group="both")
