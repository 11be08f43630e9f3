"""Take out: save an image, export a container, extract a file; the answer is what was made.

The dialog says in a line what is kept and what is lost, since that is what parts save from export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.tui.format import safe, size
from layertui.tui.screens.completion import on_host
from layertui.tui.screens.dialogs import KEPT, LOST, NOTE, Confirm, Dialog, lines
from layertui.tui.screens.targets import as_path, file_for, what_is_there
from layertui.tui.widgets.fields import Choice, Field, PathLine
from layertui.tui.widgets.pieces import many

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.answers import Subject
    from layertui.core.layers.entry import Entry
    from layertui.core.streams.progress import Progress

Work = Callable[["Inspector", "Progress"], "tuple[str, ...] | None"]
"""Does it, and may answer with what it left out."""


SAID = 5
"""Of what was left out, so many are named."""


class TakeOut(Dialog["str | None"]):
    """The target, and what is lost on the way there."""

    INTO_FOLDERS: ClassVar[bool] = False
    """Whether a folder may be the target, and takes what comes under its own name."""

    def __init__(self) -> None:
        super().__init__()
        self._there: str | None = None

    def target(self) -> Path:
        """Where it goes."""
        return as_path(self.query_one("#target", Input).value)

    def target_field(self, default: str) -> Field:
        """The field for it."""
        return Field("To", PathLine(default, id="target"), hint="→ completes")

    @on(PathLine.Wanted, "#target")
    def _wanted(self, event: PathLine.Wanted) -> None:
        text = event.text
        self.ask(
            "looking at the folder",
            lambda _inspector, _progress: (on_host(text), what_is_there(as_path(text)) if text.strip() else None),
            lambda answer: self._offered(event.line, text, answer),
            group="target",
            quiet=True,
        )

    def _offered(self, line: PathLine, text: str, answer: tuple[list[str], str | None]) -> None:
        candidates, self._there = answer
        line.offer(text, candidates)
        self.renew()

    def overwriting(self) -> tuple[str, str] | None:
        """A line where something is there already."""
        if self._there is None:
            return None
        if self._there == "folder" and self.INTO_FOLDERS:
            return ("It goes into this folder, under its own name.", NOTE)
        return (f"There is a {self._there} of this name: you will be asked before it is overwritten.", LOST)

    def work(self) -> Work:
        """What is to be done, with the fields as they are now."""
        raise NotImplementedError

    def confirm(self) -> None:
        """Look once more, since the disk may have changed, and ask before anything is overwritten."""
        target = self.target()
        if not str(target).strip(". "):
            self.say_error("a file name is needed")
            return
        self.ask(
            "looking at the target",
            lambda _inspector, _progress: what_is_there(target),
            lambda there: self._ask_or_go(target, there),
            group="check",
            quiet=True,
        )

    def _ask_or_go(self, target: Path, there: str | None) -> None:
        if there is None or (there == "folder" and self.INTO_FOLDERS):
            self._go()
            return
        if there == "folder":
            self.say_error(f"{target} is a folder: give a file name in it")
            return
        question = Confirm(
            f"{target}\nis there already. Overwrite it?", title="Overwrite?", yes="Overwrite", danger=True
        )
        self.app.push_screen(question, lambda yes: self._go() if yes else None)

    def _go(self) -> None:
        target = str(self.target())

        def done(left_out: tuple[str, ...] | None) -> None:
            if left_out:
                self.tell(f"{', '.join(left_out[:SAID])}: left out", severity="warning")
            self.dismiss(target)

        self.do(f"writing {target}", self.work(), done)


class SaveDialog(TakeOut):
    """An image as an archive: everything is kept."""

    YES = "Save"

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
        self._subject: Subject | None = None

    def heading(self) -> str:
        """The title."""
        return f"Save {safe(self._image)}"

    def fields(self) -> Iterable[Widget]:
        """Where to, and in which form."""
        yield self.target_field(file_for(self._image))
        yield Field("Form", Choice((("both", "docker and OCI"), ("docker", "docker"), ("oci", "OCI")), id="form"))
        compress = (("", "as stored"), ("none", "none"), ("gzip", "gzip"), ("zstd", "zstd"))
        yield Field("Compress", Choice(compress, id="compress"))

    def on_mount(self) -> None:
        """How much it is."""
        super().on_mount()
        self.ask(
            "opening",
            lambda inspector, progress: inspector.open(self._image, progress=progress),
            self._opened,
            group="open",
            failed=lambda error: self.say_error(str(error)),
            quiet=True,
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        self.renew()

    def effect(self) -> Content:
        """Kept and lost."""
        image = self._subject.image if self._subject is not None else None
        steps = many(len(image.config.history), "history step") if image is not None else ""
        return lines(
            (f"{many(len(image.layers), 'layer')}, {steps}, {size(image.stored_size)}.", "")
            if image is not None
            else None,
            ("Kept: every layer, the history, the config, the names.", KEPT),
            ("Lost: nothing. load brings back the same image ID.", NOTE),
            self.overwriting(),
        )

    def command(self) -> Sequence[str]:
        """`layertui save …`."""
        form, compress = self.query_one("#form", Choice).value, self.query_one("#compress", Choice).value
        words = ["layertui", "save", "-o", str(self.target())]
        if form != "both":
            words += ["--format", form]
        if compress:
            words += ["--compress", compress]
        return [*words, self._image]

    def work(self) -> Work:
        """Save."""
        image, target = self._image, self.target()
        form, compress = self.query_one("#form", Choice).value, self.query_one("#compress", Choice).value or None
        return lambda inspector, progress: inspector.save(
            [image], target, form=form, compress=compress, progress=progress
        )


class ExportDialog(TakeOut):
    """What a container sees as one flat tar; or, by choice, a commit, which keeps all."""

    YES = "Export"

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
        self._subject: Subject | None = None

    def heading(self) -> str:
        """The title."""
        return f"Take out {safe(self._container)}"

    def fields(self) -> Iterable[Widget]:
        """Which way, and where to."""
        ways = (("export", "export: its files, flat"), ("commit", "commit: an image, all kept"))
        yield Field("How", Choice(ways, id="how"))
        yield self.target_field(file_for(self._container))

    def on_mount(self) -> None:
        """How much would be lost."""
        super().on_mount()
        self.query_one("#target").focus()
        self.ask(
            "opening",
            lambda inspector, progress: inspector.open(f"container:{self._container}", progress=progress),
            self._opened,
            group="open",
            failed=lambda error: self.say_error(str(error)),
            quiet=True,
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        self.renew()

    @property
    def _commits(self) -> bool:
        return self.query_one("#how", Choice).value == "commit"

    def effect(self) -> Content:
        """Kept and lost."""
        self.query_one("#target").display = not self._commits
        if self._commits:
            return lines(
                ("Kept: every layer, the history, the config; what it wrote becomes one layer more.", KEPT),
                ("Lost: nothing. The image goes into the store; save takes it from there.", NOTE),
            )
        return lines(
            ("Kept: every file that the container sees now, with mode, owner and times.", KEPT),
            (f"Lost: {', '.join(self._lost())}.", LOST),
            ("What is removed in an upper layer is not in it. import makes an image of it again.", NOTE),
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
        return [*lost, "volumes"]

    def command(self) -> Sequence[str]:
        """`layertui export …`."""
        if self._commits:
            return ("layertui", "commit", self._container)
        return ("layertui", "export", "-o", str(self.target()), self._container)

    def work(self) -> Work:
        """Export."""
        container, target = self._container, self.target()
        return lambda inspector, progress: inspector.export(container, target, progress)

    def confirm(self) -> None:
        """Export, or go on to the commit's own questions."""
        if not self._commits:
            super().confirm()
            return
        from layertui.tui.screens.commit import CommitDialog

        def committed(name: str | None) -> None:
            if name:
                self.dismiss(name)

        self.app.push_screen(CommitDialog(self._container), committed)


