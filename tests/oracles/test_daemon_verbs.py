"""Each verb on Docker and Podman does what docker's own command line does on the same daemon: exit code, stdout, and what is there then.

A story is told twice, by docker and by us, each time to a daemon that has the same images and no container.
"""

import io
import re
import shlex
import tarfile

import pytest

import daemon_engines
from builders import docker_archive
from command_line import layertui, process
from containing import box

pytestmark = [pytest.mark.slow, pytest.mark.late("daemons and processes that end in their own time")]

CREATE = "create --name box1 --network none"
RUN = "run --name box1 --network none"
FOREVER = f"{RUN} -d box:1 sleep 600"
TRAP = "trap 'exit 3' TERM; trap 'echo got' USR1; echo ready; while :; do sleep 0.05; done"
READY = f"{RUN} -d box:1 sh -c {shlex.quote(TRAP)}"

TIMES = r"(Less than a second|About a minute|\d+ (second|minute|hour|day|week|month|year)s?)( ago)?"

STORIES = {
    "create": [f"{CREATE} box:1 true", "ps", "ps -a", "ps -aq", "ps -a -q --no-trunc"],
    "create, name in use": [f"{CREATE} box:1 true", f"{CREATE} box:1 true"],
    "create, no such image": [f"{CREATE} nobody/here:1 true"],
    "create, options": [
        f"{CREATE} -e A=b -w /srv -u app -l k=v --entrypoint cat --read-only -t -i --hostname me box:1 page",
    ],
    "start": [f"{CREATE} box:1 sleep 600", "start box1", "start box1", "ps"],
    "start -a": [f"{CREATE} box:1 sh -c 'echo out; echo err >&2; exit 3'", "start -a box1"],
    "start, no such container": ["start nobody"],
    "start, no such command": [f"{CREATE} box:1 nope", "start box1"],
    "run": [f"{RUN} box:1 sh -c 'echo out; exit 4'", "ps", "ps -aq"],
    "run --rm": [f"{RUN} --rm box:1 echo out", "ps -aq"],
    "run, no such command": [f"{RUN} box:1 nope"],
    "run, not executable": [f"{RUN} box:1 /etc/plain"],
    "run -d": [FOREVER, "ps", "ps -q"],
    "exec": [
        FOREVER,
        "exec box1 sh -c 'echo out; exit 5'",
        "exec -e X=x -w /etc -u app box1 sh -c 'echo $X; pwd; id -u'",
    ],
    "exec, not executable": [FOREVER, "exec box1 nope", "exec box1 /etc/plain"],
    "exec, created": [f"{CREATE} box:1 true", "exec box1 true"],
    "exec, no such container": ["exec nobody true"],
    "logs": [
        f"{RUN} box:1 sh -c 'seq 1 20; sleep 0.3; echo err >&2'",
        "logs box1",
        "logs --tail 3 box1",
        "logs --tail 0 box1",
        "logs -f box1",
        "logs nobody",
    ],
    "stop": [READY, "stop box1", "stop box1", "ps -aq"],
    "stop -t": [FOREVER, "stop -t 0 box1"],
    "kill": [READY, "kill -s USR1 box1", "kill box1", "wait box1", "kill box1"],
    "kill, a signal that is none": [FOREVER, "kill -s NOSIG box1"],
    "pause": [FOREVER, "pause box1", "ps -a", "pause box1", "exec box1 true", "unpause box1", "unpause box1", "ps"],
    "wait": [f"{RUN} -d box:1 sh -c 'exit 6'", "wait box1"],
    "wait, created": [f"{CREATE} box:1 true", "wait nobody"],
    "restart": [FOREVER, "restart -t 0 box1", "ps"],
    "rename": [f"{CREATE} box:1 true", "rename box1 other", "ps -aq", "start box1", "rename other box1"],
    "rm": [f"{CREATE} box:1 true", "rm box1", "rm box1", "ps -aq"],
    "rm, running": [FOREVER, "rm box1", "kill box1", "wait box1", "rm box1", "ps -aq"],
    "rm -f": [FOREVER, "rm -f box1", "ps -aq"],
    "rm, several": [f"{CREATE} box:1 true", "rm box1 nobody"],
    "diff": [f"{RUN} box:1 sh -c 'echo x > /etc/new; rm /etc/plain; mkdir -p /deep/er; chmod 700 /tmp'", "diff box1"],
    "export": [f"{RUN} box:1 sh -c 'echo x > /etc/new; rm /etc/plain'", "export box1"],
    "cp": [
        FOREVER,
        "cp {folder}/file box1:/srv",
        "cp {folder}/file box1:/srv/other",
        "cp box1:/srv/page {own}/page",
        "cp box1:/nope {own}/nope",
        "exec box1 cat /srv/file /srv/other",
        "cp box1:/srv -",
    ],
    "cp, no such folder": [f"{CREATE} box:1 true", "cp {folder}/file box1:/not/there/x", "diff box1"],
    "commit": [
        f"{RUN} box:1 sh -c 'echo x > /etc/new'",
        "commit -m why -a me -c 'ENV B=c' box1 made:1",
        "images -q made",
        "history --no-trunc made:1",
        "history made:1",
        "history -q made:1",
        "run --name box2 --network none made:1 sh -c 'cat /etc/new; echo $B'",
        "rm box2",
        "rmi made:1",
    ],
    "images": ["images", "images -q", "images --no-trunc", "images --digests", "images box", "images nobody"],
    "tag": ["tag box:1 box:again", "images", "rmi box:again", "tag nobody:1 x:1"],
    "rmi": ["tag box:1 box:again", "rmi box:again", "rmi nobody:1", "images"],
    "rmi, in use": [f"{CREATE} box:1 true", "rmi box:1", "rm box1"],
    "history": ["history box:1", "history -q box:1", "history --no-trunc box:1", "history nobody:1"],
    "import": ["import {folder}/flat.tar flat:1", "images flat", "history -q flat:1", "rmi flat:1"],
    "load": ["load -i {folder}/images.tar", "images"],
    "inspect, neither": ["inspect nobody"],
}

