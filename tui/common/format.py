"""Formats sizes, ages, modes and digests, and makes text from archives safe to display.

Pure functions, for the terminal UI and the command line. All text from an image (names, commands, labels) passes `safe`
on its way to a terminal: only this function knows which characters could control it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from layertui.core.language.texts import marked, tr, trn
from layertui.core.unsafe_text import UNSAFE

SIZE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")

_UNSAFE_TO_PASTE = re.compile(rf"(?![\n\t]){UNSAFE.pattern}")

# Indexed by Kind: regular file, folder, symlink, character and block device, fifo; markers have no letter of their own.
_KIND_LETTERS = "?-dlcbp??"

# The upper limits of each wording, in seconds, as in docker.
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WEEK, _MONTH, _YEAR = 7 * _DAY, 30 * _DAY, 365 * _DAY


def size(count: int | None) -> str:
    """A number of bytes with SI units and three digits, as docker prints it: `412MB`, `1.24MB`, `0B`."""
    if count is None:
        return "N/A"
    value, sign = float(abs(count)), "-" if count < 0 else ""
    unit = 0
    # 999.5 would be rounded to four digits and printed as 1e+03.
    while value >= 999.5 and unit < len(SIZE_UNITS) - 1:
        value /= 1000
        unit += 1
    return f"{sign}{value:.3g}{SIZE_UNITS[unit]}"


def binary_size(count: int) -> str:
    """A number of bytes in units of 1024, as `docker stats` prints memory: `1.324MiB`, `7.6GiB`."""
    value, unit = float(count), 0
    while value >= 1024 and unit < len(_BINARY) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.4g}{_BINARY[unit]}"


_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size_change(count: int) -> str:
    """A difference of sizes, with its sign: `+1.2MB`, `-3kB`, `0B`."""
    return f"+{size(count)}" if count > 0 else size(count)


def count_text(count: int) -> str:
    """A count with thousands separators: `85,713`."""
    return f"{count:,}"


def unreadable_text(images: int) -> str:
    """The warning about images that cannot be listed."""
    return trn(
        "{images} image cannot be read; `layertui fsck` lists them",
        "{images} images cannot be read; `layertui fsck` lists them",
        images,
        images=images,
    )


@lru_cache(maxsize=4096)
def mode_text(kind: int, mode: int) -> str:
    """Kind and mode bits as `ls -l` shows them: `drwxr-xr-x`, `-rwsr-xr-t`."""
    letters = [_KIND_LETTERS[kind] if 0 <= kind < len(_KIND_LETTERS) else "?"]
    letters += [letter if mode & (0o400 >> index) else "-" for index, letter in enumerate("rwxrwxrwx")]
    for bit, index, with_x, without_x in ((0o4000, 3, "s", "S"), (0o2000, 6, "s", "S"), (0o1000, 9, "t", "T")):
        if mode & bit:
            letters[index] = with_x if letters[index] == "x" else without_x
    return "".join(letters)


def octal(mode: int) -> str:
    """Mode bits as four octal digits: `0644`, `4755`."""
    return f"{mode & 0o7777:04o}"


def short(digest: str | None) -> str:
    """The first twelve digits of a digest or a container's ID, without its algorithm."""
    if not digest:
        return "<none>"
    return digest.rpartition(":")[2][:12]


def safe(text: str | bytes) -> str:
    r"""Text that is safe for a terminal: control characters, line ends, invisible and direction marks are escaped (`\x1b`, `\u202e`).

    A byte that is not UTF-8 is shown as the surrogate that represents it (`\udcff`), as in JSON.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable():
        return text
    return UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def in_cells(text: str) -> str:
    """Text in an input field: each character that `safe` escapes becomes one visible cell, so that columns stay the same."""
    return text if text.isprintable() and text.isascii() else UNSAFE.sub(_stand_in, text)


def _stand_in(match: re.Match[str]) -> str:
    point = ord(match.group())
    return chr(0x2400 + point) if point < 0x20 else "\u2421" if point == 0x7F else "\ufffd"


def safe_lines(text: str) -> str:
    """`safe` text of several lines, with line ends and tabs: for the clipboard, and for a container's output.

    Pasted text reaches a terminal, or a shell, as if it had been typed.
    """
    return _UNSAFE_TO_PASTE.sub(_escaped, text.replace("\r\n", "\n"))


def one_line(text: str | bytes) -> str:
    """`safe` text with each run of blanks, tabs and line ends as one blank: for commands and comments."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    return safe(" ".join(text.split()))


def shorten(text: str, width: int) -> str:
    """Text cut to `width` characters, with `…` at the end if something is missing."""
    if len(text) <= width:
        return text
    return text[: width - 1] + "…" if width > 1 else text[:width]


