"""Timestamps of configs, records and events: RFC 3339 in UTC, with Z at the end."""

import re
import time
from datetime import UTC, datetime, timedelta

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)


def now() -> str:
    """The current time, with nanoseconds."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds:09d}Z"


def written(moment: datetime, timespec: str = "microseconds") -> str:
    """A moment in UTC as text, to the `timespec` of `datetime.isoformat`."""
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def utc(value: object) -> str | None:
    """A time from another tool's document, in UTC, its fraction kept; None if it is invalid."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
        if sign and int(minutes) < 60 and int(hours) < 24:
            shift = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - shift if sign == "+" else moment + shift
        elif sign:
            return None
    except (ValueError, OverflowError):
        return None
    digits = (fraction or "").rstrip("0").rstrip(".")
    return f"{moment.isoformat()[:19]}{digits}Z"
