"""`cp` into and out of what is mounted in a container, beside docker's: volumes, and folders and files of the host.

Docker mounts all of a container's volumes for a copy, whether it runs or not; ours goes where they are.
"""

import os
import stat

import pytest

import command_line
import peers
from builders import docker_archive, file, folder, layer, symlink
from containing import box
from sampling import in_turn
from tar_facts import facts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("dockerd beside other work: a container or a copy of its own may fail"),
]

COMMANDS = {"created": ("sleep", "600"), "running": ("sleep", "600"), "exited": ("true",)}
INTO = [
    "/srv", "/srv/", "/srv/new", "/srv/page", "/srv/page/", "/srv/no/x", "/srv/d", "/srv/d/x", "/srv/to-data", "/srv/up", "/srv/up/x",
    "/bind", "/bind/new", "/bind/old", "/bind/inner", "/bind/inner/x", "/bind/out", "/deep/er/new", "/to-bind", "/to-bind/x",
    "/ro", "/ro/new", "/ro/old", "/rov/x", "/to-ro/x", "/bind/../data/q", "/data/z", "/deep", "/deep/x", "/own/x",
]  # fmt: skip
FOLDER_INTO = ["/srv", "/srv/made", "/srv/page", "/srv/up/made", "/bind/out", "/ro", "/to-bind/inner"]
OUT = [
    "/srv", "/srv/", "/srv/.", "/srv/page", "/srv/d", "/srv/no", "/srv/to-data", "/srv/to-data/", "/srv/up/", "/bind", "/bind/.",
    "/bind/old", "/bind/inner/deepest", "/bind/out/", "/bind/hard", "/ro", "/ro/old", "/rov/.", "/etc/one", "/deep", "/to-bind",
    "/to-bind/", "/to-bind/inner", "/own", "/own/.",
]  # fmt: skip


WORDS = ("mounted volume is marked read-only", "container rootfs is marked read-only")


def sources(top):
    """Folders and a file of the host, to be mounted; each program has its own."""
    (top / "bind/inner").mkdir(parents=True)
    (top / "ro").mkdir()
    (top / "deep").mkdir()
    for name in ("bind/old", "ro/old", "one", "bind/inner/deepest", "deep/f"):
        (top / name).write_bytes(name.encode())
    os.link(top / "bind/old", top / "bind/hard")
    (top / "bind/out").symlink_to("/data")
    os.chown(top / "bind/old", 7, 8)
    (top / "bind/old").chmod(0o640)
    return [
        *("-v", "kept:/srv", "-v", f"{top}/bind:/bind", "-v", f"{top}/ro:/ro:ro", "-v", "shut:/rov:ro"),
        *("-v", f"{top}/one:/etc/one", "-v", f"{top}/deep:/deep/er", "--tmpfs", "/mem", "-v", "/own"),
    ]


class Pair:
    def __init__(self, both, folder):
        self.both, self.folder = both, folder

    def __iter__(self):
        return iter(self.both)

    def begin(self, state, *more):
        for number, (one, net) in enumerate(zip(self.both, ((), ("--network", "none")), strict=True)):
            top = self.folder / str(number)
            top.mkdir()
            one.run("create", "--name", "c1", *net, *sources(top), *more, "box:1", *COMMANDS[state])
            if state != "created":
                one.run("start", "-a" if state == "exited" else "c1", *(["c1"] if state == "exited" else []))
            if not more:
                links = [symlink("to-bind", "bind"), symlink("to-ro", "/ro"), folder("srv/d")]
                more_links = [symlink("srv/to-data", "/data"), symlink("srv/up", "../bind")]
                one.run("cp", "-", "c1:/", stdin=layer([*links, *more_links]))

    def end(self):
        for one in self.both:
            one.run("rm", "-f", "-v", "c1", check=False)
        ours, docker = self.both
        ours.run("gc", "--volume", "kept", check=False)
        docker.run("volume", "rm", "kept", "shut", check=False)


@pytest.fixture
def both(layertui, docker, tmp_path):
    path = docker_archive(box(), tmp_path / "box.tar")
    pair = Pair((layertui, docker), tmp_path)
    for one in pair:
        one.run("load", "-i", path)
    yield pair
    pair.end()


def on_host(top):
    found = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        body = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(path.relative_to(top))] = (oct(status.st_mode), status.st_uid, status.st_gid, body)
    return found


