"""The part of a FileScreen that goes from one version of the path to another: those of lower layers, and those that hide them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from textual.widgets import Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import kind_text, safe
from layertui.tui.screens.file.file_target import LayerFile
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.text.lines import content_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_pages import FilePages
    from layertui.tui.screens.shared.base_screen import InspectorScreen

_REMOVED = {
    "whiteout": tr("removed"),
    "parent-removed": tr("removed with its folder"),
    "opaque": tr("removed with all else in its folder"),
    "not-a-directory": tr("removed: a folder above it is not a folder here"),
}


class LayerVersion(NamedTuple):
    """What one layer has at the path: a version of it, or nothing since it removes the path."""

    layer: int
    is_file: bool
    what: str
    """What it is if it is no file, safe to show."""
    command: str
    """The command of the layer's step, not escaped; empty if the history does not have it."""
    is_own: bool
    """Whether it is a container's writable layer."""


class PathVersions:
    """The versions of the path from the bottom layer up, and which one is shown; a line above the content says so."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        show: Callable[[LayerFile], object],
        show_nothing: Callable[[str], object],
    ) -> None:
        """`show` shows another version; `show_nothing` shows a line where a layer has no file."""
        self.line = Static("", id="version", markup=False)
        self._screen = screen
        self._show = show
        self._show_nothing = show_nothing
        self._subject: Subject | None = None
        self._path = ""
        self._versions: tuple[LayerVersion, ...] = ()
        self._at = 0

    def actions(self) -> dict[str, Action]:
        """The actions of the keys that go to a version above and below."""
        return {"version": Action(self._step, self._no_other)}

    def look(self, target: object, pages: FilePages) -> None:
        """Find the versions of a file that was opened just now."""
        if not isinstance(target, LayerFile) or pages.layer is None:
            self._forget()
            return
        subject, path, layer = target.subject, pages.path, pages.layer
        if self._subject is subject and self._path == path:
            self._place(layer)
            return
        self._forget()

        def found(versions: tuple[LayerVersion, ...]) -> None:
            self._subject, self._path, self._versions = subject, path, versions
            self._place(layer)

        self._screen.ask(
            tr("looking up {path}", path=safe(path)),
            lambda inspector, progress: versions_of(inspector, subject, path, progress),
            found,
            group="versions",
            failed=lambda _: None,  # an addition: the file is shown
            quiet=True,
        )

    def _forget(self) -> None:
        self._subject, self._path, self._versions, self._at = None, "", (), 0
        self._screen.host.jobs.stop(self._screen, "versions")
        self._tell()

    def _place(self, layer: int) -> None:
        """Which of the versions is shown: none of them if the file is in what is mounted over the layers."""
        at = next((at for at, one in enumerate(self._versions) if one.layer == layer), None)
        if at is None:
            self._versions = ()
        self._at = at or 0
        self._tell()

    def _tell(self) -> None:
        self.line.display = len(self._versions) > 1
        if self.line.display:
            here = self._versions[self._at]
            present = [one for one in self._versions if one.what not in _REMOVED.values()]
            number = (
                tr("version {index} of {present}", index=present.index(here) + 1, present=len(present))
                if here in present
                else here.what
            )
            layer = tr("the writable layer") if here.is_own else tr("layer {layer}", layer=here.layer)
            command = f" · {safe(here.command)}" if here.command else ""
            self.line.update(content_of([[(f"{number} · {layer}", "base"), (command, "dim")]]))
        self._screen.refresh_bindings()

    def _no_other(self) -> str:
        return "" if len(self._versions) > 1 else tr("no other layer has a version of this path")

    def _step(self, by: int) -> None:
        at = self._at + by
        if not 0 <= at < len(self._versions):
            below, above = tr("No layer below has a version of it."), tr("No layer above has a version of it.")
            self._screen.show_notice(below if by < 0 else above, severity="warning", seconds=3)
            return
        self._at = at
        version, subject = self._versions[at], self._subject
        self._tell()
        if version.is_file and subject is not None:
            self._show(LayerFile(subject, self._path, only=version.layer))
        else:
            self._show_nothing(tr("Not a file in layer {layer}: {what}.", layer=version.layer, what=version.what))


def versions_of(inspector: Inspector, subject: Subject, path: str, progress: Progress) -> tuple[LayerVersion, ...]:
    """What the layers have at a path, from the bottom up; removals below the lowest version are left out."""
    from layertui.core.layers.table.entry import Kind

    steps = inspector.trace(subject, path, deep=True, progress=progress).steps
    commands = {step.number: step.command for step in inspector.history(subject, sizes=False)}
    own = len(subject.image.layers) + 1
    low = subject.span[0] if subject.span is not None else 1
    found: list[LayerVersion] = []
    for step in reversed(steps):
        entry = step.entry
        if step.layer < low or step.found == "absent" or (entry is None and not found):
            continue
        if entry is None:
            what = _REMOVED[step.found]
        elif entry.kind is Kind.FILE:
            what = ""
        else:
            leads = tr(" to {link}", link=safe(entry.link)) if entry.link is not None else ""
            what = tr("a {word}{leads}", word=kind_text(entry.kind.word), leads=leads)
        is_file = entry is not None and entry.kind is Kind.FILE
        found.append(LayerVersion(step.layer, is_file, what, commands.get(step.layer) or "", step.layer == own))
    return tuple(found)
