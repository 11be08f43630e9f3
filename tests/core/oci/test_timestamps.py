"""Times as text: read from others, and written."""

from datetime import UTC, datetime, timedelta

import pytest

from layertui.core.oci.timestamps import now, utc, written


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789Z"),
        ("2026-01-02T03:04:05.120Z", "2026-01-02T03:04:05.12Z"),
        ("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-01T00:30:00.5+01:00", "2025-12-31T23:30:00.5Z"),
        ("2026-12-31T23:30:00-05:45", "2027-01-01T05:15:00Z"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-13-02T03:04:05Z", None),
        ("2026-02-30T03:04:05Z", None),
        ("2026-01-02T25:04:05Z", None),
        ("2026-01-02T03:04:05", None),
        ("2026-01-02", None),
        ("2026-01-02T03:04:05+99:99", None),
        ("٢٠٢٦-01-02T03:04:05Z", None),
        ("yesterday", None),
        ("", None),
        (1767323045, None),
        (None, None),
        ([], None),
    ],
)
def test_a_time_comes_out_in_utc_or_not_at_all(text, read):
    assert utc(text) == read


def test_now_is_a_time_with_nanoseconds():
    text = now()
    assert len(text) == len("2026-01-02T03:04:05.123456789Z")
    assert abs(datetime.fromisoformat(text) - datetime.now(UTC)) < timedelta(hours=1)


def test_a_moment_is_written_to_the_microsecond_unless_seconds_will_do():
    moment = datetime(2026, 1, 2, 3, 4, 5, 60, UTC)
    assert written(moment) == "2026-01-02T03:04:05.000060Z"
    assert written(moment, "seconds") == "2026-01-02T03:04:05Z"
