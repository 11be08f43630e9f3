"""`commit --change` beside docker's: each instruction in its forms, and what neither takes.

STOPSIGNAL docker 20.10 takes in a build alone. Left out: `ENTRYPOINT []`, which it passes over and we take at its word.
"""

import json

import pytest

import command_line
import peers
from builders import docker_archive, file, image, layer

pytestmark = pytest.mark.slow

CONFIG = {
    "Cmd": ["old"],
    "Entrypoint": ["/entry"],
    "Env": ["PATH=/bin", "A=of the image"],
    "ExposedPorts": {"1/tcp": {}},
    "Labels": {"kept": "yes"},
    "OnBuild": ["RUN first"],
    "Shell": ["/bin/bash", "-ec"],
    "User": "5",
    "Volumes": {"/old": {}},
    "WorkingDir": "/work",
}
FIELDS = (*CONFIG, "StopSignal", "Healthcheck")
CHANGES = [
    ['CMD ["new", "b c"]'], ["CMD new $A | cat"], ["CMD"], ["CMD []"], ["cmd x"], ['CMD ["x"'],
    ['ENTRYPOINT ["e"]'], ["ENTRYPOINT e"], ['CMD ["c"]', 'ENTRYPOINT ["e"]'],
    ["ENV A=b C=d"], ["ENV A b c"], ["ENV B='c d' C=\"e f\" D=g\\ h"], ["ENV A=x", "ENV B=$A", "ENV C=${D:-e}"], ["ENV A="],
    ["EXPOSE 80"], ["EXPOSE 80/udp 81"], ["EXPOSE 90-92"], ["EXPOSE 1"],
    ["LABEL a=b"], ['LABEL a="b c" \'d e\'=f'], ["LABEL a b c"], ["LABEL kept=no"], ["LABEL a=$A"],
    ["ONBUILD RUN make"], ["onbuild  COPY . /x"],
    ["USER app"], ["USER a b"], ["USER 1000:staff"], ["USER $A"],
    ["VOLUME /a /b"], ['VOLUME ["/a b", "/c"]'], ["VOLUME a"], ["VOLUME /old"],
    ["WORKDIR /a/../b/"], ["WORKDIR deeper"], ["WORKDIR $A"], ["WORKDIR /a", "WORKDIR b"],
    ["HEALTHCHECK NONE"],
    ["HEALTHCHECK CMD curl x"],
    ['HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2h --retries=3 CMD ["curl", "x"]'],
    ['CMD ["a"] x'], ['ENTRYPOINT ["a"]x'], ['VOLUME ["/a"] /b'], ['HEALTHCHECK CMD ["a"] x'], ['CMD ["a"] ["b"]'],
    ["EXPOSE 80:90"], ["EXPOSE 80:90/udp 7"], ["EXPOSE 127.0.0.1:80:90"], ["EXPOSE 127.0.0.1::91"], ["EXPOSE [::1]:80:92"],
    ["EXPOSE 80-82:90-92"], ["EXPOSE 80-85:90"], ["EXPOSE :90"], ["EXPOSE 90/"], ["EXPOSE $UNSET"], ["EXPOSE 7 $UNSET"],
    ["USER $UNSET"], ['USER ""'], ["USER ' '"], ["WORKDIR ' '"], ["CMD -- x"],
    ["HEALTHCHECK --interval=5s NONE"], ["HEALTHCHECK --interval= --retries= CMD x"], ["HEALTHCHECK --interval=+5s --retries=+3 CMD x"],
    ["USER x", "WORKDIR /w", "ENV Z=1", "LABEL z=1", "EXPOSE 9", 'CMD ["z"]'],
]  # fmt: skip
REFUSED = [
    "FROM x", "RUN x", "ADD a b", "COPY a b", "ARG a", 'SHELL ["x"]', "MAINTAINER me", "NOTHING x", "ENV", "ENV A", "LABEL",
    "EXPOSE", "EXPOSE x", "EXPOSE 70000", "EXPOSE 9-8", "USER", "WORKDIR", "VOLUME", "VOLUME []",
    "HEALTHCHECK", "HEALTHCHECK CMD", "HEALTHCHECK x", "HEALTHCHECK NONE x",
    "HEALTHCHECK --interval=x CMD y", "HEALTHCHECK --retries=-1 CMD y", "ONBUILD", "ONBUILD FROM x", "ONBUILD ONBUILD RUN x",
    "EXPOSE 80:", "EXPOSE 80:x", "EXPOSE 80-82:90-91", "EXPOSE x:80:90", "EXPOSE ::1:80:90", "EXPOSE 70000:80", "EXPOSE 9-8:80",
    "USER --group=x y", "CMD --x", "VOLUME --from=x /y", "ONBUILD --x RUN y", "WORKDIR $UNSET", "HEALTHCHECK CMD []",
    "HEALTHCHECK --interval CMD x", "HEALTHCHECK --interval=5s --interval=6s CMD x", "HEALTHCHECK --interval=-5s CMD x",
    "ENV A='b", 'LABEL a="b', "USER ${A", "WORKDIR ${A:*}",
]  # fmt: skip


