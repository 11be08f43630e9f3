from datetime import UTC, datetime, timedelta

import pytest

from layertui.core.engines.daemon.api_json.process_rows import rows_of

NOW = datetime(2026, 12, 1, 12, 0, 0, tzinfo=UTC)


def test_the_columns_that_docker_is_asked_for():
    found = {
        "Titles": ["PID", "PPID", "UID", "ELAPSED", "TIME", "TT", "COMMAND"],
        "Processes": [
            ["9", "1", "0", "5", "61", "pts/0", "sh -c x"],
            ["7", "1", "1000", "75", "0", "?", "sleep 10"],
        ],
    }
    first, second = rows_of(found, NOW)
    assert (first.pid, first.parent, first.uid, first.terminal, first.command) == (7, 1, 1000, None, ("sleep", "10"))
    assert first.started == NOW - timedelta(seconds=75)
    assert (second.seconds, second.terminal) == (61.0, "pts/0")


def test_a_row_of_nonsense_has_a_command_and_a_time():
    found = {"Titles": ["PID", "ELAPSED", "COMMAND"], "Processes": [["1", "99999999999-00:00:00", ""], []]}
    assert [row.command for row in rows_of(found, NOW)] == [("?",), ("?",)]


def test_podman_4_leaves_lines_whole():
    found = {"Titles": ["PID   USER     COMMAND"], "Processes": [["1 root     sleep 10000"]]}
    (row,) = rows_of(found, NOW)
    assert (row.pid, row.command) == (1, ("sleep", "10000"))


@pytest.mark.parametrize(
    ("spelled", "seconds"),
    [("75", 75), ("01:15", 75), ("1-02:03:04", 93784), ("1h2m3.5s", 3723.5), ("58.2s", 58.2), ("", 0), ("x.y", 0)],
)
def test_every_spelling_of_a_time(spelled, seconds):
    (row,) = rows_of({"Titles": ["PID", "TIME"], "Processes": [["1", spelled]]}, NOW)
    assert row.seconds == seconds


@pytest.mark.parametrize("found", [{}, {"Titles": [], "Processes": None}, {"Titles": "x", "Processes": [5, []]}])
def test_what_is_no_table(found):
    assert all(row.pid == 0 for row in rows_of(found, NOW))
