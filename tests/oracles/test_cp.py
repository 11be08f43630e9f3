"""`cp` beside docker's: the same copies, one after another, into and out of a container of the same image."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

import command_line
import peers
from builders import docker_archive, file, folder, layer, symlink
from containing import box
from sampling import paired
from tar_facts import facts, is_engines_own

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("dockerd beside other work: a container or a copy of its own may fail"),
]


def arranged(top):
    """What each copy finds in the container, in a folder of its own."""
    mine = {"uid": 3, "gid": 4}
    return [
        folder(top, mode=0o751, **mine),
        file(f"{top}/file", b"old", mode=0o604, **mine),
        folder(f"{top}/dir", mode=0o711, **mine),
        file(f"{top}/dir/a", b"a of the container", **mine),
        symlink(f"{top}/to-file", "file"),
        symlink(f"{top}/to-dir", "dir"),
        symlink(f"{top}/absolute", f"/{top}/dir"),
        symlink(f"{top}/dangling", "nothing"),
        symlink(f"{top}/dangling-deep", "no/thing"),
        symlink(f"{top}/up", f"../../../../{top}/dir"),
    ]


SOURCES = [
    "file",
    "dir",
    "dir/",
    "dir/.",
    "to-file",
    "to-dir",
    "to-dir/",
    "to-dir/.",
    "dangling",
    "empty",
    "missing",
    "file/",
]
IN = [
    "",
    "new",
    "new/",
    "file",
    "file/",
    "dir",
    "dir/",
    "to-file",
    "to-dir",
    "to-dir/",
    "absolute",
    "dangling",
    "dangling-deep",
]
IN_MORE = ["up", "missing/x", "dir/.", "file/x", "to-dir/y", "dir/../z"]
OUT = ["new", "new/", "file", "file/", "dir", "dir/", "to-dir", "missing/x", "dir/."]
INSIDE = ["/w/file", "w/file", "/w/dir", "/w/dir/", "/w/dir/.", "/w/to-file", "/w/to-dir", "/w/to-dir/", "/w/to-dir/."]
INSIDE_MORE = ["/w/absolute/a", "/w/dangling", "/w/missing", "/w/file/", "/w/up/a", "/w/../w/file", "/srv"]
# What was done differently once is compared each time.
IN_ONCE = [
    ("file", "dangling/"),
    ("file", "dangling/."),
    ("dir", "dangling/"),
    ("dir", "dangling/."),
    ("file", "file/."),
]
OUT_ONCE = [("/w/dir", "new/."), ("/w/file", "new/."), ("/w/dir", "file/."), ("/w/file", "file/.")]
COMMANDS = {"created": ("true",), "running": ("sleep", "600")}


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """What is copied in."""
    host = tmp_path_factory.mktemp("host")
    (host / "dir" / "sub").mkdir(parents=True)
    (host / "empty").mkdir(mode=0o700)
    for path, content, mode in (
        ("file", b"f", 0o640),
        ("dir/a", b"a", 0o755),
        ("dir/set", b"s", 0o4755),
        ("dir/sub/b", b"b", 0o600),
    ):
        (host / path).write_bytes(content)
        (host / path).chmod(mode)
    os.link(host / "dir" / "a", host / "dir" / "hard")
    (host / "dir" / "sub").chmod(0o2750)
    for name, target in (("to-file", "file"), ("to-dir", "dir"), ("dangling", "nothing"), ("dir/link", "a")):
        (host / name).symlink_to(target)
    if os.geteuid() == 0:
        os.chown(host / "file", 5, 6)
        os.chown(host / "dir" / "sub", 7, 8)
    return host


class Pair:
    """Our program and docker, each with a container `c1` in some state."""

    def __init__(self, *both, state):
        self.both, self.state = both, state

    def __iter__(self):
        return iter(self.both)

    def begin(self):
        self.end()
        for one, more in zip(self.both, ((), ("--network", "none")), strict=True):
            one.run("create", "--name", "c1", *more, "box:1", *COMMANDS[self.state])
            if self.state == "running":
                one.run("start", "c1")
            one.run("cp", "-a", "-", "c1:/", stdin=layer(arranged("w")))

    def end(self):
        for one in self.both:
            one.run("rm", "-f", "c1", check=False)

    def same(self, cases, differing_cases):
        """On a busy machine this docker now and then says that it has copied, and has not: what differs is copied again."""
        for _ in range(3):
            self.begin()
            differing = differing_cases(cases)
            if not differing:
                return
            cases = [*differing]
        assert differing == {}


@pytest.fixture
def both(layertui, docker, tmp_path, request):
    path = docker_archive(box(), tmp_path / "box.tar")
    pair = Pair(layertui, docker, state=request.param)
    for one in pair:
        one.run("load", "-i", path)
    yield pair
    pair.end()


def shown(program):
    return {name: fact for name, fact in facts(program.run("export", "c1").stdout).items() if not is_engines_own(name)}


def differing(mine, theirs):
    return {name: (mine.get(name), theirs.get(name)) for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)}


def copied(program, *words, stdin=b""):
    if isinstance(program, peers.Program):  # in this process: there are many
        return command_line.layertui("cp", *words, stdin=stdin, store=program.store).code == 0
    return program.run("cp", *words, stdin=stdin, check=False).returncode == 0


@pytest.mark.sampled("both")
@pytest.mark.parametrize("flags", [(), ("-a",), ("-L",)], ids=["plain", "-a", "-L"])
@pytest.mark.parametrize("both", COMMANDS, indirect=True)
def test_into_a_container(both, host, flags, request):
    cases = paired(SOURCES, [*IN, *IN_MORE], request.node.name)
    cases += [case for case in IN_ONCE if case not in cases]
    both.same(cases, lambda cases: differing_copies(both, host, flags, cases))


def differing_copies(both, host, flags, cases):
    """What each copy that is not the same left, by its source and target."""
    for program in both:
        places = [entry for number in range(len(cases)) for entry in arranged(f"w{number}")]
        program.run("cp", "-a", "-", "c1:/", stdin=layer(places))
    done = [
        # The source's own slash means something, so it is put on after the path is joined.
        [copied(program, *flags, f"{host}/{source}", f"c1:/w{number}/{target}") for program in both]
        for number, (source, target) in enumerate(cases)
    ]
    mine, theirs = map(shown, both)

    def owned(fact):
        """This docker leaves without `-a` whose a file was on the host; its manual says root's, as ours are."""
        return fact if flags == ("-a",) else (*fact[:2], *fact[4:])

    flaws = {}
    for number, (case, (we, docker)) in enumerate(zip(cases, done, strict=True)):
        ours, other = (
            {name: owned(fact) for name, fact in found.items() if name.partition("/")[0] == f"w{number}"}
            for found in (mine, theirs)
        )
        if we != docker or ours != other:
            flaws[case] = f"done by us {we}, by docker {docker}; {differing(ours, other)}"
    return flaws


