"""Deletes a file, an image or a container, after a question that says what is kept. The answer is whether it was done."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.content import Content
from textual.widget import Widget

from layertui.core.errors import LayertuiError, LimitExceeded
from layertui.core.language.texts import tr, trn
from layertui.core.layers.table.entry import Kind
from layertui.core.oci.reference import Reference
from layertui.tui.common.format import safe, short, size
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.screens.shared.undo import may_undo, no_way_back, offer_name, offer_path, remove_path, said, undo_key
from layertui.tui.widgets.forms.fields import Tick
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.engines.image_values import ImageSummary, Removed
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.images.name_changes import NameChange
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress

CANNOT_UNDO = tr("This cannot be undone.")


def exact_name(text: str) -> Reference | None:
    """The name that was written, with a tag; None for an ID."""
    try:
        return Reference.parse(text)
    except LayertuiError:
        return None


def kept_in(volumes: Sequence[PreservedVolume]) -> str:
    """The sentence about anonymous volumes that were kept."""
    names = ", ".join(volume.name for volume in volumes)
    return trn("; kept as volume {names}", "; kept as volumes {names}", len(volumes), names=names) if volumes else ""


class DeleteDialog(Dialog[bool]):
    """The common part: red, reads what would be deleted before it says what is kept, and Esc means no."""

    YES = tr("Delete")
    DANGER = True
    WHAT: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._what = name

    def heading(self) -> str:
        return tr("Delete {what} {what2}?", what=self.WHAT, what2=safe(self.shown_name))

    @property
    def shown_name(self) -> str:
        """What is deleted, as it is called on the screen."""
        return self._what

    def on_mount(self) -> None:
        super().on_mount()
        self.find_out(tr("looking it up"), self._look, self._found, group="look")

    @abstractmethod
    def _look(self, inspector: Inspector, progress: Progress) -> Any:
        """Read what the effect depends on."""

    @abstractmethod
    def _found(self, answer: Any) -> None:
        """Store it, and update the effect."""

    def renew(self) -> None:
        """Where the user does not want to be asked, do it once it is known that nothing prevents it."""
        super().renew()
        if self.host.confirm == "none" and self._may_go_on() and self.job is None:
            self.confirm()

    @abstractmethod
    def _may_go_on(self) -> bool:
        """Whether what it is about is known, and nothing has to be forced."""


class DeleteFileDialog(DeleteDialog):
    """Deletes a path from a container's files."""

    WHAT = tr("file")

    def __init__(self, container: str, path: str) -> None:
        super().__init__(path)
        self._container = container
        self._entry: Entry | None = None
        self._below: int | None = None
        self._own = 0
        self._inside: LostFiles | None = None
        self._no_way_back: str | None = None

    def _look(
        self, inspector: Inspector, progress: Progress
    ) -> tuple[Entry | None, int | None, int, LostFiles | None, str]:
        subject = inspector.open(f"container:{self._container}", progress=progress)
        trace = inspector.trace(subject, self._what, deep=True, progress=progress)
        own = len(subject.image.layers) + 1
        shown = next((step.entry for step in trace.steps if step.visible), None)
        below = next((step for step in trace.steps if step.layer < own and step.found != "absent"), None)
        why_not = no_way_back(inspector, self._container, self._what)
        lower = below.layer if below is not None and below.found == "present" else None
        return shown, lower, own, _lost_files(inspector.view(subject, progress=progress), self._what, own), why_not

    def _found(self, answer: tuple[Entry | None, int | None, int, LostFiles | None, str]) -> None:
        self._entry, self._below, self._own, self._inside, self._no_way_back = answer
        self.renew()

    @property
    def _is_folder(self) -> bool:
        return self._entry is not None and self._entry.kind.word == "dir"

    def effect(self) -> Content:
        """A whiteout, or deleted for good."""
        all_below = tr(" and all that is in it") if self._is_folder else ""
        if self._below is not None:
            return lines(
                (tr("A whiteout in the writable layer hides it{all_below}.", all_below=all_below), ""),
                (tr("Layer {below} stays as it is: the image still has it.", below=self._below), KEPT),
                (tr("The version in the writable layer is lost."), LOST) if self._in_own else None,
                self._lost_inside(),
                self._undo_line(),
            )
        all_of_it = tr("it and all that is in it") if self._is_folder else tr("it")
        for_good = "" if self._no_way_back == "" else tr(" for good")
        return lines(
            (
                tr(
                    "It exists only in the writable layer: deleting removes {all_of_it}{for_good}.",
                    all_of_it=all_of_it,
                    for_good=for_good,
                ),
                LOST,
            ),
            self._lost_inside(),
            self._undo_line(),
        )

    def _may_go_on(self) -> bool:
        return self._no_way_back is not None

    def _lost_inside(self) -> tuple[str, str] | None:
        """What no layer of the image has: of a folder how much, of a file its size."""
        if self._inside is None or not self._inside.files:
            return None
        what = many(self._inside.files, "file") if self._is_folder else tr("this version")
        return tr("Lost: {what} of the writable layer, {size}.", what=what, size=size(self._inside.bytes)), LOST

    def _undo_line(self) -> tuple[str, str] | None:
        line = said(self._no_way_back)
        return (line, LOST if self._no_way_back else NOTE) if line else None

    @property
    def _in_own(self) -> bool:
        return self._entry is not None and self._entry.layer == self._own

    def command(self) -> Sequence[str]:
        return ("layertui", "unlink", *(["-r"] if self._is_folder else []), self._container, self._what)

    def confirm(self) -> None:
        name, path, folder = self._container, self._what, self._is_folder
        still = (
            tr(": a whiteout hides it, layer {below} still has it", below=self._below)
            if self._below is not None
            else ""
        )

        def deleted(way: WayBack | None) -> None:
            self.finish(
                True,
                ActNotice(
                    tr("Deleted {path} in {name}{still}", path=path, name=name, still=still),
                    (undo_key(),) if way is not None else (),
                ),
            )
            if way is not None:
                self.host.undo.offer(offer_path(way, name, path, self.engine))

        self.do(
            tr("deleting {path}", path=path),
            lambda inspector, _progress: remove_path(inspector, name, path, recursive=folder),
            deleted,
        )


