"""A container's own layer as one more layer of a new image; the answer is the image's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.tui.common.format import safe, size
from layertui.tui.screens.dialogs.dialog import KEPT, NOTE, Dialog, lines
from layertui.tui.widgets.forms.fields import Field, Line
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.images.image import Image


class CommitDialog(Dialog["str | None"]):
    """Name, message, author, changes of the config."""

    YES = "Commit"

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
        self._diff: tuple[int, int] | None = None

    def heading(self) -> str:
        """The title."""
        return f"Commit {safe(self._container)}"

    def fields(self) -> Iterable[Widget]:
        """What `commit` takes."""
        yield Field("Image", Line(placeholder="NAME:TAG; none leaves it without a name", id="ref"))
        yield Field("Message", Line(placeholder="what it is for", id="message"))
        yield Field("Author", Line(placeholder="who made it", id="author"))
        yield Field("Change", Line(placeholder='CMD ["sh"]', id="change"), hint="one more with ; between")

    def on_mount(self) -> None:
        """How much it is, is asked at once."""
        super().on_mount()
        name = self._container
        self.find_out(
            "what is in its layer",
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
            made = "One layer more on top of the image's own, and one step in the history."
        elif not self._diff[0]:
            made = "Nothing was written: one step in the history, and no layer."
        else:
            made = f"One layer more, of {many(self._diff[0], 'changed path')} and {size(self._diff[1])}, and one step in the history."
        return lines(
            (made, ""),
            ("Kept: every layer below, the whole history, the config.", KEPT),
            ("The container stays as it is. Volumes are never part of it.", NOTE),
        )

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def _changes(self) -> list[str]:
        return [change.strip() for change in self._text("change").split(";") if change.strip()]

    def command(self) -> Sequence[str]:
        """`layertui commit …`."""
        words = ["layertui", "commit"]
        for flag, field in (("-m", "message"), ("-a", "author")):
            if self._text(field):
                words += [flag, self._text(field)]
        for change in self._changes():
            words += ["-c", change]
        return [*words, self._container, *([self._text("ref")] if self._text("ref") else [])]

    def confirm(self) -> None:
        """Commit it."""
        name, ref = self._container, self._text("ref")
        message, author, changes = self._text("message") or None, self._text("author") or None, self._changes()

        def committed(image: Image) -> None:
            self.dismiss(ref or str(image.id))

        self.do(
            f"committing {name}",
            lambda inspector, progress: inspector.containers.commit(
                name, ref or None, message=message, author=author, changes=changes, progress=progress
            ),
            committed,
        )
