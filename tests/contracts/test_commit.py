"""What a container's writable layer comes to: a diff, a commit, an export."""

import io
import tarfile

import pytest

from containing import options
from layertui.core.containers.model.container import State
from layertui.core.engines.daemon.files.daemon_files import DaemonFiles
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress, quiet
from observed import changed, wait_for


@pytest.mark.needs("processes")
def test_diff_as_docker_says_it(containers, started):
    script = """
        echo new > /etc/new; echo more >> /etc/passwd; rm /etc/group; mkdir -p /deep/er; echo x > /deep/er/file
        rm -r /srv; mkdir /srv; echo y > /srv/y; touch /gone; rm /gone; rm -r /home; touch -d '2001-01-01' /tmp
        rm -r /data; echo file > /data; chmod 711 /root; ln -s new /etc/link
    """
    container = started("sh", "-c", script)
    assert containers.lifecycle.wait(container.id) == 0
    assert changed(containers, container.id) == [
        ("C", "/data"),
        ("A", "/deep"),
        ("A", "/deep/er"),
        ("A", "/deep/er/file"),
        ("C", "/etc"),
        ("D", "/etc/group"),
        ("A", "/etc/link"),
        ("A", "/etc/new"),
        ("C", "/etc/passwd"),
        ("D", "/home"),
        ("C", "/root"),
        ("C", "/srv"),
        ("D", "/srv/page"),
        ("A", "/srv/y"),
    ]


@pytest.mark.slow
@pytest.mark.needs("processes")
def test_commit_puts_one_layer_on_top(containers, engine, image, started):
    container = started("sh", "-c", "echo new > /etc/new; rm /etc/plain")
    containers.lifecycle.wait(container.id)
    made = containers.files.commit(
        container.id, [Reference.parse("box:2")], message="told", author="me", changes=["ENV B=c"]
    )
    assert engine.images.open("box:2", None, quiet()).id == made.id
    assert made.diff_ids[:-1] == image.diff_ids
    step = made.config.history[-1]
    assert (step.comment, step.author) == ("told", "me")
    assert step.created_by == "sh -c echo new > /etc/new; rm /etc/plain"
    assert made.config.config.env == (*image.config.config.env, "B=c")
    top = containers.create(
        made, "box:2", options("sh", "-c", "cat /etc/new; echo $B; test -e /etc/plain || echo gone")
    )
    containers.lifecycle.start(top.id)
    containers.lifecycle.wait(top.id)
    assert b"".join(line.text for line in containers.output.logs(top.id)) == b"new\nc\ngone\n"


@pytest.mark.needs("processes")
def test_commit_reports_progress_and_never_more_than_all(containers, started):
    container = started("sh", "-c", "dd if=/dev/zero of=/large bs=1024 count=3000")
    containers.lifecycle.wait(container.id)
    told = []

    class Told(Progress):
        def advance(self, n=1):
            super().advance(n)
            if self.total is not None:
                told.append((self.what, self.done, self.total))

    containers.files.commit(container.id, progress=Told())
    assert all(done <= total for _, done, total in told)
    assert len({done for what, done, _ in told if what == "reading the container's writable layer"}) > 3


def test_commit_of_nothing_makes_a_step_without_a_layer(containers, image, make):
    made = containers.files.commit(make().id)
    assert made.diff_ids == image.diff_ids
    assert made.config.history[-1].empty_layer


@pytest.mark.needs("embedded")
@pytest.mark.needs("processes")
@pytest.mark.parametrize("pause", [True, False])
def test_commit_while_it_runs(containers, started, monkeypatch, pause):
    from layertui.core.engines.embedded import commit_layer

    container = started("sh", "-c", "echo x > /x; echo ready; sleep 600")
    wait_for(containers, container.id, b"ready")
    meanwhile, committed = [], commit_layer.committed

    def watched(*arguments):
        meanwhile.append(containers.get(container.id).state)
        return committed(*arguments)

    monkeypatch.setattr(commit_layer, "committed", watched)
    made = containers.files.commit(container.id, pause=pause)
    assert meanwhile == [State.PAUSED if pause else State.RUNNING]
    assert not made.config.history[-1].empty_layer
    assert containers.get(container.id).state is State.RUNNING


def test_commit_says_the_command_without_the_entrypoint(containers, make):
    made = containers.files.commit(make("b", "c", entrypoint=("a",)).id)
    assert made.config.history[-1].created_by == "b c"


@pytest.mark.needs("processes")
def test_export_is_what_the_container_sees(containers, started):
    container = started("sh", "-c", "echo new > /etc/new; rm /etc/plain; chmod 600 /etc/passwd")
    containers.lifecycle.wait(container.id)
    out = io.BytesIO()
    containers.files.export(container.id, out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        found = {member.name: member for member in tar}
        assert tar.extractfile("etc/new").read() == b"new\n"
    assert "etc/plain" not in found
    assert "data/a" not in found
    assert found["etc/passwd"].mode & 0o7777 == 0o600
    assert (found["srv/page"].uid, found["srv/page"].gid) == (33, 34)
    assert not [name for name in found if ".wh." in name]


@pytest.mark.slow
@pytest.mark.needs("processes")
def test_everything_in_every_state(containers, make):
    container = make("sh", "-c", "while [ ! -e /stop ]; do sleep 0.05; done; exit 5")
    own = containers.files.writable_layer(container.id)

    def check(state):
        assert containers.get(container.id).state is state
        own.write(f"/{state}", io.BytesIO(b"x"))
        own.mkdir(f"/in/{state}", parents=True)
        assert ("A", f"/{state}") in changed(containers, container.id)
        assert containers.files.own_size(container.id) > 0
        containers.files.export(container.id, io.BytesIO())
        containers.files.commit(container.id)

    check(State.CREATED)
    containers.lifecycle.start(container.id)
    check(State.RUNNING)
    own.write("/stop", io.BytesIO(b""))
    assert containers.lifecycle.wait(container.id) == 5
    check(State.EXITED)
    if isinstance(containers.files, DaemonFiles):
        return  # its API has no call for the rest; see test_daemon_layers.py
    own.unlink("/stop")
    assert ("A", "/stop") not in changed(containers, container.id)