def quoted(words: Sequence[str], width: int | None = None) -> str:
    """A command as `docker ps` shows it: in double quotes, arguments with blanks in single ones, cut to `width`."""
    text = " ".join(f"'{word}'" if index and " " in word else word for index, word in enumerate(words))
    if width is not None:
        text = shorten(text, width)
    return '"' + safe(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def moment(text: str | None) -> datetime | None:
    """An RFC 3339 time in UTC; None if there is none, or it is invalid."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def when(text: str | None) -> str:
    """A time to the second, in UTC: `2026-11-24 08:00:00`."""
    parsed = moment(text)
    return parsed.strftime("%Y-%m-%d %H:%M:%S") if parsed else "N/A"


def mtime_text(seconds: int) -> str:
    """An entry's time to the minute, in UTC: `2026-11-24 08:00`; the number of seconds for a year beyond 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"


def duration(seconds: float) -> str:
    """A duration as docker prints it: `4 seconds`, `About a minute`, `3 weeks`."""
    if seconds < 1:
        return tr("Less than a second")
    if seconds < _MINUTE:
        return trn("{count} second", "{count} seconds", int(seconds))
    if seconds < 2 * _MINUTE:
        return tr("About a minute")
    if seconds < _HOUR:
        return tr("{count} minutes", count=int(seconds // _MINUTE))
    hours = int(seconds / _HOUR + 0.5)
    if hours == 1:
        return tr("About an hour")
    if hours < 48:
        return tr("{count} hours", count=hours)
    for unit, text, until in (
        (_DAY, marked("{count} days"), 2 * _WEEK),
        (_WEEK, marked("{count} weeks"), 2 * _MONTH),
        (_MONTH, marked("{count} months"), 2 * _YEAR),
    ):
        if hours * _HOUR < until:
            return tr(text, count=hours * _HOUR // unit)
    return tr("{count} years", count=int(seconds // _YEAR))


def age(text: str | None, now: datetime | None = None) -> str:
    """How long ago a moment was, as docker prints it: `2 minutes ago`; `N/A` if unknown."""
    parsed = moment(text)
    if parsed is None:
        return "N/A"
    return tr("{duration} ago", duration=duration(((now or datetime.now(UTC)) - parsed).total_seconds()))


def short_age(text: str | None, now: datetime | None = None) -> str:
    """How long ago a moment was, briefly: `4s`, `2m`, `5h`, `3d`, `6w`, `2y`; empty if unknown."""
    parsed = moment(text)
    if parsed is None:
        return ""
    seconds = max(0.0, ((now or datetime.now(UTC)) - parsed).total_seconds())
    for unit, short_text, until in (
        (1, marked("{count}s"), _MINUTE),
        (_MINUTE, marked("{count}m"), _HOUR),
        (_HOUR, marked("{count}h"), 2 * _DAY),
        (_DAY, marked("{count}d"), 2 * _WEEK),
        (_WEEK, marked("{count}w"), _YEAR),
    ):
        if seconds < until:
            return tr(short_text, count=int(seconds // unit))
    return tr("{count}y", count=int(seconds // _YEAR))


def since(text: str | None, now: datetime | None = None) -> str:
    """For how long something has gone on, in lower case: `4 seconds`; empty if unknown."""
    parsed = moment(text)
    return "" if parsed is None else duration(((now or datetime.now(UTC)) - parsed).total_seconds()).lower()


def status(
    state: str,
    started: str | None,
    finished: str | None,
    exit_code: int,
    now: datetime | None = None,
    *,
    paused_by: str | None = None,
) -> str:
    """A container's state as in `docker ps`: `Created`, `Up 4 seconds`, `Exited (0) 2 minutes ago`.

    If it was paused by signals, not by a freezer, it is `(Paused by signals)`: its processes may have noticed.
    """
    if state in ("running", "paused"):
        begun = moment(started)
        since = "" if begun is None else duration(((now or datetime.now(UTC)) - begun).total_seconds())
        up = tr("Up {duration}", duration=since).rstrip()
        if state == "running":
            return up
        return up + (tr(" (Paused by signals)") if paused_by == "signals" else tr(" (Paused)"))
    if state == "exited":
        return tr("Exited ({exit_code}) {finished}", exit_code=exit_code, finished=age(finished, now))
    return tr({"created": marked("Created"), "dead": marked("Dead")}.get(state, state.capitalize()))


def rate(count: int, seconds: float) -> str:
    """Bytes per second: `120MB/s`."""
    return size(round(count / seconds)) + "/s" if seconds > 0 else ""


def clock(seconds: float) -> str:
    """Remaining time as minutes and seconds: `0:07`, `12:30`, `1:02:03`."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def layer_name(number: int | None, own: int | None) -> str:
    """The name of a layer in all panes; `own` is the number of a container's writable layer."""
    return tr("the writable layer") if number is not None and number == own else tr("layer {number}", number=number)


def kind_text(word: str) -> str:
    """The kind of an entry, as a word for sentences, from its name in `ls --json`."""
    return {
        "dir": tr("folder"),
        "symlink": tr("symbolic link"),
        "char": tr("character device"),
        "block": tr("block device"),
    }.get(word, word)


FIELD_WORDS = {
    "type": tr("type"),
    "mode": tr("mode"),
    "uid": "uid",
    "gid": "gid",
    "size": tr("size"),
    "time": tr("mtime"),
    "mtime": tr("mtime"),
    "owner": tr("owner"),
    "link": tr("link target"),
    "dev": tr("device number"),
    "xattrs": tr("xattrs"),
    "content": tr("content"),
}
"""What two versions of a file may differ in, as a user reads it; JSON has the names themselves."""


def field_words(fields: Iterable[str]) -> list[str]:
    """These fields in the user's language."""
    return [FIELD_WORDS.get(field, field) for field in fields]
