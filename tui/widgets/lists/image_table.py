"""The table of images: one row for each tag, and one for each untagged image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, short, short_age, size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.common.selection import local_name
from layertui.tui.widgets.lists.column_table import Table
from layertui.tui.widgets.lists.row_marks import Marking
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, fit_left, right

if TYPE_CHECKING:  # for types only: the first frame waits for no part of the core
    from layertui.core.engines.image_values import ImageSummary

UNTAGGED = "<none>"
ID_FROM = 55
"""The width in cells from which the short ID has a column."""
AGE_FROM, SIZE_FROM = 28, 23
"""The widths from which the age and the size have one."""


class ImageRow(NamedTuple):
    """One name of an image, or an untagged image."""

    key: str
    """The name for opening it: the tag as docker shows it, or the whole ID."""
    title: str
    image: ImageSummary
    is_file: bool = False
    """It lies in an archive or a folder outside the store."""
    engine: str = ""
    """The engine that has it, whose prefix the key then begins with; empty: the default engine, or a file."""

    @property
    def text(self) -> str:
        """What a filter looks at."""
        return f"{self.title} {self.image.id} {self.engine}"

    @property
    def local(self) -> str:
        """The name by which its own engine knows it."""
        return local_name(self.key, self.engine)

    @property
    def engine_and_id(self) -> tuple[str, str]:
        return self.engine, str(self.image.id)


def image_rows(images: Iterable[ImageSummary], engine: str = "", prefix: str = "") -> list[ImageRow]:
    """A row for each tag; one for an image that has none. `prefix` is that of an engine that is not the default one."""
    rows: list[ImageRow] = []
    for image in images:
        tags = [name.familiar for name in image.names if name.tag]
        rows += [ImageRow(prefix + tag, tag, image, engine=engine) for tag in tags]
        if not tags:
            rows.append(ImageRow(f"{prefix}{image.id}", image.place or UNTAGGED, image, engine=engine))
    return rows


class ImageTable(Marking, Table[ImageRow]):
    """Glyph, name, size and age; a filled dot where a container uses the image."""

    TITLE_OF_KEYS = tr("Images")

    ORDERS: ClassVar[dict[str, Callable[[Any], Any] | None]] = {
        "name": lambda row: (not row.is_file, row.title == UNTAGGED, row.title, row.key),
        "age": lambda row: _reversed(row.image.created or ""),
        "size": lambda row: -(row.image.size or 0),
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("layers"), tooltip=tr("Show the layers of this image")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.used: AbstractSet[tuple[str, str]] = frozenset()
        self.opened = ""
        self.now: datetime | None = None

    def show_rows(self, rows: Sequence[ImageRow], used: AbstractSet[tuple[str, str]], now: datetime) -> None:
        """The rows now, what was opened outside the store among them; `used` has engine and ID of images that containers use."""
        self.used, self.now = used, now
        self.show_items(rows)

    def show_opened(self, name: str) -> None:
        """Mark the image that is shown."""
        if name != self.opened:
            self.opened = name
            self.refresh()

    def empty_text(self) -> str:
        return tr(
            "No images yet.\n\n"
            "`{bring_in}` loads or imports one: an image archive, OCI layout or tar of files.\n"
            "`{pull}` pulls one from a registry, `{engines}` lists engines.\n"
            "`layertui demo` adds three demo images; or press `{command_palette}`, Demo images.",
            bring_in=key_name("bring_in", "L"),
            pull=key_name("pull", "p"),
            engines=key_name("engines", "E"),
            command_palette=key_name("command_palette", "^p"),
        )

    def name_at(self, index: int) -> str | None:
        row = self.at(index)
        return row.key if row is not None else None

    def draw_item(self, item: ImageRow, width: int) -> Pieces:
        untagged = item.title == UNTAGGED
        used = item.engine_and_id in self.used
        glyph = "▤" if item.is_file else "◌" if untagged else "●" if used else "○"
        mark = self.mark_of(item.key)
        opened = "strong" if item.key == self.opened else ""
        # In a pane that was made narrow the name is the last to go: without it a row says nothing.
        tail = right(size(item.image.size) if item.image.size is not None else "", 8) if width >= SIZE_FROM else ""
        age = right(short_age(item.image.created, self.now), 5) if width >= AGE_FROM else ""
        ident = short(item.image.id) if width >= ID_FROM or untagged else ""
        if untagged:  # the beginning of an ID opens it as well
            ident = ident[: max(4, width - 3 - cell_len(tail) - cell_len(age) - cell_len(UNTAGGED) - 1)]
        room = max(4, width - 3 - cell_len(tail) - cell_len(age) - (cell_len(ident) + 1 if ident else 0))
        name, colon, tag = safe(item.title).rpartition(":")
        if not colon or "/" in tag or item.is_file:
            name, colon, tag = safe(item.title), "", ""
        # A long tag leaves room for the end of the name, which is the most specific part.
        tag_text = fit(colon + tag, min(cell_len(colon + tag), max(room // 2, room - cell_len(name))))
        name = fit_left(name, min(cell_len(name), room - cell_len(tag_text)))
        tag_text = fit(tag_text, room - cell_len(name))
        dot = "good" if used else "dim"
        pieces: list[Piece] = [
            mark,
            (glyph + " ", dot),
            (name, ("dim " if untagged else "") + opened),
            (tag_text, "base " + opened),
        ]
        if ident:
            pieces.append((" " + ident, "dim"))
        return [*pieces, (tail, ""), (age, "dim")]


def _reversed(text: str) -> tuple[int, ...]:
    """A sort key for descending order."""
    return tuple(-ord(letter) for letter in text)