def copied(program, *words, stdin=b""):
    """The code, stdout and stderr of a copy; ours in this process, since there are many."""
    if isinstance(program, peers.Program):
        said = command_line.layertui("cp", *words, stdin=stdin, store=program.store)
        return said.code, said.out, said.err
    done = program.run("cp", *words, stdin=stdin, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def copied_by_docker(docker, given, target):
    """A file copied twice: dockerd mounts everything again for each copy, and on a busy machine one of hundreds does not arrive, with exit code 0."""
    if given.is_file():
        copied(docker, given, target)
    return copied(docker, given, target)


def of_state(state, paths):
    """Those that are tried in this state; in a sample each is tried in one."""
    return [path for number, path in enumerate(paths) if state in in_turn([*COMMANDS], 1, number)]


def taken(program, path):
    """What a copy to stdout has. Docker's is asked for again if it is empty: no path has nothing, but a busy dockerd says so with exit code 0."""
    for _ in range(5):
        code, out, _ = copied(program, f"c1:{path}", "-")
        found = facts(out) if code == 0 else None
        if found is None or found or isinstance(program, peers.Program):
            break
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="owners are compared")
@pytest.mark.parametrize("state", COMMANDS)
def test_into_and_out_of_what_is_mounted(both, state, tmp_path):
    both.begin(state)
    ours, docker = both
    source = tmp_path / "f"
    source.write_bytes(b"copied")
    (tmp_path / "d/sub").mkdir(parents=True)
    (tmp_path / "d/sub/g").write_bytes(b"g")
    differing = {}
    for given, target in [
        *((source, target) for target in of_state(state, INTO)),
        *((tmp_path / "d", target) for target in of_state(state, FOLDER_INTO)),
    ]:
        mine, _, said = copied(ours, given, f"c1:{target}")
        theirs, *_ = copied_by_docker(docker, given, f"c1:{target}")
        if mine != theirs:
            differing[given.name, target] = mine, theirs, said
    assert differing == {}
    seen = {path: [taken(one, path) for one in both] for path in of_state(state, OUT)}
    differing = {path: (mine, theirs) for path, (mine, theirs) in seen.items() if mine != theirs}
    assert differing == {}
    assert on_host(tmp_path / "0") == on_host(tmp_path / "1")


@pytest.mark.skipif(os.geteuid() != 0, reason="owners are compared")
@pytest.mark.parametrize("state", COMMANDS)
def test_a_tar_with_owners_links_and_what_is_mounted_in_it(both, state, tmp_path):
    both.begin(state)
    inside = [folder("x", uid=3, gid=4, mode=0o750), file("x/f", b"f", uid=5, gid=6, mode=0o4711), symlink("x/l", "f")]
    through = [folder("srv"), file("srv/t", b"t"), folder("bind"), folder("bind/inner"), file("bind/inner/t", b"u")]
    for target, tar in (
        ("/srv", layer(inside)),
        ("/bind", layer(inside)),
        ("/ro", layer(inside)),
        ("/", layer(through)),
    ):
        done = [copied(one, "-", f"c1:{target}", stdin=tar)[0] for one in both]
        assert done[0] == done[1], target
    for path in ("/srv/.", "/bind/."):
        assert taken(both.both[0], path) == taken(both.both[1], path)
    assert on_host(tmp_path / "0") == on_host(tmp_path / "1")
    layers = [line for line in both.both[0].text("diff", "c1").splitlines() if line.endswith(("/t", "/x", "/f"))]
    assert layers == [], "nothing of it is in the layers"


@pytest.mark.parametrize("state", COMMANDS)
def test_a_read_only_root_and_read_only_mounts_are_refused_in_dockers_words(both, state, tmp_path):
    both.begin(state, "--read-only")
    (tmp_path / "f").write_bytes(b"copied")
    for target in ("/", "/data/x", "/srv/x", "/bind/x", "/ro/x", "/rov/x", "/deep/x", "/deep/er/x", "/own", "/own/x"):
        (mine, _, ours), (theirs, _, dockers) = (copied(one, tmp_path / "f", f"c1:{target}") for one in both)
        assert mine == theirs, (target, ours, dockers)
        assert all(words in ours for words in WORDS if words in dockers), (target, ours, dockers)
