"""One changed path: its two contents side by side, and its attributes above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from layertui.tui.format import mode_text, mtime_text, safe, size
from layertui.tui.jobs import one_line
from layertui.tui.screens.base import InspectorScreen
from layertui.tui.widgets.content_diff import ContentDiff, LinePair, pairs_of
from layertui.tui.widgets.file_view import FileView
from layertui.tui.widgets.header_line import HeaderLine
from layertui.tui.widgets.key_bar import KeyBar
from layertui.tui.widgets.preview import READ_LIMIT, Preview, caption, preview_of

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.answers import Subject
    from layertui.core.layers.entry import Entry
    from layertui.core.streams.progress import Progress


@dataclass(frozen=True, slots=True)
class Side:
    """One version of a path: of which Subject, and where it is not the one that shows, of which layer alone."""

    subject: Subject
    entry: Entry | None
    only: int | None = None

    @property
    def title(self) -> str:
        """What to call it."""
        return safe(self.subject.title) if self.only is None else f"layer {self.only}"


@dataclass(frozen=True, slots=True)
class Contents:
    """Both sides read; None where a side has no content to show."""

    left: Preview | None
    right: Preview | None
    pairs: tuple[LinePair, ...] = ()


def read_side(inspector: Inspector, side: Side, theme: str = "") -> Preview | None:
    """The beginning of a file, ready to show; None for what has no bytes of its own."""
    entry = side.entry
    if entry is None or entry.kind.word != "file":
        return None
    with inspector.read(side.subject, entry.path, only=side.only) as content:
        return preview_of(entry.path, content.read(READ_LIMIT), entry.size, theme=theme, colours=bool(theme))


class ContentScreen(InspectorScreen[None]):
    """Text beside text, or bytes beside bytes."""

    DEFAULT_CSS = """
    ContentScreen #about { height: 3; padding: 0 1; }
    ContentScreen #contents { height: 1fr; border: round $pane-border; }
    ContentScreen #contents:focus-within { border: round $primary; }
    ContentScreen #contents > * { width: 1fr; height: 1fr; display: none; }
    """

    def __init__(self, left: Side, right: Side, path: str, what: str = "") -> None:
        super().__init__()
        self._sides = (left, right)
        self._path = path
        self._what = what

    def compose(self) -> ComposeResult:
        """The attributes, then the contents."""
        yield HeaderLine()
        yield Static(self._attributes(), id="about")
        with Horizontal(id="contents"):
            yield ContentDiff(id="lines")
            yield FileView(id="left", numbers=False)
            yield FileView(id="right", numbers=False)
        yield KeyBar()

    def _attributes(self) -> Content:
        width = max(len(side.title) for side in self._sides)
        lines = [Content.assemble((safe(self._path), "bold"), (f"  {self._what}", "$text-warning"))]
        for side, colour in zip(self._sides, ("$text-error", "$text-success"), strict=True):
            lines.append(Content.assemble((f"{side.title:<{width}}  ", colour), _entry_text(side.entry)))
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        """Read both sides."""
        one, other = self._sides
        self.query_one(HeaderLine).subject = f"{one.title} ⇄ {other.title}"

        def read(inspector: Inspector, _progress: Progress) -> Contents:
            left, right = read_side(inspector, one), read_side(inspector, other)
            if left is None or right is None or left.lines is None or right.lines is None:
                return Contents(left, right)
            return Contents(left, right, tuple(pairs_of(_plain(left), _plain(right))))

        self.ask(f"reading {self._path}", read, self._show, group="content", failed=self._failed)

    def _show(self, contents: Contents) -> None:
        left, right = contents.left, contents.right
        names = (self._sides[0].title, self._sides[1].title)
        if left is not None and right is not None and left.lines is not None and right.lines is not None:
            lines = self.query_one(ContentDiff)
            lines.display = True
            lines.show(_plain(left), _plain(right), contents.pairs, names)
            lines.focus()
            if not any(not pair.same for pair in contents.pairs):
                self.query_one("#contents").border_title = "the contents are the same"
            return
        shown = [(side, preview) for side, preview in (("#left", left), ("#right", right)) if preview is not None]
        frame = self.query_one("#contents")
        frame.border_title = "  │  ".join(caption(preview) for _, preview in shown) or self._no_content()
        for side, preview in shown:
            view = self.query_one(side, FileView)
            view.display = True
            view.show(preview)
            view.focus()

    def _no_content(self) -> str:
        entry = next((side.entry for side in self._sides if side.entry is not None), None)
        return f"a {entry.kind.word} has no content to show" if entry is not None else "nothing there on either side"

    def _failed(self, error: Exception) -> None:
        view = self.query_one("#left", FileView)
        view.display = True
        view.say(one_line(error))


def _plain(preview: Preview) -> list[str]:
    return [line.plain for line in preview.lines or ()]


def _entry_text(entry: Entry | None) -> str:
    if entry is None:
        return "not there"
    figures = (
        f"{mode_text(entry.kind, entry.mode)}  {entry.uid}:{entry.gid}  {size(entry.size)}  {mtime_text(entry.mtime)}"
    )
    link = f"  → {safe(entry.link)}" if entry.link is not None else ""
    return f"{figures}  layer {entry.layer}{link}"
