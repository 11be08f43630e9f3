"""What changed in a catalog between two times: names that came, went, or mean another image."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    import pyarrow as pa

    from layertui.core.catalog.questions.catalog_database import CatalogDatabase

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CHANGES = """
    WITH before AS (
        SELECT * FROM images_log WHERE seen <= $first QUALIFY row_number() OVER (PARTITION BY image ORDER BY seen DESC) = 1
    ),
    after AS (
        SELECT * FROM images_log WHERE seen <= $last QUALIFY row_number() OVER (PARTITION BY image ORDER BY seen DESC) = 1
    )
    SELECT CASE WHEN b.digest IS NULL THEN 'added' WHEN a.digest IS NULL THEN 'removed' ELSE 'changed' END AS change,
        a.image, a.seen, b.digest AS digest_before, a.digest AS digest_after
    FROM after a LEFT JOIN before b ON b.image = a.image
    WHERE a.digest IS DISTINCT FROM b.digest ORDER BY a.image
"""


def time_of(text: str) -> datetime:
    """A time as the user writes it: a date, RFC 3339, `now`, or how long ago it was: `7d`, `12h`. Raises UsageError."""
    if text == "now":
        return datetime.now(UTC)
    try:
        if (ago := _AGO.fullmatch(text)) is not None:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(
            tr("{text!r} is no time: write 2026-01-31, 2026-01-31T12:00:00Z, 7d (ago) or now", text=text)
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def catalog_changes(database: CatalogDatabase, first: datetime, last: datetime) -> pa.Table:
    """The names that mean something else at the second time, with the digests of both manifests."""
    return database.table(_CHANGES, {"first": first, "last": last})
