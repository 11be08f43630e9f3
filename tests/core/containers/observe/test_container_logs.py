import os
from importlib import import_module

import pytest

from layertui.core.containers.observe import container_logs
from layertui.core.containers.observe.container_logs import read_log
from layertui.core.containers.runtimes.shim_process import SHIM

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


LONG = "x" * 700
PIECES = [
    f"{STAMP} stdout F first",
    f"{STAMP} stdout P {LONG}",
    f"{STAMP} stdout P {LONG}",
    f"{STAMP} stderr F between",
    f"{STAMP} stdout F {LONG}",
    f"{STAMP} stdout P {LONG}",
    f"{STAMP} stdout F last",
]


@pytest.mark.parametrize("block", [70, 100, 701, 1 << 16])
@pytest.mark.parametrize(("count", "start"), [(0, 7), (1, 5), (2, 4), (3, 1), (4, 0), (5, 0)])
def test_the_tail_counts_lines_and_not_their_pieces(tmp_path, monkeypatch, block, count, start):
    """A line that another stream has interrupted is cut where the lines before it are not asked for."""
    monkeypatch.setattr(container_logs, "_BLOCK", block)
    path = tmp_path / "log"
    path.write_text("\n".join(PIECES) + "\n")
    assert list(read_log(path, tail=count)) == list(read_log(path))[start:]


def test_a_log_that_is_not_there(tmp_path):
    assert list(read_log(tmp_path / "none")) == []


@pytest.mark.slow
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


@pytest.mark.parametrize("count", [*range(6), 50, None])
def test_older_lines_lie_in_a_file_of_their_own(log, count):
    older = log.with_name("log.1")
    older.write_bytes(b"".join(f"{STAMP} stdout F old {number}\n".encode() for number in range(3)))
    everything = [b"old 0\n", b"old 1\n", b"old 2\n", b"one\n", b"two with  spaces\n", b"\n", b"no end"]
    expected = everything if count is None else everything[-count:] if count else []
    assert [line.text for line in read_log(log, tail=count)] == expected


def test_it_is_followed_from_one_file_to_the_next(log):
    looks = iter(["write", "rename", "write", "end"])

    def running():
        what = next(looks)
        if what == "rename":
            log.rename(log.with_name("log.1"))
        if what != "end":
            with open(log, "ab") as file:
                file.write(f"{STAMP} stdout F {what}\n".encode())
        return what != "end"

    found = [line.text for line in read_log(log, running=running)]
    assert found[-4:] == [b"no end", b"write\n", b"rename\n", b"write\n"]


@pytest.fixture
def writing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SHIM.parent))  # a shim knows no package
    made = []

    def begin(size, files):
        made.append(import_module("shim_io").Log(str(tmp_path / "log"), size, files))
        return made[-1]

    yield begin
    for log in made:
        os.close(log.fd)


@pytest.mark.parametrize("at_once", [1, 10, 500])
@pytest.mark.parametrize("files", [1, 2, 5])
def test_a_log_takes_no_more_than_its_limit(files, at_once, writing, tmp_path):
    """Whole lines in every file, and the newest lines in all of them, however many come at once."""
    log = writing(2000, files)
    for number in range(0, 500, at_once):
        log.feed(b"stdout", b"".join(b"%d\n" % one for one in range(number, number + at_once)))
    found = {one.name: one.stat().st_size for one in tmp_path.iterdir()}
    assert sorted(found) == ["log", *(f"log.{number}" for number in range(1, files))]
    assert max(found.values()) <= 2000
    kept = [int(line.text) for line in read_log(tmp_path / "log")]
    assert kept == list(range(500 - len(kept), 500))
    assert len(kept) > 40 * (files - 1)
    for count in (1, 60, 119, 1000):
        assert [int(line.text) for line in read_log(tmp_path / "log", tail=count)] == kept[-count:]


def test_a_line_that_is_longer_than_a_file(writing, tmp_path):
    log = writing(100, 3)
    for letter in (b"a", b"b", b"c", b"d"):
        log.feed(b"stdout", letter * 300 + b"\n")
    assert [line.text[:1] for line in read_log(tmp_path / "log")] == [b"b", b"c", b"d"]


def test_a_file_that_cannot_be_rotated_is_written_on(writing, tmp_path):
    (tmp_path / "log.1").mkdir()
    log = writing(100, 2)
    for number in range(9):
        log.feed(b"stdout", b"%d\n" % number * 5)
    assert len(list(read_log(tmp_path / "log"))) == 45


def test_it_is_followed_over_several_files_between_two_looks(writing, tmp_path):
    log = writing(1000, 20)
    looks = iter(range(6))

    def running():
        number = next(looks, None)
        for one in range(number * 100, number * 100 + 100) if number is not None else ():
            log.feed(b"stdout", b"%d\n" % one)
        return number is not None

    log.feed(b"stdout", b"begin\n")
    found = [line.text for line in read_log(tmp_path / "log", running=running)]
    assert found == [b"begin\n", *(b"%d\n" % number for number in range(600))]
