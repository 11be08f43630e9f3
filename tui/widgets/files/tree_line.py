"""One line of the file tree: an entry in columns, of which the least important are dropped on a narrow screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from layertui.core.language.texts import tr
from layertui.tui.common.format import mode_text, mtime_text, safe
from layertui.tui.common.format import size as size_text
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, fit_left, right

if TYPE_CHECKING:
    from layertui.core.layers.table.entry import Entry

MODE_FROM, OWNER_FROM, TIME_FROM = 52, 60, 104
"""The widths in cells from which these columns are shown; if rows are sorted by time, its column replaces mode and owner."""

NOTE = "  "
"""The separator between a name and a note about it, where links have an arrow and their target."""

ORDERS = ("name", "size", "time", "change", "layer")
ORDER_NAMES = {
    "name": tr("name"),
    "size": tr("size"),
    "time": tr("time"),
    "change": tr("change"),
    "layer": tr("layer"),
}
"""The orders of the rows of a file tree, and their names on the screen."""

LETTERS = {1: ("A", "added"), 2: ("M", "changed"), 3: ("D", "removed")}


def columns(width: int, order: str = "name") -> dict[str, int]:
    """The columns that fit, with their widths; the name has the rest."""
    found = {"change": 2}
    instead = order == "time" and MODE_FROM <= width < TIME_FROM
    if width >= MODE_FROM and not instead:
        found["mode"] = 11
    if width >= OWNER_FROM and not instead:
        found["owner"] = 10
    found["size"] = 8
    if width >= TIME_FROM or instead:
        found["time"] = 18
    found["layer"] = 4 if width < OWNER_FROM else 6
    found["name"] = max(4, width - sum(found.values()) - 1)
    return found


def name_start(found: dict[str, int]) -> int:
    """The position of the name column."""
    return sum(found.get(name, 0) for name in ("change", "mode", "owner", "size", "time")) + 1


def head_line(found: dict[str, int], order: str) -> Pieces:
    """The titles of the columns, and by which one rows are sorted."""
    mark = {order: " ↓" if order != "name" else ""}
    pieces: list[Piece] = [(" " * found["change"], "")]
    pieces += [
        (fit(" " + title, found[name]), "title")
        for name, title in (("mode", tr("mode")), ("owner", tr("owner")))
        if name in found
    ]
    pieces.append((right(tr("size") + mark.get("size", ""), found["size"]), "title"))
    if "time" in found:
        pieces.append((fit("  " + tr("time") + mark.get("time", ""), found["time"]), "title"))
    pieces.append((" " + fit(tr("name") + mark.get("change", ""), found["name"]), "title"))
    layer = tr("layer") if found["layer"] > 5 and order != "layer" else tr("lyr")
    pieces.append((right(layer + mark.get("layer", ""), found["layer"]), "title"))
    return pieces


def order_at(head: Pieces, x: int) -> str:
    """The order of the column under a cell of the head; empty for a column that is none."""
    orders = {tr("name"): "name", tr("size"): "size", tr("time"): "time", tr("layer"): "layer", tr("lyr"): "layer"}
    at = 0
    for text, _ in head:
        at += cell_len(text)
        if x < at:
            return orders.get(text.strip(" ↓"), "")
    return ""


def entry_line(
    entry: Entry,
    found: dict[str, int],
    *,
    deep: int,
    sign: str,
    size: int,
    is_base: bool = False,
    is_own: bool = False,
    is_found: bool = False,
) -> Pieces:
    """An entry at depth `deep`; `sign` says whether a folder is unfolded, `size` is the total below it.

    An entry of the lowest layer, `is_base`, has no mark, as nothing is below it to be changed.
    """
    letter, word = LETTERS.get(0 if is_base else int(entry.change), (" ", ""))
    gone = word == "removed"
    pieces: list[Piece] = [(" " + letter, f"{word} strong")]
    if "mode" in found:
        pieces.append((fit(" " + mode_text(entry.kind, entry.mode), found["mode"]), "dim"))
    if "owner" in found:
        pieces.append((fit(f" {entry.uid}:{entry.gid}", found["owner"]), "dim"))
    pieces.append((right("-" if gone else size_text(size), found["size"]), "dim" if gone or not size else ""))
    if "time" in found:
        pieces.append(("  " + fit(mtime_text(entry.mtime), found["time"] - 2), "dim"))
    is_folder = entry.is_folder
    meaning = word or ("base" if is_folder else "link" if entry.link is not None else "")
    meaning += (" struck" if gone else "") + (" match" if is_found else "")
    lead: Piece = (" " * min(2 * deep, max(0, found["name"] - 14)) + sign, "base" if is_folder else "")
    pieces += [(" ", ""), lead, *_name(entry, found["name"] - cell_len(lead[0]), meaning)]
    pieces.append((right("✎" if is_own else str(entry.layer or ""), found["layer"]), "own" if is_own else "dim"))
    return pieces


def _name(entry: Entry, room: int, meaning: str) -> list[Piece]:
    """The name, and the link's target as far as there is room."""
    name = safe(entry.name) + ("/" if entry.is_folder else "")
    name = fit(name, min(cell_len(name), room))
    room -= cell_len(name)
    arrow, target = _target(entry)
    if cell_len(arrow + target) > room:
        cut = fit if arrow == NOTE else fit_left  # the end of a path is more specific than its beginning
        target = cut(target, room - cell_len(arrow)) if room > cell_len(arrow) + 3 else ""
        arrow = arrow if target else ""
    return [(name, meaning), (arrow + target, "dim"), (" " * (room - cell_len(arrow + target)), "")]


def _target(entry: Entry) -> tuple[str, str]:
    """The sign and the target of a link."""
    if entry.link is not None:
        return " → ", safe(entry.link)
    if entry.hardlink_to is not None:
        return " ⇒ ", safe(entry.hardlink_to)
    return (NOTE, tr("emptied here (opaque)")) if entry.opaque else ("", "")