class LostFiles(NamedTuple):
    """What the writable layer alone has at and below a path."""

    files: int
    bytes: int


def _lost_files(view: View, path: str, own: int) -> LostFiles | None:
    at = view.find(path)
    if at is None or at < 0:
        return None
    rows = slice(at, int(view.end[at]))
    mine = view.layer[rows] == own
    files = mine & (view.kind[rows] != Kind.DIR)
    return LostFiles(int(files.sum()), int(view.size[rows][files].sum()))


class ForceDialog(DeleteDialog):
    """With a checkbox to delete it anyway, if something prevents that."""

    FORCE: ClassVar[str]

    def fields(self) -> Iterable[Widget]:
        """The checkbox, shown only if needed."""
        tick = Tick(self.FORCE, id="force")
        tick.display = False
        tick.disabled = True  # otherwise it could have the focus even while hidden
        yield tick

    def offer_force(self, *, wanted: bool) -> None:
        """Show the checkbox if needed, and focus it."""
        tick = self.query_one("#force", Tick)
        tick.display = wanted
        tick.disabled = not wanted
        if wanted:
            tick.focus()

    @property
    def force(self) -> bool:
        return self.query_one("#force", Tick).value


class DeleteImageDialog(ForceDialog):
    """Removes a name from an image, or the image with its last name."""

    WHAT = tr("image")
    FORCE = tr("Force: delete although containers use it")

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self._image: ImageSummary | None = None
        self._users: tuple[str, ...] = ()
        self._shared = 0
        self._freed = 0
        self._may_undo = False

    @property
    def shown_name(self) -> str:
        return short(self._what) if self._what.startswith("sha256:") else self._what

    def _look(
        self, inspector: Inspector, progress: Progress
    ) -> tuple[ImageSummary | None, tuple[str, ...], int, int, bool]:
        image = inspector.open(self._what, progress=progress).image
        images = inspector.images.list()
        own = next((other for other in images if other.digest == image.descriptor.digest), None)
        users = tuple(
            container.name
            for container in (inspector.containers.list() if inspector.engine.containers is not None else [])
            if container.image_id == image.id
        )
        others = {diff_id for other in images if other is not own for diff_id in other.diff_ids}
        alone = [layer for layer in image.layers if layer.diff_id not in others]
        name = exact_name(self._what)
        may_undo = own is not None and name is not None and inspector.images.may_take_back_removal(own, name)
        return own, users, len(image.layers) - len(alone), sum(layer.size for layer in alone), may_undo

    def _found(self, answer: tuple[ImageSummary | None, tuple[str, ...], int, int, bool]) -> None:
        self._image, self._users, self._shared, self._freed, self._may_undo = answer
        self.offer_force(wanted=bool(self._users) and self._last_name)
        self.renew()

    def _may_go_on(self) -> bool:
        return self._image is not None and not (self._users and self._last_name)

    @property
    def _last_name(self) -> bool:
        return self._image is None or len(self._image.names) <= 1

    def effect(self) -> Content:
        """Only a name, or the image."""
        if self._image is None:
            return lines((tr("Looking it up …"), NOTE))
        if not self._last_name:
            others = ", ".join(safe(name.familiar) for name in self._image.names if name.familiar != self._what)
            return lines(
                (tr("Only this tag is removed."), ""),
                (tr("The image is kept as {others}.", others=others), KEPT),
                (may_undo(), NOTE) if self._may_undo else None,
            )
        layers = len(self._image.diff_ids)
        going = layers - self._shared
        gone = (
            tr("Frees {going} of {layers}, {size}.", going=going, layers=many(layers, "layer"), size=size(self._freed))
            if going
            else tr("No layer is freed.")
        )
        used = ", ".join(safe(name) for name in self._users)
        image_id = short(self._image.id)
        return lines(
            (
                tr("This was its last tag: image {id} is removed. {gone}", id=image_id, gone=gone)
                if self._image.names
                else tr("It has no tag: image {id} is removed. {gone}", id=image_id, gone=gone),
                LOST,
            ),
            (
                trn(
                    "{shared} is kept: other images use it.",
                    "{shared} are kept: other images use them.",
                    self._shared,
                    shared=many(self._shared, "layer"),
                ),
                KEPT,
            )
            if self._shared
            else None,
            (tr("In use by {used}.", used=used), LOST) if used else None,
            (CANNOT_UNDO, LOST),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "rmi", *(["-f"] if self.force else []), self._what)

    def _sentence(self, removed: Removed) -> str:
        if removed.deleted:
            return tr("Deleted image {what}, {size} freed", what=self.shown_name, size=size(self._freed))
        return tr("Untagged {what}; the image is kept", what=self._what)

    def confirm(self) -> None:
        name, force = self._what, self.force

        def deleted(answer: tuple[Removed, NameChange | None]) -> None:
            removed, change = answer
            self.finish(True, ActNotice(self._sentence(removed), (undo_key(),) if change is not None else ()))
            if change is not None:
                self.host.undo.offer(offer_name(change, self.engine))

        self.do(
            tr("deleting {name}", name=name),
            lambda inspector, _progress: inspector.images.remove_reversibly(name, force=force),
            deleted,
        )


