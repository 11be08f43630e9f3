"""What a container has written: whole, its tail, followed, and never more than the disk is to hold."""

import threading

import pytest

from containing import FOREVER, engine_at, options
from layertui.core.errors import (
    Cancelled,
    NotFound,
)
from layertui.core.progress import Progress, quiet

pytestmark = pytest.mark.needs("output")


def test_logs_distinguish_streams(containers, started):
    container = started("sh", "-c", "echo out; echo err >&2")
    containers.lifecycle.wait(container.id)
    assert {(line.stream, line.text) for line in containers.output.logs(container.id)} == {
        ("stdout", b"out\n"),
        ("stderr", b"err\n"),
    }


@pytest.mark.needs("embedded")
@pytest.mark.slow
def test_a_log_does_not_fill_the_disk(request, engine, tmp_path):
    """What is kept are the last lines, over several starts."""
    runtime = request.node.callspec.params["engine"]
    bounded = engine_at(tmp_path / "store", runtime, log_size="2m").containers
    container = bounded.create(engine.images.open("box:1", None, quiet()), "box:1", options("seq", "1", "100000"))
    for _ in range(2):
        bounded.lifecycle.start(container.id)
        assert bounded.lifecycle.wait(container.id) == 0
    folder = tmp_path / "store/containers" / container.id
    assert sum(path.stat().st_size for path in folder.glob("log*")) < 5_000_000
    kept = [int(line.text) for line in bounded.output.logs(container.id)]
    assert kept[-1000:] == list(range(99_001, 100_001))
    assert [int(line.text) for line in bounded.output.logs(container.id, tail=50)] == kept[-50:]


@pytest.mark.slow
def test_the_tail_of_logs(containers, started):
    container = started("seq", "1", "30000")
    containers.lifecycle.wait(container.id)
    for count in (0, 1, 2, 9000, 30000, 40000):
        expected = [b"%d\n" % number for number in range(1, 30001)][max(0, 30000 - count) :] if count else []
        assert [line.text for line in containers.output.logs(container.id, tail=count)] == expected


@pytest.mark.slow
def test_the_tail_of_logs_whose_last_line_has_no_newline(containers, started):
    container = started("sh", "-c", "echo a; echo b; printf end")
    containers.lifecycle.wait(container.id)
    lines = [b"a\n", b"b\n", b"end"]
    for count in (1, 2, 3, 4):
        assert [line.text for line in containers.output.logs(container.id, tail=count)] == lines[max(0, 3 - count) :]
        followed = containers.output.logs(container.id, tail=count, follow=True)
        assert b"".join(line.text for line in followed) == b"".join(lines[max(0, 3 - count) :])


@pytest.mark.slow
def test_logs_followed_to_the_end(containers, started):
    container = started("sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; printf end")
    assert b"".join(line.text for line in containers.output.logs(container.id, follow=True)) == b"1\n2\n3\n4\n5\nend"


@pytest.mark.needs("embedded", "processes")
@pytest.mark.slow
@pytest.mark.parametrize("files", [1, 2, 5])
def test_following_over_many_files_loses_no_line_and_has_none_twice(containers, make, files):
    """Each piece of output is asked for once the one before was read, so that the log never has more than it keeps."""
    script = "while read -r first; do seq $first $((first + 59)); done"
    container = make("sh", "-c", script, interactive=True, log_size=4096, log_files=files)
    with containers.processes.attach(container.id, start=True) as session:
        found = []
        session.type(b"1\n")
        for line in containers.output.logs(container.id, follow=True):
            for _ in session.receive():
                pass
            found.append(int(line.text))
            if found[-1] % 60 == 0:
                if found[-1] == 3000:
                    session.end_input()
                else:
                    session.type(b"%d\n" % (found[-1] + 1))
                session.flush()
    assert found == list(range(1, 3001))
    kept = [int(line.text) for line in containers.output.logs(container.id)]
    assert kept == found[-len(kept) :]
    assert len(kept) < 600  # so the first lines were read from files that are gone


@pytest.mark.slow
def test_following_can_be_cancelled(containers, started):
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        list(containers.output.logs(started(*FOREVER).id, follow=True, progress=progress))


def test_logs_of_what_never_ran(containers, make):
    assert list(containers.output.logs(make().id)) == []


def test_logs_of_a_container_that_does_not_exist(containers):
    with pytest.raises(NotFound):
        containers.output.logs("nobody")
