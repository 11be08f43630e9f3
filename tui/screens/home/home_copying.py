"""What home copies to the clipboard: paths, IDs, names, commands, contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.clipboard import copy_text, copyable, more_copyable
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen

COPY_LIMIT = 1024 * 1024
"""Bytes of a file's content that go to the clipboard."""


class HomeCopying:
    """The part of home that copies: each pane has something of its own."""

    def __init__(self, screen: InspectorScreen[Any], state: HomeState, panes: HomePanes, target: HomeTarget) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._target = target

    def actions(self) -> dict[str, Action]:
        """What `y` and `Y` name."""
        return {
            "copy": Action(self._copy, self._refusal),
            "copy_more": Action(self._copy_more, self._no_more),
        }

    def text(self) -> str | None:
        """A path, or the ID of what the cursor is on."""
        panes, pane = self._panes, self._panes.focused
        if pane == "images":
            return str(panes.images.current.image.id) if panes.images.current else None
        if pane == "containers":
            return panes.containers.current.container.id if panes.containers.current else None
        if pane == "layers":
            step = self._target.step
            return str(step.diff_id) if step is not None and step.diff_id else None
        if pane == "files":
            return safe(panes.files.path) if panes.files.path is not None else None
        return copyable(self._screen.focused)

    def _refusal(self) -> str:
        return "" if self.text() else tr("copy: there is nothing under the cursor")

    def _no_more(self) -> str:
        if self._panes.focused == "details":
            return "" if more_copyable(self._screen.focused) else tr("copy: details are copied by y")
        return self._refusal()

    def _copy(self) -> None:
        if text := self.text():
            copy_text(self._screen, text, text)

    def _copy_more(self) -> None:
        """A name, a command, or the content of a file."""
        panes, pane = self._panes, self._panes.focused
        if pane == "images" and panes.images.current:
            title = panes.images.current.title
            copy_text(self._screen, title, title)
        elif pane == "containers" and panes.containers.current:
            import shlex

            command = shlex.join(panes.containers.current.container.command)
            copy_text(self._screen, command, command)
        elif pane == "layers" and (step := self._target.step) is not None:
            copy_text(self._screen, step.command, step.command)
        elif pane == "files":
            self._copy_content()
        elif pane == "details" and (text := more_copyable(self._screen.focused)):
            copy_text(self._screen, text, text)

    def _copy_content(self) -> None:
        from layertui.core.layers.table.entry import Kind

        entry, subject, selection = self._target.entry, self._state.subject, self._state.selection
        if entry is None or subject is None or entry.kind not in (Kind.FILE, Kind.SYMLINK):
            self._screen.show_notice(tr("Only a file has content to copy."), severity="warning")
            return
        if entry.size > COPY_LIMIT:
            self._screen.show_notice(
                tr(
                    "Too large for the clipboard (limit 1MB); {take_out} extracts the file.",
                    take_out=key_name("take_out", "x"),
                ),
                severity="warning",
            )
            return

        def call(inspector: Inspector, progress: Progress) -> str:
            only = selection.layer if selection.alone else None
            upto = None if only else selection.layer
            with inspector.read(subject, entry.path, upto=upto, only=only, progress=progress) as stream:
                return stream.read(COPY_LIMIT).decode("utf-8", "replace")

        self._screen.ask(
            tr("reading {path}", path=safe(entry.path)),
            call,
            lambda text: copy_text(self._screen, text, tr("the content of {path}", path=entry.path)),
            group="copy",
        )
