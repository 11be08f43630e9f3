"""Readers see the old file or the new one; locks die with their process."""

import errno
import os
import stat
import subprocess
import sys
import threading
import time

import pytest

from layertui.core.errors import Conflict, StorageError
from layertui.core.fs import atomic
from layertui.core.fs.atomic import Lock, atomic_write, fsync_dir, write_atomically, write_out


def test_the_file_appears_whole_at_the_end(tmp_path):
    path = tmp_path / "file"
    with atomic_write(path) as out:
        out.write(b"new")
        assert not path.exists()
        assert [name[:5] for name in os.listdir(tmp_path)] == [atomic.TEMPORARY]
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_the_old_file_stays_until_then(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with atomic_write(path) as out:
        out.write(b"new")
        out.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_whatever_goes_wrong_nothing_is_left(tmp_path, error):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail():
        with atomic_write(path) as out:
            out.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_the_mode_is_narrowed_by_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "private", b"")
        write_atomically(tmp_path / "public", b"", 0o666)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "public").stat().st_mode) == 0o644


def test_a_full_disk_is_a_line_and_leaves_nothing(tmp_path, monkeypatch):
    def full(fd):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(StorageError, match=r"file: No space left on device; free some space"):
        write_atomically(tmp_path / "file", b"x")
    assert os.listdir(tmp_path) == []


def test_anothers_error_keeps_its_own_name(tmp_path):
    def read_elsewhere():
        with atomic_write(tmp_path / "file"):
            open(tmp_path / "missing", "rb")

    with pytest.raises(StorageError, match=r"missing: No such file or directory$"):
        read_elsewhere()


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StorageError, match="No such file or directory"):
        write_atomically(tmp_path / "no" / "file", b"x")


def test_an_error_names_the_file_and_not_the_temporary_one(tmp_path):
    with pytest.raises(StorageError, match=rf"^{tmp_path}/no/file: No such file or directory"):
        write_atomically(tmp_path / "no" / "file", b"x")


def test_a_folder_is_no_target(tmp_path):
    with pytest.raises(StorageError, match="is a folder"):
        write_atomically(tmp_path, b"x")


def test_a_bare_name_lies_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomically("bare", b"x")
    assert (tmp_path / "bare").read_bytes() == b"x"


def test_a_device_is_written_to_and_stays_one():
    with write_out("/dev/null") as out:
        out.write(b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with write_out(pipe) as out:
        out.write(b"through")
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


KILLED = """
import os, sys
from layertui.core.fs.atomic import write_out
with write_out(sys.argv[1]) as out:
    out.write(b"half")
    out.flush()
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("before", [None, b"old"])
def test_who_is_killed_leaves_nothing_where_a_user_said_to(tmp_path, before):
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
    assert subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode == -9
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == ({} if before is None else {"file": before})


@pytest.mark.parametrize("knows_unnamed_files", [True, False])
@pytest.mark.parametrize("before", [None, "file", "symlink"])
def test_written_where_a_user_said_to(tmp_path, monkeypatch, before, knows_unnamed_files):
    if not knows_unnamed_files:
        monkeypatch.delattr(os, "O_TMPFILE")
    path = tmp_path / "file"
    if before == "file":
        path.write_bytes(b"old")
    elif before == "symlink":
        path.symlink_to("nowhere")
    with write_out(path) as out:
        out.write(b"new")
        assert [one[:5] for one in os.listdir(tmp_path) if one != "file"] == ([] if knows_unnamed_files else [".tmp-"])
    assert path.read_bytes() == b"new"
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["file"]


def test_a_pipe_where_a_file_of_ours_is_to_be_gives_way(tmp_path):
    os.mkfifo(tmp_path / "file")
    write_atomically(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_name_of_greatest_length_can_be_written(tmp_path):
    write_atomically(tmp_path / ("n" * 255), b"x")
    assert (tmp_path / ("n" * 255)).read_bytes() == b"x"


def test_folders_can_be_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_ino))
    fsync_dir(tmp_path)
    assert synced == [tmp_path.stat().st_ino]


def test_one_holds_the_lock_at_a_time(tmp_path):
    path = tmp_path / "lock"
    with Lock(path):
        with pytest.raises(Conflict, match="another layertui is at work here"):
            Lock(path, timeout=0).acquire()
        with pytest.raises(Conflict):
            Lock(path, shared=True, timeout=0.05).acquire()
    with Lock(path, timeout=0):
        pass
    assert path.exists()


def test_many_may_share_it(tmp_path):
    path = tmp_path / "lock"
    with Lock(path, shared=True), Lock(path, shared=True, timeout=0), pytest.raises(Conflict):
        Lock(path, timeout=0).acquire()


def test_it_waits_as_long_as_it_may(tmp_path):
    path = tmp_path / "lock"
    first = Lock(path)
    first.acquire()
    threading.Timer(0.1, first.release).start()
    with Lock(path, timeout=10):
        pass
    begun = time.monotonic()
    with Lock(path), pytest.raises(Conflict):
        Lock(path, timeout=0.1).acquire()
    assert 0.1 <= time.monotonic() - begun < 5


def test_a_lock_is_not_taken_twice_by_one_holder(tmp_path):
    lock = Lock(tmp_path / "lock")
    with lock, pytest.raises(Conflict, match="held already"):
        lock.acquire()
    lock.release()
    lock.release()


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_lock_is_no_symlink_and_makes_nothing_elsewhere(tmp_path, is_there, shared):
    elsewhere = tmp_path / "elsewhere"
    if is_there:
        elsewhere.touch()
    (tmp_path / "lock").symlink_to(elsewhere)
    with pytest.raises(StorageError, match="is not a file, and one of layertui's belongs there"):
        Lock(tmp_path / "lock", shared=shared, timeout=0).acquire()
    assert elsewhere.exists() == is_there


def test_it_dies_with_its_process_and_not_with_its_child(tmp_path):
    path = tmp_path / "lock"
    script = """if True:
        import subprocess, sys, time
        from layertui.core.fs.atomic import Lock
        lock = Lock(sys.argv[1])
        lock.acquire()
        subprocess.Popen(["sleep", "60"])
        print("held", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdout=subprocess.PIPE, start_new_session=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Conflict):
            Lock(path, timeout=0).acquire()
        holder.kill()
        holder.wait()
        with Lock(path, timeout=5):
            pass
        os.killpg(holder.pid, 9)


def test_a_shared_lock_works_where_nothing_can_be_written(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    path.touch()
    real = os.open

    def read_only(name, flags, *rest, **more):
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(name, flags, *rest, **more)

    monkeypatch.setattr(atomic.os, "open", read_only)
    with Lock(path, shared=True, timeout=0):
        pass
    with pytest.raises(StorageError, match="Read-only file system"):
        Lock(path, timeout=0).acquire()