class DeleteContainerDialog(ForceDialog):
    """Removes a container and its writable layer."""

    WHAT = tr("container")
    FORCE = tr("Force: kill its process first")

    def __init__(self, container: str) -> None:
        super().__init__(container)
        self._container: Container | None = None
        self._layer: tuple[int, int] | None = None
        """The number of its changed paths, and their bytes; None if they cannot be determined."""

    def _look(self, inspector: Inspector, progress: Progress) -> tuple[Container, tuple[int, int] | None]:
        container = inspector.containers.get(self._what)
        try:
            return container, (
                len(inspector.containers.files.diff(self._what, progress)),
                inspector.containers.files.own_size(self._what),
            )
        except LimitExceeded:  # it can still be removed
            return container, None

    def _found(self, answer: tuple[Container, tuple[int, int] | None]) -> None:
        self._container, self._layer = answer
        self.offer_force(wanted=self._container.state.alive)
        self.renew()

    def _may_go_on(self) -> bool:
        return self._container is not None and not self._container.state.alive

    def effect(self) -> Content:
        """The layer goes, the image stays."""
        if self._container is None:
            return lines((tr("Looking it up …"), NOTE))
        state = self._container.state
        killed = tr("its process is killed") if self.force else tr("stop it first, or tick Force")
        paths, taken = self._layer or (0, 0)
        changes = f"{many(paths, 'changed path')}, {size(taken)}" if self._layer else tr("too deep to be measured")
        return lines(
            (
                tr("Its writable layer is deleted: {changes}.", changes=changes),
                LOST if paths or not self._layer else "",
            ),
            (tr("Volumes are kept; anonymous ones are given a name."), KEPT)
            if self._container.options.mounts
            else None,
            (tr("The image {image} stays as it is.", image=safe(self._container.image)), KEPT),
            (tr("It is {state}: {killed}.", state=state.word, killed=killed), LOST) if state.alive else None,
            (CANNOT_UNDO, LOST),
        )

    def command(self) -> Sequence[str]:
        return ("layertui", "rm", *(["-f"] if self.force else []), self._what)

    def confirm(self) -> None:
        name, force = self._what, self.force
        self.do(
            tr("deleting {name}", name=name),
            lambda inspector, _progress: inspector.containers.remove(name, force=force),
            lambda kept: self.finish(
                True,
                ActNotice(
                    tr("Deleted container {name} and its writable layer{kept_in}", name=name, kept_in=kept_in(kept)),
                    deleted=self._container.id if self._container is not None else "",
                ),
            ),
        )
