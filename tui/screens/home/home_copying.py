"""What goes from home to the clipboard: paths, identities, names, commands, contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.tui.common.format import safe
from layertui.tui.screens.home.home_details import HomeDetails
from layertui.tui.screens.shared.clipboard import Copying

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

COPY_LIMIT = 1024 * 1024


class HomeCopying(Copying, HomeDetails):
    """Each pane has something of its own to copy."""

    def what_to_copy(self) -> str | None:
        """A path, or the identity of what the cursor is on."""
        if self.pane == "images":
            return str(self.images.current.image.id) if self.images.current else None
        if self.pane == "containers":
            return self.containers.current.container.id if self.containers.current else None
        if self.pane == "layers":
            step = self.step
            return str(step.diff_id) if step is not None and step.diff_id else None
        if self.pane == "files":
            return safe(self.files.path) if self.files.path is not None else None
        return super().what_to_copy()

    def action_copy_more(self) -> None:
        """A name, a command, or the content of a file."""
        if self.pane == "images" and self.images.current:
            self.copy(self.images.current.title, self.images.current.title)
        elif self.pane == "containers" and self.containers.current:
            import shlex

            command = shlex.join(self.containers.current.container.command)
            self.copy(command, command)
        elif self.pane == "layers" and (step := self.step) is not None:
            self.copy(step.command, step.command)
        elif self.pane == "files":
            self._copy_content()

    def _copy_content(self) -> None:
        entry, subject, selection = self.files.entry, self.subject, self.selection
        if entry is None or subject is None or entry.kind not in (1, 3):
            self.tell("Only a file has content to copy.", severity="warning")
            return
        if entry.size > COPY_LIMIT:
            self.tell("Too large for the clipboard (limit 1MB); x extracts the file.", severity="warning")
            return

        def call(inspector: Inspector, progress: Progress) -> str:
            only = selection.layer if selection.alone else None
            with inspector.read(
                subject, entry.path, upto=None if only else selection.layer, only=only, progress=progress
            ) as stream:
                return stream.read(COPY_LIMIT).decode("utf-8", "replace")

        self.ask(
            f"reading {safe(entry.path)}",
            call,
            lambda text: self.copy(text, f"the content of {entry.path}"),
            group="copy",
        )
