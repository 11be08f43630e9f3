"""Dialogs for a path in a container: a new folder, another name, another mode or owner. The answer is the path afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.tui.common.format import octal, safe
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.screens.shared.undo import no_way_back, offer_path, rename_path, said, undo_key
from layertui.tui.widgets.forms.fields import Field, Line, Tick
from layertui.tui.widgets.forms.path_line import PathLine

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.inspector import Inspector
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress


NO_VERB = (tr("There is no verb for this on the command line."), NOTE)


class NewFolderDialog(Dialog["str | None"]):
    """Makes a folder in a container's writable layer."""

    YES = tr("Make")

    def __init__(self, container: str, beside: str = "/") -> None:
        """`beside` is the parent folder, with its slash."""
        super().__init__()
        self._container, self._beside = container, beside

    def heading(self) -> str:
        return tr("New folder in {container}", container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        """The path, and whether missing parents are made."""
        yield Field(tr("Path"), PathLine(self._beside, placeholder=tr("e.g. /srv/new"), id="path"))
        yield Field("", Tick(tr("make missing folders -p"), id="parents"))

    def effect(self) -> Content:
        return lines((tr("Creates a folder owned by root, mode 0755, in the writable layer."), NOTE))

    def _path(self) -> str:
        return self.query_one("#path", Input).value.strip()

    def command(self) -> Sequence[str]:
        parents = ["-p"] if self.query_one("#parents", Tick).value else []
        return ("layertui", "mkdir", *parents, self._container, self._path() or "PATH")

    def confirm(self) -> None:
        name, path, parents = self._container, self._path(), self.query_one("#parents", Tick).value
        if not path.strip("/"):
            self.show_error_text(tr("a path is needed, such as /srv/new"), at="#path")
            return
        self.do(
            tr("making {path}", path=path),
            lambda inspector, _progress: inspector.containers.files.writable_layer(name).mkdir(path, parents=parents),
            lambda _none: _finish_with_path(
                self, tr("Made folder {whole} in {name}", whole=whole(path), name=name), whole(path)
            ),
        )


class _EntryDialog(Dialog["str | None"]):
    """The common part of dialogs that change an entry: which one, and which layer it is from."""

    ONLY_HERE = tr("No command does this: it is done on the screen only.")

    def __init__(self, container: str, path: str) -> None:
        super().__init__()
        self._container, self._path = container, path
        self._entry: Entry | None = None
        self._own = 0

    def on_mount(self) -> None:
        """Start reading which layer it is from: that decides what a change does."""
        super().on_mount()

        def look(inspector: Inspector, progress: Progress) -> tuple[Entry | None, int]:
            subject = inspector.open(f"container:{self._container}", progress=progress)
            return inspector.view(subject, progress=progress).get(self._path), len(subject.image.layers) + 1

        self.find_out(tr("looking it up"), look, self._found, group="look")

    def _found(self, answer: tuple[Entry | None, int]) -> None:
        self._entry, self._own = answer
        self.renew()

    @property
    def _layer(self) -> int | None:
        """The image's layer that it is from; None if only the writable layer has it."""
        return None if self._entry is None or self._entry.layer == self._own else self._entry.layer

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()


class RenamePathDialog(_EntryDialog):
    """Moves a file or a folder to another path."""

    YES = tr("Rename")

    def __init__(self, container: str, path: str) -> None:
        super().__init__(container, path)
        self._no_way_back: str | None = None

    def on_mount(self) -> None:
        """Start reading, too, whether the rename could be undone."""
        super().on_mount()

        def found(why_not: str) -> None:
            self._no_way_back = why_not
            self.renew()

        name, path = self._container, self._path
        self.find_out(tr("undo"), lambda i, _: no_way_back(i, name, path, moved=True), found, group="undo")

    def heading(self) -> str:
        return tr("Rename {path} in {container}", path=safe(self._path), container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        yield Field(tr("New path"), PathLine(self._path, id="new"))

    def effect(self) -> Content:
        """A copy and a whiteout, if the image has it."""
        if self._entry is None:
            return lines((tr("Looking it up …"), NOTE))
        line = said(self._no_way_back)
        undo = (line, LOST if self._no_way_back else NOTE) if line else None
        if self._layer is None:
            return lines((tr("Moved within the writable layer."), NOTE), undo, NO_VERB)
        return lines(
            (tr("Copied into the writable layer under the new path; a whiteout hides the old one."), "$text-warning"),
            (tr("Layer {layer} stays as it is.", layer=self._layer), KEPT),
            undo,
            NO_VERB,
        )

    def confirm(self) -> None:
        name, path, new = self._container, self._path, self._text("new")
        if not new.strip("/") or new == path:
            self.show_error_text(tr("another path is needed"), at="#new")
            return

        def renamed(way: WayBack | None) -> None:
            undo = (undo_key(),) if way is not None else ()
            _finish_with_path(
                self,
                tr("Renamed {path} to {whole} in {name}", path=path, whole=whole(new), name=name),
                whole(new),
                *undo,
            )
            if way is not None:
                self.host.undo.offer(offer_path(way, name, path, self.engine))

        self.do(
            tr("renaming {path}", path=path),
            lambda inspector, _progress: rename_path(inspector, name, path, new),
            renamed,
        )


class AttributesDialog(_EntryDialog):
    """Sets mode or owner."""

    YES = tr("Set")

    def heading(self) -> str:
        return tr("Mode and owner of {path} in {container}", path=safe(self._path), container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        """The current values are shown dimmed."""
        yield Field(tr("Mode"), Line(placeholder="(0644)", id="mode"))
        yield Field(tr("Owner"), Line(placeholder="(0:0)", id="owner"))

    def _found(self, answer: tuple[Entry | None, int]) -> None:
        super()._found(answer)
        if (entry := self._entry) is not None:
            mode = self.query_one("#mode", Line)
            mode.placeholder = f"({octal(entry.mode)})"
            mode.disabled = entry.kind is Kind.SYMLINK
            self.query_one("#owner", Line).placeholder = f"({entry.uid}:{entry.gid})"

    def effect(self) -> Content:
        """Copied up, if the image has it."""
        if self._entry is None:
            return lines((tr("Looking it up …"), NOTE))
        if self._layer is None:
            return lines((tr("Changed in the writable layer."), NOTE), NO_VERB)
        return lines(
            (tr("Copied up into the writable layer."), "$text-warning"),
            (tr("Layer {layer} stays as it is.", layer=self._layer), KEPT),
            NO_VERB,
        )

    def confirm(self) -> None:
        name, path = self._container, self._path
        try:
            mode, owner = attributes(self._text("mode"), self._text("owner"))
        except ValueError as error:
            self.show_error_text(str(error), at="#mode" if isinstance(error, InvalidMode) else "#owner")
            return
        values = ((tr("mode"), self._text("mode")), (tr("owner"), self._text("owner")))
        changed = ", ".join(f"{what} {value}" for what, value in values if value) or tr("nothing")
        self.do(
            tr("changing {path}", path=path),
            lambda inspector, _progress: inspector.containers.files.writable_layer(name).change(
                path, mode=mode, owner=owner
            ),
            lambda _none: _finish_with_path(
                self, tr("Changed {path} in {name}: {changed}", path=path, name=name, changed=changed), path
            ),
        )


def _finish_with_path(dialog: Dialog[str | None], done: str, path: str, *more: NextKey) -> None:
    """Answer with the path that was changed, which a key of the notice copies."""
    dialog.finish(path, ActNotice(done, (copy_key(dialog, tr("path"), path), *more)))


def whole(path: str) -> str:
    """A path in a container as shown: absolute, without a slash at its end."""
    return f"/{path.strip('/')}"


class InvalidMode(ValueError):
    """A mode was written wrongly."""


def attributes(mode: str, owner: str) -> tuple[int | None, tuple[int, int] | None]:
    """Parse mode and owner; None for an empty field. Raises ValueError with a text that describes the format."""
    if mode and not re.fullmatch(r"[0-7]{1,4}", mode):
        raise InvalidMode(tr("{mode}: a mode is octal, such as 0644", mode=mode))
    if owner and not re.fullmatch(r"\d+:\d+", owner):
        raise ValueError(tr("{owner}: an owner is UID:GID, such as 0:0", owner=owner))
    uid, _, gid = owner.partition(":")
    return int(mode, 8) if mode else None, (int(uid), int(gid)) if owner else None