@pytest.mark.sampled("both")
@pytest.mark.parametrize("flags", [(), ("-a",), ("-L",)], ids=["plain", "-a", "-L"])
@pytest.mark.parametrize("both", COMMANDS, indirect=True)
def test_out_of_a_container(both, flags, tmp_path, request):
    cases = list(dict.fromkeys([*paired([*INSIDE, *INSIDE_MORE], OUT, request.node.name), *OUT_ONCE]))
    both.same(cases, lambda cases: differing_takes(both, flags, cases, tmp_path))


def differing_takes(both, flags, cases, folder):
    flaws = {}
    for path, target in cases:
        seen = []
        for program in both:
            place = Path(tempfile.mkdtemp(dir=folder))
            (place / "dir").mkdir(parents=True)
            (place / "file").write_bytes(b"here")
            (place / "to-dir").symlink_to("dir")
            seen.append((copied(program, *flags, f"c1:{path}", f"{place}/{target}"), listed(place, flags)))
        if seen[0] != seen[1]:
            flaws[path, target] = f"{seen[0]} and not {seen[1]}"
    return flaws


def differing_streams(both, paths):
    flaws = {}
    for path in paths:
        mine, theirs = (program.run("cp", f"c1:{path}", "-", check=False) for program in both)
        ours, other = (facts(said.stdout) if said.returncode == 0 else None for said in (mine, theirs))
        if ours != other:
            flaws[path] = f"{ours} and not {other}"
    return flaws


def listed(top, flags):
    found = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        body = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        link = os.readlink(path) if path.is_symlink() else ""
        # Ours gives the host no setuid or setgid bits; and owners with `-a`, as the manual says: docker's does not.
        owner = () if flags == ("-a",) else (status.st_uid, status.st_gid)
        mode = status.st_mode & 0o1777 if not path.is_symlink() else 0
        found[str(path.relative_to(top))] = (stat.S_IFMT(status.st_mode), mode, link, body, *owner)
    return found


@pytest.mark.parametrize("both", COMMANDS, indirect=True)
def test_as_a_stream(both):
    both.same([*INSIDE, *INSIDE_MORE], lambda paths: differing_streams(both, paths))
    tar = layer(
        [folder("d", mode=0o700, uid=5, gid=6), file("d/f", b"f", mode=0o4711, uid=5, gid=6), symlink("s", "d")]
    )
    for target in ("/w", "/w/dir/", "/w/to-dir", "/w/file", "/w/missing", "/w/dangling"):
        for flags in ((), ("-a",)):
            mine, theirs = (copied(program, *flags, "-", f"c1:{target}", stdin=tar) for program in both)
            assert mine == theirs, target
            assert differing(*map(shown, both)) == {}, target
