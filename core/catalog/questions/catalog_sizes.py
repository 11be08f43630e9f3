"""Bytes of a catalog: by repository, label or step; of each layer; and what would be free without some images.

All are bytes of files, each layer once in whatever it is counted: what a host with these images unpacks. `stored` bytes are those of
the blobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.catalog.storage.stored_text import stored, unstored
from layertui.core.errors import NotFound, UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from layertui.core.catalog.questions.catalog_database import CatalogDatabase

_GROUPS = {
    # An archive, and what has an ID alone, is in no repository: it has a row of its own.
    "repository": """
        SELECT coalesce(nullif(repository, ''), image) AS name, image, chain_id, NULL::SMALLINT AS layer FROM images
    """,
    "label": "SELECT labels[$label] AS name, image, chain_id, NULL::SMALLINT AS layer FROM images WHERE labels[$label] IS NOT NULL",
    "step": """
        SELECT unnest(steps) AS name, image, chain_id, unnest(range(1, len(steps) + 1))::SMALLINT AS layer FROM images
    """,
}
_SIZES = """
    WITH named AS ({groups}),
    placed AS (
        SELECT n.name, s.diff_id, max(s.stored) AS bytes, min(s.hidden) AS wasted
        FROM named n JOIN stack_layers s ON s.chain_id = n.chain_id AND (n.layer IS NULL OR s.layer = n.layer)
        GROUP BY n.name, s.diff_id
    ),
    owners AS (SELECT diff_id, count(*) AS names FROM placed GROUP BY diff_id),
    counted AS (SELECT name, count(DISTINCT image) AS images FROM named GROUP BY name)
    SELECT p.name, any_value(c.images)::BIGINT AS images, count(*)::BIGINT AS layers, sum(p.bytes)::BIGINT AS bytes,
        coalesce(sum(p.bytes) FILTER (WHERE o.names = 1), 0)::BIGINT AS unique_bytes,
        coalesce(sum(p.bytes) FILTER (WHERE o.names > 1), 0)::BIGINT AS shared_bytes,
        sum(p.wasted)::BIGINT AS wasted_bytes
    FROM placed p JOIN owners o ON o.diff_id = p.diff_id JOIN counted c ON c.name = p.name
    GROUP BY p.name ORDER BY bytes DESC, p.name
"""


def catalog_sizes(database: CatalogDatabase, by: str) -> pa.Table:
    """Bytes by `repository`, `step`, or `label:KEY`: of layers of this group alone, of those shared with others, and wasted ones.

    An image that is in no repository, such as an archive, is a group of its own.
    Wasted are the bytes of a layer's files that none of the group's images shows, at most. Raises UsageError.
    """
    kind, _, key = by.partition(":")
    if kind not in _GROUPS or (kind == "label") != bool(key):
        raise UsageError(tr("invalid --by {by!r}: write repository, step or label:KEY", by=by))
    return database.table(_SIZES.format(groups=_GROUPS[kind]), {"label": stored(key)} if key else ())


def catalog_layers(database: CatalogDatabase) -> pa.Table:
    """Every layer, the largest first, and how many images have it."""
    return database.table(
        """
        SELECT l.diff_id, l.entries, l.size, l.stored_size, count(DISTINCT i.image) AS images
        FROM layers l LEFT JOIN stack_layers s ON s.diff_id = l.diff_id LEFT JOIN images i ON i.chain_id = s.chain_id
        GROUP BY ALL ORDER BY l.size DESC, l.diff_id
        """
    )


def would_free(database: CatalogDatabase, names: Sequence[str]) -> dict[str, Any]:
    """What would be free if these images were gone: bytes of files and of blobs of the layers that no other image has.

    A name stands for all images with its digest too where it is an ID. Raises NotFound.
    """
    known = {unstored(row["image"]): row for row in database.rows("SELECT image, id, digest FROM images")}
    chosen: set[str] = set()
    for name in names:
        found = {one for one, row in known.items() if name in (one, row["id"], row["digest"]) or _is_short(name, one)}
        if not found:
            raise NotFound(tr("{name}: no such image in the catalog", name=name))
        chosen |= found
    layers = database.rows(
        """
        SELECT s.diff_id, any_value(l.size) AS bytes, any_value(l.stored_size) AS stored_bytes
        FROM stack_layers s JOIN images i ON i.chain_id = s.chain_id JOIN layers l ON l.diff_id = s.diff_id
        GROUP BY s.diff_id HAVING bool_and(list_contains($images, i.image)) ORDER BY bytes DESC, s.diff_id
        """,
        {"images": [stored(one) for one in chosen]},
    )
    return {
        "bytes": sum(row["bytes"] or 0 for row in layers),
        "stored_bytes": sum(row["stored_bytes"] or 0 for row in layers),
        "images": sorted(chosen),
        "layers": layers,
    }


def _is_short(name: str, image: str) -> bool:
    """Whether a name is an image's without its transport, or with the tag that is left out."""
    bare = image.removeprefix("docker://")
    return name == bare or f"{name}:latest" in (image, bare)
