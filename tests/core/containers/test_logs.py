import pytest

from layertui.core.containers.logs import read_log

STAMP = "2026-11-24T08:00:00.000000001Z"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    rows = [
        f"{STAMP} stdout F one",
        f"{STAMP} stderr F two with  spaces",
        f"{STAMP} stdout F ",
        f"{STAMP} stdout P no end",
    ]
    path.write_bytes("\n".join(rows).encode() + b"\n")
    return path


def test_lines_are_what_was_written(log):
    assert [(line.stream, line.time, line.text) for line in read_log(log)] == [
        ("stdout", STAMP, b"one\n"),
        ("stderr", STAMP, b"two with  spaces\n"),
        ("stdout", STAMP, b"\n"),
        ("stdout", STAMP, b"no end"),
    ]


@pytest.mark.parametrize("count", range(6))
def test_the_tail(log, count):
    everything = list(read_log(log))
    assert list(read_log(log, tail=count)) == (everything[-count:] if count else [])


def test_a_log_that_is_not_there(tmp_path):
    assert list(read_log(tmp_path / "none")) == []


def test_a_line_that_is_being_written_is_waited_for(log):
    answers = iter([True, True, False])

    def running():
        going = next(answers)
        if not going:
            with log.open("ab") as file:
                file.write(b" F half\n")
        return going

    with log.open("ab") as file:
        file.write(f"{STAMP} stdout".encode())
    assert [line.text for line in read_log(log, running=running)][-1] == b"half\n"


def test_any_bytes(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(STAMP.encode() + b" stdout F \xff\x00\x1b[31m\r\n")
    assert next(read_log(path)).text == b"\xff\x00\x1b[31m\r\n"