# Where docker's command line says one thing on one daemon and another on the next, or we do otherwise than it.
CODES = {"nope": 127, "/etc/plain": 126}
"""Of `run` and `exec`, by the command: with some daemons docker says 126 or 1 for both."""
OWN_CODE = {"wait"}  # its exit code is the container's, so that a script can use it
OWN_OUTPUT = {
    "exec, not executable": "docker writes the runtime's error where the process would have written",
    "inspect, neither": "after an error we write nothing to stdout; docker writes []",
}
OWN_OUTPUT_ON_PODMAN = {
    "import": "docker shows Podman's answer twice, and what is deleted before what is untagged",
    "commit": "docker shows Podman's ID, which has no algorithm",
}
NOT_ON_PODMAN = {
    "cp, no such folder": "docker ends with 0 there and copies nothing",
    "commit": "docker's client fails there: it sends no config, which Podman 4 asks for",
    "stop": "docker's client names no grace period, and Podman 4 then kills at once",
}


@pytest.fixture(params=daemon_engines.each_daemon())
def daemon(request, tmp_path):
    with daemon_engines.lent(request, request.param, tmp_path, box()):
        yield request.getfixturevalue(daemon_engines.FIXTURES[request.param])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "file").write_text("of the host\n")
    docker_archive(box().tagged("docker.io/library/box:1"), tmp_path / "images.tar")
    with tarfile.open(tmp_path / "flat.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("flat"))
    return tmp_path


@pytest.fixture
def ours(daemon, monkeypatch):
    monkeypatch.setenv("CONTAINER_HOST" if daemon.kind == "podman" else "DOCKER_HOST", daemon.address)

    def run(*words):
        streams = words[0] in ("run", "exec", "start", "logs")  # they write to the standard streams themselves
        done = (process if streams else layertui)("--engine", daemon.kind, *words)
        return done.code, done.out

    return run


@pytest.fixture
def theirs(daemon):
    def docker(*words):
        done = daemon.docker.run(*words, check=False)
        return done.returncode, done.stdout

    return docker


@pytest.mark.sampled("daemon")
@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_as_with_dockers_own_command_line(story, daemon, ours, theirs, folder):
    if daemon.kind == "podman" and story in NOT_ON_PODMAN:
        pytest.skip(NOT_ON_PODMAN[story])
    outcomes = [
        _told(STORIES[story], story, run, daemon, folder / who) for who, run in (("theirs", theirs), ("ours", ours))
    ]
    assert not [(their_own, our_own) for their_own, our_own in zip(*outcomes, strict=True) if their_own != our_own]


def _told(lines, story, run, daemon, own):
    """What came of each line, and of all of them; the daemon is left without a container."""
    own.mkdir()
    outcomes = []
    for line in lines:
        words = [word.format(folder=own.parent, own=own) if "{" in word else word for word in shlex.split(line)]
        code, out = run(*words)
        verb = words[0]
        expected = CODES.get(words[-1]) if verb in ("run", "exec") and run.__name__ == "docker" else None
        apart = OWN_OUTPUT if daemon.kind == "docker" else OWN_OUTPUT | OWN_OUTPUT_ON_PODMAN
        shown = [] if story in apart else _comparable(verb, out)
        outcomes.append((line, None if verb in OWN_CODE else expected or code, shown))
    outcomes.append(_state(daemon))
    outcomes.append({path.name: path.read_bytes() for path in own.iterdir()})
    with daemon_engines.api(daemon) as api:
        daemon_engines.clear(api)
    return outcomes


def _comparable(verb, out):
    """Without what differs from one container to the next: IDs, times, and the padding between columns."""
    if verb in ("export", "cp"):
        with tarfile.open(fileobj=io.BytesIO(out or bytes(10240))) as tar:
            # Docker 20.10 writes the type of a file into its mode, too.
            return sorted((member.name, member.type, member.mode & 0o7777, member.size) for member in tar)
    text = re.sub(r"\b(sha256:)?[0-9a-f]{64}\b", r"\1ID", out.decode())
    text = re.sub(r"\b[0-9a-f]{12}\b", "ID", text)
    text = re.sub(TIMES, "TIME", text)
    text = text.replace("docker.io/library/", "")  # podman's own lists have it, docker's on podman have not
    if verb == "history":
        # Docker counts symlinks too, and with containerd's store blocks of the disk.
        text = re.sub(r"\b[\d.]+k?M?B\b", "SIZE", text)
        # Podman 4 gives IDs without an algorithm, Podman 5 even `sha256:<missing>`.
        text = re.sub(r"^sha256:", "", text, flags=re.MULTILINE)
    lines = [re.sub(r" {2,}", "  ", line).rstrip() for line in text.splitlines()]
    if verb == "rmi":
        return list(dict.fromkeys(lines))  # with its classic store docker names layers that went too
    return sorted(lines) if verb == "diff" else lines  # in an order that the daemon chooses


def _state(daemon):
    """What there is afterwards, by docker's SDK."""
    with daemon_engines.api(daemon) as api:
        found = [api.inspect_container(one["Id"]) for one in api.containers(all=True)]
    return [
        {
            "name": one["Name"],
            "status": one["State"]["Status"].replace("stopped", "exited"),  # podman's, until it has cleaned up
            **{key: one["State"][key] for key in ("ExitCode", "Paused", "Running")},
            **{key: one["Config"].get(key) for key in ("Cmd", "Entrypoint", "WorkingDir", "User", "Labels", "Tty")},
            "environment": {variable for variable in one["Config"]["Env"] if not variable.startswith("HOSTNAME=")},
            "network": one["HostConfig"]["NetworkMode"],
            "read-only": one["HostConfig"]["ReadonlyRootfs"],
        }
        for one in found
    ]


def test_without_root_and_without_cgroup_v2_no_container_is_paused_or_measured(podman_rootless, tmp_path, monkeypatch):
    """Podman's own `commit` does not pause, and its `stats` refuses."""
    podman = podman_rootless
    if podman.text("info", "--format", "{{.Host.CgroupsVersion}}") != "v1":
        pytest.skip("on a host with cgroup v2 Podman does both")

    def ours(*words):
        with monkeypatch.context() as only_here:  # podman's own client would be another one with it
            only_here.setenv("CONTAINER_HOST", podman.address)
            return layertui("--engine", "podman", *words)

    podman.docker.run("load", "-i", docker_archive(box(), tmp_path / "box.tar"))
    podman.docker.run("run", "-d", "--name", "box1", "--network", "none", "box:1", "sh", "-c", "echo x > /x; sleep 600")
    try:
        done = ours("commit", "box1", "made:1")
        assert (done.code, done.err.count("\n")) == (0, 1)
        assert "warning: it was not paused while its image was made: " in done.err
        assert podman.docker.text("run", "--rm", "--network", "none", "made:1", "cat", "/x") == "x"
        assert b"without cgroups v2" in podman.run("stats", "--no-stream", "box1", check=False).stderr
        done = ours("stats", "--no-stream", "box1")
        done.failed(1)
        assert "no cgroup v2" in done.err
    finally:
        podman.docker.run("kill", "box1")
        podman.docker.run("rm", "-f", "box1")
        podman.docker.run("rmi", "-f", "made:1", "box:1", check=False)
