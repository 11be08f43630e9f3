"""What format.py promises: docker's words for sizes and times, and no character that acts on a terminal."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.tui.common import format as fmt

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0B"),
        (1, "1B"),
        (999, "999B"),
        (1000, "1kB"),
        (1024, "1.02kB"),
        (1_240_000, "1.24MB"),
        (412_000_000, "412MB"),
        (999_600_000, "1GB"),
        (1_400_000_000, "1.4GB"),
        (-3000, "-3kB"),
        (None, "N/A"),
    ],
)
def test_sizes_are_as_docker_prints_them(count: int | None, text: str) -> None:
    assert fmt.size(count) == text


@given(st.integers(min_value=0, max_value=10**26))
def test_a_size_never_falls_into_exponents(count: int) -> None:
    text = fmt.size(count)
    assert "e" not in text
    assert len(text) <= 6 or count >= 10**27


def test_size_change_carries_its_sign() -> None:
    assert (fmt.size_change(1200), fmt.size_change(-1200), fmt.size_change(0)) == ("+1.2kB", "-1.2kB", "0B")


@pytest.mark.parametrize(
    ("kind", "mode", "text"),
    [
        (1, 0o644, "-rw-r--r--"),
        (2, 0o755, "drwxr-xr-x"),
        (2, 0o1777, "drwxrwxrwt"),
        (2, 0o1776, "drwxrwxrwT"),
        (3, 0o777, "lrwxrwxrwx"),
        (1, 0o4755, "-rwsr-xr-x"),
        (1, 0o4644, "-rwSr--r--"),
        (1, 0o2755, "-rwxr-sr-x"),
        (4, 0o620, "crw--w----"),
        (5, 0o660, "brw-rw----"),
        (6, 0o600, "prw-------"),
        (99, 0, "?---------"),
    ],
)
def test_modes_are_as_ls_shows_them(kind: int, mode: int, text: str) -> None:
    assert fmt.mode_text(kind, mode) == text


def test_octal_has_four_digits() -> None:
    assert (fmt.octal(0o644), fmt.octal(0o4755), fmt.octal(0)) == ("0644", "4755", "0000")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain name", "plain name"),
        ("日本語", "日本語"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc\r", r"a\x0ab\x09c\x0d"),
        ("\x7f\x85\x9b", r"\x7f\x85\x9b"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u2028b", r"a\u2028b"),
        (b"caf\xe9", r"caf\udce9"),
        ("👩\u200d🚀", r"👩\u200d🚀"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("\u200f\u061c", r"\u200f\u061c"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("\u3164", r"\u3164"),
    ],
)
def test_safe_text_cannot_act_on_a_terminal(raw: str | bytes, shown: str) -> None:
    assert fmt.safe(raw) == shown


@given(st.text(st.characters()))
def test_safe_text_is_one_line_of_encodable_text(text: str) -> None:
    shown = fmt.safe(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)


def test_one_line_folds_blanks() -> None:
    assert fmt.one_line("RUN a &&\n\t  b") == "RUN a && b"


def test_shorten_marks_what_is_missing() -> None:
    assert (fmt.shorten("abcdef", 4), fmt.shorten("abc", 4), fmt.shorten("abc", 1)) == ("abc…", "abc", "a")


def test_quoted_command() -> None:
    assert fmt.quoted(["sh", "-c", 'echo "x"\x1b']) == '"sh -c \'echo \\"x\\"\\x1b\'"'
    assert fmt.quoted(["sh", "-c", "a b c d e f g"], 10) == '"sh -c \'a …"'


def test_short_digest() -> None:
    assert fmt.short("sha256:" + "0123456789abcdef" * 4) == "0123456789ab"
    assert fmt.short(None) == "<none>"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (120, "2 minutes"),
        (3540, "59 minutes"),
        (3600, "About an hour"),
        (2 * 3600, "2 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (15 * 86400, "2 weeks"),
        (70 * 86400, "2 months"),
        (800 * 86400, "2 years"),
    ],
)
def test_durations_are_in_dockers_words(seconds: int, text: str) -> None:
    assert fmt.duration(seconds) == text


def test_age_of_a_moment_and_of_none() -> None:
    assert fmt.age("2026-11-24T07:58:00Z", NOW) == "2 minutes ago"
    assert fmt.age("2026-11-24T07:58:00.123456789+00:00", NOW) == "About a minute ago"
    assert fmt.age(None, NOW) == "N/A"
    assert fmt.age("yesterday", NOW) == "N/A"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4, "4s"), (120, "2m"), (5 * 3600, "5h"), (3 * 86400, "3d"), (40 * 86400, "5w"), (800 * 86400, "2y")],
)
def test_short_age(seconds: int, text: str) -> None:
    assert fmt.short_age((NOW - timedelta(seconds=seconds)).isoformat(), NOW) == text


def test_status_words() -> None:
    assert fmt.status("created", None, None, 0) == "Created"
    assert fmt.status("running", "2026-11-24T07:59:56Z", None, 0, NOW) == "Up 4 seconds"
    assert fmt.status("paused", "2026-11-24T07:59:56Z", None, 0, NOW) == "Up 4 seconds (Paused)"
    assert fmt.status("exited", None, "2026-11-24T07:58:00Z", 137, NOW) == "Exited (137) 2 minutes ago"


def test_times_no_calendar_has() -> None:
    assert fmt.mtime_text(0) == "1970-01-01 00:00"
    assert fmt.mtime_text(2**62) == f"@{2**62}"


def test_clock_and_rate() -> None:
    assert (fmt.clock(7), fmt.clock(750), fmt.clock(3723)) == ("0:07", "12:30", "1:02:03")
    assert fmt.rate(240_000_000, 2) == "120MB/s"


def test_what_is_pasted_cannot_act_either_but_keeps_its_lines() -> None:
    assert fmt.safe_lines("a\tb\r\nc\x1b[201~\rd\u202e\udcff\n") == "a\tb\nc\\x1b[201~\\x0dd\\u202e\\udcff\n"


def test_what_is_edited_keeps_a_cell_for_each_character() -> None:
    assert fmt.in_cells("a\x1b\n\x7f\x9b\u200bb") == "a\u241b\u240a\u2421\ufffd\ufffdb"
    assert fmt.in_cells("漢é") == "漢é"


def test_modes_are_spelled_once():
    fmt.mode_text.cache_clear()
    assert [fmt.mode_text(2, 0o755), fmt.mode_text(2, 0o755)] == ["drwxr-xr-x"] * 2
    assert fmt.mode_text.cache_info().hits == 1
