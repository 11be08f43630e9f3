"""Windows: part of a file, read as a file of its own."""

import io
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import NotFound, StorageError, UsageError
from layertui.core.fs.file_window import Window, window_of

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def test_it_reads_its_part_and_no_more(path):
    window = Window(path, 100, 50)
    assert window.read() == CONTENT[100:150]
    assert window.read() == b""
    assert (window.tell(), window.size, window.name) == (50, 50, str(path))


def test_without_a_size_it_goes_to_the_end(path):
    assert Window(path, 10_000).read() == CONTENT[10_000:]
    assert Window(path, 20_000).read() == b""
    assert window_of(path).read() == CONTENT


def test_a_window_longer_than_the_file_ends_with_it(path):
    window = Window(path, 10_200, 1000)
    assert window.read(900) == CONTENT[10_200:]
    assert window.read(900) == b""


def test_a_window_in_a_window(path):
    inner = Window(path, 100, 50).window(10, 500)
    assert (inner.size, inner.read(), inner.name) == (40, CONTENT[110:150], str(path))


def test_a_descriptor_is_kept_open_by_the_window_itself(path):
    fd = os.open(path, os.O_RDONLY)
    window = Window(fd, 1, 2)
    os.close(fd)
    assert window.read() == CONTENT[1:3]


@given(st.integers(0, 300), st.integers(0, 300), st.lists(st.tuples(st.sampled_from("rsi"), st.integers(0, 400))))
def test_it_behaves_as_bytesio_does(tmp_path_factory, offset, size, steps):
    path = tmp_path_factory.getbasetemp() / "window"
    if not path.exists():
        path.write_bytes(CONTENT)
    with Window(path, offset, size) as ours:
        theirs = io.BytesIO(CONTENT[offset : offset + size])
        for step, number in steps:
            if step == "r":
                assert ours.read(number) == theirs.read(number)
            elif step == "s":
                assert ours.seek(number) == theirs.seek(number)
            else:
                mine, other = bytearray(number), bytearray(number)
                assert (ours.readinto(mine), mine) == (theirs.readinto(other), other)
            assert ours.tell() == theirs.tell()


def test_seeking_from_here_and_from_the_end(path):
    window = Window(path, 0, 100)
    assert window.seek(-10, os.SEEK_END) == 90
    assert window.seek(5, os.SEEK_CUR) == 95
    assert window.read() == CONTENT[95:100]
    with pytest.raises(ValueError, match="negative seek"):
        window.seek(-1)


def test_siblings_do_not_disturb_each_other(path):
    windows = [window_of(path).window(number, 5000) for number in range(4)]
    wrong = []

    def read(window, number):
        for _ in range(200):
            window.seek(0)
            if b"".join(iter(lambda: window.read(700), b"")) != CONTENT[number : number + 5000]:
                wrong.append(number)

    threads = [threading.Thread(target=read, args=(window, number)) for number, window in enumerate(windows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_source_names_file_place_and_time(path):
    first = Window(path, 10, 20).source
    assert Window(path, 10, 20).source == first
    assert Window(path, 11, 20).source != first
    assert Window(path, 10, 21).source != first
    os.utime(path, ns=(0, 0))
    assert Window(path, 10, 20).source != first


def test_the_source_notices_a_file_put_in_anothers_place_with_its_old_time(path):
    os.utime(path, ns=(5, 5))
    first = window_of(path).source
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(5, 5))
    assert window_of(path).source != first


def test_a_closed_window_reads_nothing(path):
    window = window_of(path)
    window.close()
    window.close()
    for call in (window.read, window.fileno, lambda: window.readinto(bytearray(1))):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_it_serves_a_buffered_reader(path):
    with io.BufferedReader(window_of(path)) as reader:
        assert reader.read(3) == CONTENT[:3]
        assert reader.peek(1)[:1] == CONTENT[3:4]


def test_what_cannot_be_opened_is_said_in_a_line(tmp_path):
    with pytest.raises(NotFound, match=r"nothing: no such file$"):
        Window(tmp_path / "nothing")
    with pytest.raises(UsageError, match="is not a regular file"):
        window_of(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is not a regular file"):
        window_of(tmp_path / "pipe")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Not a directory"):
        Window(tmp_path / "file" / "below")
