"""The fleet: which engine has which image and container, as rows with one cell for each engine. Values alone, no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.containers.model.container import Container
    from layertui.tui.screens.home.home_questions import Listing
    from layertui.tui.widgets.lists.image_table import ImageRow

HERE = "●"
ABSENT = "·"


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


def fleet_rows(listings: Sequence[Listing]) -> list[FleetRow]:
    """Images by ID, in the order of their names, so that one name for two images has two rows; then the containers."""
    images: dict[str, dict[int, list[ImageRow]]] = {}
    for number, listing in enumerate(listings):
        for row in listing.rows:
            images.setdefault(str(row.image.id), {}).setdefault(number, []).append(row)
    found = [_image_row(one, len(listings)) for one in images.values()]
    containers = [
        _container_row(listing, container, number, len(listings))
        for number, listing in enumerate(listings)
        for container in listing.containers
    ]
    return sorted(found, key=_order) + sorted(containers, key=_order)


def _order(row: FleetRow) -> tuple[str, str]:
    return row.title.lower(), row.short_id


def _image_row(there: dict[int, list[ImageRow]], engines: int) -> FleetRow:
    rows = [row for number in sorted(there) for row in there[number]]
    titles = dict.fromkeys(row.title for row in rows)
    cells = tuple(HERE if number in there else ABSENT for number in range(engines))
    keys = tuple(there[number][0].key if number in there else "" for number in range(engines))
    return FleetRow("image", ", ".join(titles), rows[0].image.id.short, cells, keys)


def _container_row(listing: Listing, container: Container, number: int, engines: int) -> FleetRow:
    cells, keys = [ABSENT] * engines, [""] * engines
    cells[number], keys[number] = str(container.state), f"{listing.prefix}container:{container.name}"
    return FleetRow("container", container.name, container.short_id, tuple(cells), tuple(keys))
