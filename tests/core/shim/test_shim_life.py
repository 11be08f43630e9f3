"""The shim by itself: before it has a plan, and what it does with a runtime's record at the end."""

import json
import subprocess
import sys

import pytest

from layertui.core.containers.model.process_identity import Process
from layertui.core.containers.runtimes.shim_process import SHIM, Shim

SEALED = f"""
import os, sys
sys.path.append({str(SHIM.parent)!r})
import shim_start
fd = shim_start.sealed(sys.argv[1])
print(os.readlink(f"/proc/self/fd/{{fd}}"), os.pread(fd, 100, 0).decode())
def again():
    return os.open(f"/proc/self/fd/{{fd}}", os.O_RDWR)
for change in (lambda: os.write(again(), b"x"), lambda: os.ftruncate(again(), 0), lambda: os.ftruncate(again(), 999)):
    try:
        change()
    except PermissionError as error:  # of root, at the change; of anybody else, who may not even open it, before
        print("refused")
"""
# As `crun run --detach` does it: the program that was called returns when another, which it has left behind, says that the
# container runs; that other one is the parent of the container's first process until it ends, a moment later.
LINGERING = """
import os, time
heard, said = os.pipe()
if os.fork():
    os.read(heard, 1)
    os._exit(0)
if os.fork():
    os._exit(0)
first = os.fork()
if not first:
    os._exit(42)
with open("pid", "w") as file:
    file.write(str(first))
os.write(said, b"x")
time.sleep(0.2)
"""
# Its grandparent ends between the two looks at it: then its parent is our child, and is waited for.
RACED = f"""
import os, signal, sys, time
import ctypes
sys.path.append({str(SHIM.parent)!r})
import shim_start
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
heard, said = os.pipe()
if not (first := os.fork()):
    if not os.fork():
        if not (last := os.fork()):
            time.sleep(0.4)
            os._exit(42)
        os.write(said, str(last).encode())
        time.sleep(0.2)
        os._exit(0)
    signal.pause()
last = int(os.read(heard, 20))
look = shim_start.parent_of
def looked(pid):
    found = look(pid)
    if found == first:
        os.kill(first, 9)
        os.waitpid(first, 0)
    return found
shim_start.parent_of = looked
shim_start.adopt(last)
print(shim_start.code_of(last))
"""
SWEPT = f"import sys; sys.path.append({str(SHIM.parent)!r}); import shim_life; print(shim_life.cgroups_are_gone(sys.argv[1]))"


def test_a_shim_that_gets_no_start_does_nothing(tmp_path):
    (tmp_path / "plan").write_text("kind=child")
    done = subprocess.run(
        [sys.executable, "-I", "-S", SHIM, tmp_path], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert [one.name for one in tmp_path.iterdir()] == ["plan"]


def test_one_that_was_started_in_vain_is_gone_afterwards(tmp_path):
    with Shim(tmp_path) as shim:
        pass
    assert shim.process.returncode == 0
    assert not list(tmp_path.iterdir())


def test_a_runtime_may_return_before_the_process_that_made_the_container_has_ended(tmp_path):
    (tmp_path / "runtime.py").write_text(LINGERING)
    (run := tmp_path / "containers" / "id" / "run").mkdir(parents=True)
    words = (sys.executable, "-I", "-S", str(tmp_path / "runtime.py"))
    with Shim(run) as shim:
        assert shim.run_plan([("kind", "detached"), ("log", "../log"), *(("run", word) for word in words)]) is None
    state = json.loads((run / "state").read_text())
    assert Process(state["shim"], state["shim_start_time"]).wait(30)
    assert json.loads((run / "exit").read_text())["code"] == 42


def test_a_process_on_the_way_may_end_while_it_is_looked_at():
    argv = [sys.executable, "-I", "-S", "-c", RACED]
    assert subprocess.run(argv, capture_output=True, check=True, text=True, timeout=30).stdout == "42\n"


@pytest.fixture
def record(tmp_path):
    """A record as runc leaves it, of two cgroups that are folders here."""
    paths = {"": str(tmp_path / "unified"), "memory": str(tmp_path / "memory")}
    for path in paths.values():
        (tmp_path / path).mkdir()
    file = tmp_path / "runtime" / "state.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"id": "x", "cgroup_paths": paths, "rest": {"a": "b"}}, separators=(",", ":")))
    return file


def swept(record):
    argv = [sys.executable, "-I", "-S", "-c", SWEPT, record]
    return subprocess.run(argv, capture_output=True, check=True, text=True).stdout.strip()


def test_cgroups_go_by_the_runtimes_record(record):
    assert swept(record) == "True"
    assert not (record.parent.parent / "unified").exists()
    assert not (record.parent.parent / "memory").exists()
    assert not record.parent.exists()


def test_one_that_is_gone_already_is_fine(record):
    (record.parent.parent / "memory").rmdir()
    assert swept(record) == "True"


def test_one_with_a_process_in_it_is_left_to_the_runtime(record):
    (record.parent.parent / "memory" / "process").touch()
    assert swept(record) == "False"
    assert record.exists()


@pytest.mark.parametrize("content", ["", "{}", '{"cgroup_paths":{}}', '{"cgroup_paths": null}'])
def test_a_record_that_names_none_says_nothing(record, content):
    record.write_text(content)
    assert swept(record) == "False"
    assert record.exists()


def test_no_record(tmp_path):
    assert swept(tmp_path / "state.json") == "False"


def test_a_program_for_inside_is_a_copy_that_nobody_can_write_to(tmp_path):
    (tmp_path / "program").write_text("content")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SEALED, tmp_path / "program"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["/memfd:layertui", "(deleted)", "content", *["refused"] * 3]
    assert (tmp_path / "program").read_text() == "content"