@pytest.fixture
def both(layertui, docker, tmp_path):
    path = docker_archive(image([layer([file("x", "x")])], tags=["plain:1"], config=CONFIG), tmp_path / "plain.tar")
    for one, more in ((layertui, ()), (docker, ("--network", "none"))):
        one.run("load", "-i", path)
        one.run("create", "--name", "c1", *more, "plain:1")
    yield layertui, docker
    docker.run("rm", "-v", "c1")


def committed(program, changes):
    """The config after a commit; None where it was refused."""
    words = [word for change in changes for word in ("--change", change)]
    if isinstance(program, peers.Program):  # in this process: there are many
        done = command_line.layertui("commit", *words, "c1", "two:1", store=program.store)
        assert done.code in {0, 2}, done.err
        if done.code:
            return None
    elif program.run("commit", *words, "c1", "two:1", check=False).returncode:
        return None
    (told,) = json.loads(program.run("inspect", "two:1").stdout)
    return {field: told["Config"].get(field) or None for field in FIELDS}


def test_each_instruction(both):
    flaws = {}
    for changes in CHANGES:
        ours, theirs = (committed(program, changes) for program in both)
        if ours is None or ours != theirs:
            flaws[str(changes)] = {
                field: (ours[field], theirs[field]) for field in FIELDS if ours[field] != theirs[field]
            }
    assert flaws == {}


SIGNALS = [
    "SIGINT",
    "int",
    "9",
    "09",
    "+9",
    "-1",
    "100",
    "64",
    "RTMIN+15",
    "$A",
    "0",
    "-0",
    "9 10",
    "SIG9",
    "RTMIN+16",
    "NOPE",
    "9.5",
    "0x9",
]


def test_a_stop_signal_beside_a_build(both, layertui, docker, tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    (tmp_path / "context").mkdir()
    path = docker_archive(
        image([layer([file("x", "x")])], tags=["bare:1"], config={"Cmd": ["x"]}), tmp_path / "bare.tar"
    )
    docker.run("load", "-i", path)
    flaws = {}
    for signal in SIGNALS:
        (tmp_path / "Dockerfile").write_text(f"FROM bare:1\nSTOPSIGNAL {signal}\n")
        docker.run("rmi", "-f", "two:1", check=False)
        built = docker.run("build", "-t", "two:1", "-f", tmp_path / "Dockerfile", tmp_path / "context", check=False)
        (told,) = json.loads(docker.run("inspect", "two:1").stdout) if built.returncode == 0 else (None,)
        ours, theirs = committed(layertui, [f"STOPSIGNAL {signal}"]), told and told["Config"]["StopSignal"]
        if (ours and ours["StopSignal"]) != theirs:
            flaws[signal] = ours, theirs
    assert flaws == {}


def test_what_neither_takes(both):
    taken = {change: [committed(program, [change]) for program in both] for change in REFUSED}
    assert {change: told for change, told in taken.items() if told != [None, None]} == {}
