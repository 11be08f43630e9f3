"""The fleet: which engine has which image and container, as rows with one cell for each engine, and where they drift apart.

Values alone, no widgets. Drift is one name for different images in different engines, and a container whose image's name means another
image by now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertui.core.containers.model.container import State
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference
from layertui.tui.common.format import short
from layertui.tui.widgets.lists.image_table import UNTAGGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.containers.model.container import Container
    from layertui.tui.screens.home.home_questions import Listing
    from layertui.tui.widgets.lists.image_table import ImageRow

HERE = "●"
ABSENT = "·"
DRIFT = "≠"
STATES = frozenset(State)
"""What a cell says of a container."""


class FleetRow(NamedTuple):
    """An image, or a container, and where it is."""

    what: str
    """`image` or `container`."""
    title: str
    """All names that any engine has for the image; the container's name."""
    short_id: str
    cells: tuple[str, ...]
    """One for each engine: of an image whether it is there, of a container its state; `·` where it is not there."""
    keys: tuple[str, ...]
    """The names that open it in each engine; empty where it is not there."""
    drift: str = ""
    """How it has drifted, in one line; empty if it has not."""
    image_id: str = ""
    """Of a container, the ID of its image."""


def fleet_rows(listings: Sequence[Listing]) -> list[FleetRow]:
    """Images by ID in the order of their names, each with the containers that were made of it; then all other containers."""
    there: dict[str, dict[int, list[ImageRow]]] = {}
    for number, listing in enumerate(listings):
        for row in listing.rows:
            there.setdefault(str(row.image.id), {}).setdefault(number, []).append(row)
    drifting = _drifting_names(listings)
    images = {key: _image_row(one, len(listings), drifting) for key, one in there.items()}
    containers = sorted(
        (
            _container_row(listing, container, number, len(listings))
            for number, listing in enumerate(listings)
            for container in listing.containers
        ),
        key=_order,
    )
    rows: list[FleetRow] = []
    for key, image in sorted(images.items(), key=lambda one: _order(one[1])):
        rows += [image, *(one for one in containers if one.image_id == key)]
    return rows + [one for one in containers if one.image_id not in images]


def sorted_rows(rows: Sequence[FleetRow], column: int) -> list[FleetRow]:
    """The rows by name (1), by ID (2), or by what an engine has (from 3), those that it lacks last; as listed by 0."""
    if column == 0:
        return list(rows)
    if column == 1:
        return sorted(rows, key=_order)
    if column == 2:
        return sorted(rows, key=lambda row: row.short_id)
    return sorted(rows, key=lambda row: (row.cells[column - 3] == ABSENT, row.cells[column - 3]))


def _order(row: FleetRow) -> tuple[str, str]:
    return row.title.lower(), row.short_id


def _drifting_names(listings: Sequence[Listing]) -> dict[str, str]:
    """Names that mean different images in different engines, each with a sentence that says which."""
    holders: dict[str, dict[str, list[str]]] = {}
    for listing in listings:
        for row in listing.rows:
            if row.title != UNTAGGED:
                holders.setdefault(row.title, {}).setdefault(short(row.image.id), []).append(listing.engine_name)
    return {
        name: tr(
            "{name} is {names}",
            name=name,
            names=", ".join(
                tr("{ident} in {listed}", ident=ident, listed=_listed(places)) for ident, places in ids.items()
            ),
        )
        for name, ids in holders.items()
        if len(ids) > 1
    }


def _listed(places: Sequence[str]) -> str:
    return tr(" and ").join(places)


def _image_row(there: dict[int, list[ImageRow]], engines: int, drifting: dict[str, str]) -> FleetRow:
    rows = [row for number in sorted(there) for row in there[number]]
    titles = dict.fromkeys(row.title for row in rows if row.title != UNTAGGED) or {UNTAGGED: None}
    cells = tuple(HERE if number in there else ABSENT for number in range(engines))
    keys = tuple(there[number][0].key if number in there else "" for number in range(engines))
    drift = "; ".join(drifting[title] for title in titles if title in drifting)
    return FleetRow("image", ", ".join(titles), rows[0].image.id.short, cells, keys, drift)


def _container_row(listing: Listing, container: Container, number: int, engines: int) -> FleetRow:
    cells, keys = [ABSENT] * engines, [""] * engines
    cells[number], keys[number] = str(container.state), f"{listing.prefix}container:{container.name}"
    drift = "; ".join(_moved_on(listing, container))
    image_id = str(container.image_id)
    return FleetRow("container", container.name, container.short_id, tuple(cells), tuple(keys), drift, image_id)


def _moved_on(listing: Listing, container: Container) -> Iterator[str]:
    """That the name which a container was created with means another image now."""
    try:
        name = Reference.parse(container.image).familiar
    except LayertuiError:
        return
    now = next((row.image.id for row in listing.rows if row.title == name), None)
    if now is not None and now != container.image_id:
        was = short(container.image_id)
        yield tr(
            "{name} was created of {was}; {name2} is {now} in {engine_name} now",
            name=container.name,
            was=was,
            name2=name,
            now=short(now),
            engine_name=listing.engine_name,
        )
