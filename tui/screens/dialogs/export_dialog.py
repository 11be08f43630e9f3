"""Saves an image, exports a container, extracts a file; the answer is the path of the result.

The dialog says in one line what is kept and what is lost, as that is the difference between save and export.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, lines
from layertui.tui.screens.dialogs.target_dialog import TargetDialog, Work
from layertui.tui.screens.shared.copy_targets import file_for
from layertui.tui.screens.shared.notices import NextKey
from layertui.tui.widgets.forms.fields import Choice, Field
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.table.entry import Entry


class SaveDialog(TargetDialog):
    """Saves an image as an archive: everything is kept."""

    YES = tr("Save")
    DONE = tr("Saved {what} to {place}")
    KEEPS = tr(": all layers, the config and the history")

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
        self._subject: Subject | None = None

    def heading(self) -> str:
        return tr("Save {image}", image=safe(self._image))

    def fields(self) -> Iterable[Widget]:
        yield self.target_field(file_for(self._image))
        yield Field(
            tr("Form"), Choice((("both", tr("docker and OCI")), ("docker", "docker"), ("oci", "OCI")), id="form")
        )
        compress = (("", tr("as stored")), ("none", tr("none")), ("gzip", "gzip"), ("zstd", "zstd"))
        yield Field(tr("Compress"), Choice(compress, id="compress"))

    def on_mount(self) -> None:
        super().on_mount()
        self.find_out(
            tr("opening"),
            lambda inspector, progress: inspector.open(self._image, progress=progress),
            self._opened,
            group="open",
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        self.renew()

    def effect(self) -> Content:
        image = self._subject.image if self._subject is not None else None
        steps = many(len(image.config.history), "history step") if image is not None else ""
        return lines(
            (
                tr(
                    "{layers}, {steps}, {size}.",
                    layers=many(len(image.layers), "layer"),
                    steps=steps,
                    size=size(image.stored_size),
                ),
                "",
            )
            if image is not None
            else None,
            (tr("Kept: all layers, history, config and names."), KEPT),
            (tr("Lost: nothing. load brings back the same image ID."), NOTE),
            self.overwriting(),
        )

    def what(self) -> str:
        return self._image

    def next_keys(self, written: Path) -> tuple[NextKey, ...]:
        return (NextKey(key_name("bring_in", "L"), tr("loads it"), lambda: self.host.bring_in(str(written))),)

    def command_for(self, target: str) -> Sequence[str]:
        form, compress = self.query_one("#form", Choice).value, self.query_one("#compress", Choice).value
        words = ["layertui", "save", "-o", target]
        if form != "both":
            words += ["--format", form]
        if compress:
            words += ["--compress", compress]
        return [*words, self._image]

    def work(self) -> Work:
        image, target = self._image, self.target()
        form, compress = self.query_one("#form", Choice).value, self.query_one("#compress", Choice).value or None
        return lambda inspector, progress: inspector.images.save(
            [image], target, form=form, compress=compress, progress=progress
        )


class ExportDialog(TargetDialog):
    """Exports a container's files as one flat tar; or, by choice, commits, which keeps everything."""

    YES = tr("Export")
    DONE = tr("Exported {what} to {place}")
    KEEPS = tr(": only files, without layers, config and history")

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
        self._subject: Subject | None = None

    def heading(self) -> str:
        return tr("Export {container}", container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        ways = (("export", tr("export: files, one layer")), ("commit", tr("commit: image + history")))
        yield Field(tr("How"), Choice(ways, id="how"))
        yield self.target_field(file_for(self._container))

    def on_mount(self) -> None:
        """Start measuring what would be lost."""
        super().on_mount()
        self.query_one("#target").focus()
        self.find_out(
            tr("opening"),
            lambda inspector, progress: inspector.open(f"container:{self._container}", progress=progress),
            self._opened,
            group="open",
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        self.renew()

    @property
    def _commits(self) -> bool:
        return self.query_one("#how", Choice).value == "commit"

    def effect(self) -> Content:
        self.query_one("#target-field").display = not self._commits
        self.label_submit("Commit" if self._commits else self.YES)
        if self._commits:
            return lines(
                (tr("Kept: all layers, history and config; the writable layer becomes one more layer."), KEPT),
                (tr("Lost: nothing. The image is in the store then; save writes it to a file."), NOTE),
            )
        return lines(
            (tr("Kept: all files as the container sees them now, with mode, owner and times."), KEPT),
            (tr("Lost: {lost}.", lost=", ".join(self._lost())), LOST),
            (tr("Deleted files are left out. `import` turns it into an image again."), NOTE),
            self.overwriting(),
        )

    def _lost(self) -> list[str]:
        if self._subject is None:
            return ["history", "layers", "config"]
        config = self._subject.image.config
        run = config.config
        lost = [many(len(config.history), "history step"), many(len(self._subject.image.layers), "layer")]
        named = (("CMD", run.cmd), ("ENTRYPOINT", run.entrypoint), ("ENV", run.env), ("WORKDIR", run.working_dir))
        lost += [name for name, value in (*named, ("USER", run.user), ("LABEL", run.labels)) if value]
        return [*lost, tr("volumes")]

    def what(self) -> str:
        return self._container

    def next_keys(self, written: Path) -> tuple[NextKey, ...]:
        return (NextKey(key_name("bring_in", "L"), tr("imports it"), lambda: self.host.bring_in(str(written))),)

    def command_for(self, target: str) -> Sequence[str]:
        if self._commits:
            return ("layertui", "commit", self._container)
        return ("layertui", "export", "-o", target, self._container)

    def work(self) -> Work:
        container, target = self._container, self.target()
        return lambda inspector, progress: inspector.containers.export(container, target, progress)

    def confirm(self) -> None:
        """Export, or go on to the commit dialog."""
        if not self._commits:
            super().confirm()
            return
        from layertui.tui.screens.dialogs.commit_dialog import CommitDialog

        def committed(name: str | None) -> None:
            if name:
                self.dismiss(name)

        self.app.push_screen(CommitDialog(self._container).on_engine(self.engine), committed)


class ExtractDialog(TargetDialog):
    """Writes a file or folder of an image or a container to the host."""

    YES = tr("Extract")
    DONE = tr("Extracted {what} to {place}")
    STOPPED = tr("stopped; in an existing folder, files that were complete stay")
    INTO_FOLDERS = True

    def __init__(self, name: str, path: str, *, upto: int | None = None) -> None:
        super().__init__()
        self._of = name
        self._path = path
        self._upto = upto
        self._entry: Entry | None = None

    def heading(self) -> str:
        return tr("Extract {path}", path=safe(self._path))

    def fields(self) -> Iterable[Widget]:
        yield self.target_field(self._path.rstrip("/").rpartition("/")[2] or file_for(self._of, ""))

    def effect(self) -> Content:
        return lines(
            (
                tr("From {of}", of=safe(self._of))
                + (tr(" as of layer {upto}", upto=self._upto) if self._upto is not None else "")
                + ".",
                "",
            ),
            (tr("Kept: content, mode, times and links; folders with all that is in them."), KEPT),
            (
                tr(
                    "Lost: {word} layer it came from.",
                    word=tr("which") if self._is_root else tr("owner and group (kept when root); which"),
                ),
                NOTE,
            ),
            self.overwriting(),
        )

    @property
    def _is_root(self) -> bool:
        return os.geteuid() == 0

    def what(self) -> str:
        return self._path

    def name_in_folder(self) -> str:
        """Its own name, as with `cp`."""
        return self._path.rstrip("/").rpartition("/")[2]

    def command_for(self, target: str) -> Sequence[str]:
        name = self._of if self._upto is None else f"{self._of}@{self._upto}"
        return ("layertui", "extract", name, self._path, target)

    def work(self) -> Work:
        name, path, upto, target = self._of, self._path, self._upto, self.target()
        return lambda inspector, progress: inspector.extract(
            inspector.open(name, progress=progress), path, target, upto=upto, progress=progress
        )


def taking_out(name: str, path: str | None = None, *, upto: int | None = None) -> TargetDialog:
    """The dialog to use: a file is extracted, a container exported, an image saved."""
    if path is not None:
        return ExtractDialog(name, path, upto=upto)
    container = name.removeprefix("container:")
    return ExportDialog(container) if container != name else SaveDialog(name)