class ExtractDialog(TakeOut):
    """A file or folder of an image or a container, written to the host."""

    YES = "Extract"
    INTO_FOLDERS = True

    def __init__(self, name: str, path: str, *, upto: int | None = None) -> None:
        super().__init__()
        self._of = name
        self._path = path
        self._upto = upto
        self._entry: Entry | None = None

    def heading(self) -> str:
        """The title."""
        return f"Extract {safe(self._path)}"

    def fields(self) -> Iterable[Widget]:
        """Where to."""
        yield self.target_field(self._path.rstrip("/").rpartition("/")[2] or file_for(self._of, ""))

    def effect(self) -> Content:
        """Kept and lost."""
        return lines(
            (f"From {safe(self._of)}" + (f" as of layer {self._upto}" if self._upto is not None else "") + ".", ""),
            ("Kept: content, mode, times, links; of a folder all that is in it.", KEPT),
            ("Lost: the owner, unless you are root; which layer it came from.", NOTE),
            self.overwriting(),
        )

    def command(self) -> Sequence[str]:
        """`layertui extract …`."""
        name = self._of if self._upto is None else f"{self._of}@{self._upto}"
        return ("layertui", "extract", name, self._path, str(self.target()))

    def work(self) -> Work:
        """Extract."""
        name, path, upto, target = self._of, self._path, self._upto, self.target()
        return lambda inspector, progress: inspector.extract(
            inspector.open(name, progress=progress), path, target, upto=upto, progress=progress
        )


def taking_out(name: str, path: str | None = None, *, upto: int | None = None) -> TakeOut:
    """The dialog that fits: a file is extracted, a container exported, an image saved."""
    if path is not None:
        return ExtractDialog(name, path, upto=upto)
    container = name.removeprefix("container:")
    return ExportDialog(container) if container != name else SaveDialog(name)
