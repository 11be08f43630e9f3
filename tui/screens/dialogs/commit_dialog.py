"""Commits a container's writable layer as one more layer of a new image; the answer is the image's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, Dialog, lines
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Field, Line
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.images.image import Image


class CommitDialog(Dialog["str | None"]):
    """Name, message, author, changes of the config."""

    YES = tr("Commit")

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
        self._diff: tuple[int, int] | None = None

    def heading(self) -> str:
        return tr("Commit {container}", container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        yield Field(tr("Image"), Line(placeholder=tr("NAME:TAG (optional)"), id="ref"))
        yield Field(tr("Message"), Line(placeholder=tr("what it is for"), id="message"))
        yield Field(tr("Author"), Line(placeholder=tr("who made it"), id="author"))
        yield Field(
            tr("Change"), Line(placeholder=tr('e.g. CMD ["sh"]'), id="change"), hint=tr("several: separate with ;")
        )

    def on_mount(self) -> None:
        super().on_mount()
        name = self._container
        self.find_out(
            tr("reading the writable layer"),
            lambda inspector, progress: (
                inspector.containers.files.diff(name, progress),
                inspector.containers.files.own_size(name),
            ),
            self._measured,
            group="diff",
        )

    def _measured(self, answer: tuple[list[DiffLine], int]) -> None:
        lines_, bytes_ = answer
        self._diff = (len(lines_), bytes_)
        self.renew()

    def effect(self) -> Content:
        """What a commit makes, and what it keeps."""
        if self._diff is None:
            made = tr("Adds one layer on top of the image's layers, and one history step.")
        elif not self._diff[0]:
            made = tr("Nothing was written: adds one history step, and no layer.")
        else:
            made = tr(
                "Adds one layer ({diff}, {size}) and one history step.",
                diff=many(self._diff[0], "changed path"),
                size=size(self._diff[1]),
            )
        return lines(
            (made, ""),
            (tr("Kept: every layer below, the whole history, the config."), KEPT),
            (tr("The container stays as it is. Volumes are not part of the image."), NOTE),
        )

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def _changes(self) -> list[str]:
        return [change.strip() for change in self._text("change").split(";") if change.strip()]

    def command(self) -> Sequence[str]:
        words = ["layertui", "commit"]
        for flag, field in (("-m", "message"), ("-a", "author")):
            if self._text(field):
                words += [flag, self._text(field)]
        for change in self._changes():
            words += ["-c", change]
        return [*words, self._container, *([self._text("ref")] if self._text("ref") else [])]

    def wrong_field(self, error: Exception) -> str | None:
        """An invalid value is a change, or the name."""
        if not isinstance(error, UsageError):
            return None
        from layertui.core.oci.config_change import InvalidChange

        return "#change" if isinstance(error, InvalidChange) else "#ref"

    def confirm(self) -> None:
        name, ref = self._container, self._text("ref")
        message, author, changes = self._text("message") or None, self._text("author") or None, self._changes()
        said: list[str] = []

        def committed(image: Image) -> None:
            made = ref or image.id.short
            copy = copy_key(self, tr("image ID"), str(image.id), tr("the ID of {made}", made=made))
            sentence = tr(
                "Committed {name} as image {made}, {size}: one layer more, history kept",
                name=name,
                made=made,
                size=size(image.stored_size),
            )
            self.finish(ref or str(image.id), ActNotice("; ".join((sentence, *said)), (copy,)), made=str(image.id))

        self.do(
            tr("committing {name}", name=name),
            lambda inspector, progress: inspector.containers.commit(
                name,
                ref or None,
                message=message,
                author=author,
                changes=changes,
                say=said.append,
                progress=progress,
            ),
            committed,
        )
