"""Images by the base that they stand on, and which bases are outdated, from the ChainIDs that their stacks have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.catalog.questions.catalog_database import CatalogDatabase

_SCHEMA = pa.schema(
    {
        "base": pa.string(),
        "chain_id": pa.string(),
        "layers": pa.int64(),
        "bytes": pa.int64(),
        "images": pa.int64(),
        "outdated": pa.bool_(),
        "newer": pa.string(),
        "on_it": pa.list_(pa.string()),
    }
)


class _Name(NamedTuple):
    image: str
    repository: str
    created: str


def image_bases(database: CatalogDatabase) -> pa.Table:
    """One row for each base: the longest run of lower layers that is an image of its own, now or once, else that several images share.

    Outdated is a base that names once meant and none means now, or in whose repository is a newer image; ``newer`` names that.
    """
    stacks = {row["chain_id"]: row for row in database.rows("SELECT chain_id, chain_ids, stored FROM stacks")}
    images = database.rows("SELECT image, repository, created, chain_id FROM images ORDER BY image")
    log = database.rows(
        "SELECT DISTINCT image, repository, created, chain_id FROM images_log WHERE digest IS NOT NULL ORDER BY image"
    )
    now, once = _names_of(images), _names_of(log)
    shared: dict[str, set[str]] = {}
    for image in images:
        for chain in stacks.get(image["chain_id"], {}).get("chain_ids", ()):
            shared.setdefault(chain, set()).add(image["chain_id"])
    standing: dict[str, list[str]] = {}
    depth: dict[str, tuple[int, int]] = {}
    for image in images:
        stack = stacks.get(image["chain_id"])
        if stack is None:
            continue
        below = list(enumerate(stack["chain_ids"][:-1], 1))[::-1]
        base = next((one for one in below if one[1] in once), None)
        base = base or next((one for one in below if len(shared[one[1]]) > 1), None)
        if base is not None:
            number, chain = base
            standing.setdefault(chain, []).append(image["image"])
            depth[chain] = number, sum(stack["stored"][:number])
    newest: dict[str, _Name] = {}
    for names in now.values():
        for name in names:
            if name.repository and (name.repository not in newest or newest[name.repository].created < name.created):
                newest[name.repository] = name
    rows = [_row(chain, on_it, depth[chain], now, once, newest) for chain, on_it in standing.items()]
    rows.sort(key=lambda row: (-row["images"], row["base"], row["chain_id"]))
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _names_of(images: list[dict[str, Any]]) -> dict[str, list[_Name]]:
    found: dict[str, list[_Name]] = {}
    for row in images:
        found.setdefault(row["chain_id"], []).append(_Name(row["image"], row["repository"], row["created"] or ""))
    return found


def _row(
    chain: str,
    on_it: list[str],
    depth: tuple[int, int],
    now: Mapping[str, list[_Name]],
    once: Mapping[str, list[_Name]],
    newest: Mapping[str, _Name],
) -> dict[str, Any]:
    names = now.get(chain) or once.get(chain, [])
    newer = {newest[name.repository].image for name in names if _is_older(name, newest)}
    if chain not in now and chain in once:  # their names mean other images now
        newer |= {name.image for name in names}
    return {
        "base": ", ".join(dict.fromkeys(name.image for name in names)),
        "chain_id": chain,
        "layers": depth[0],
        "bytes": depth[1],
        "images": len(on_it),
        "outdated": bool(newer) or (chain in once and chain not in now),
        "newer": ", ".join(sorted(newer)),
        "on_it": on_it,
    }


def _is_older(name: _Name, newest: Mapping[str, _Name]) -> bool:
    return name.repository in newest and name.created < newest[name.repository].created
