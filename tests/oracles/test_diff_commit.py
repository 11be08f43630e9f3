"""diff, commit and export beside docker's: the same actions in a container of the same image, the same answers."""

import struct

import pytest

import peers
from builders import char, docker_archive, fifo, file, folder, hardlink, image, layer, opaque, symlink, whiteout
from containing import box, runtimes
from tar_facts import facts, is_engines_own, saved

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("dockerd beside other work: a container or a copy of its own may fail"),
]

CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # net_bind_service, as version 2 has it
# Each done in a folder of its own, that has what `below` and `above` put there.
ACTIONS = {
    "nothing": "true",
    "a new file": "echo x > new",
    "a new file deep down": "mkdir -p a/b/c; echo x > a/b/c/d",
    "a changed file": "echo more >> etc/passwd",
    "a file of the same content": "cat etc/group > tmp; cat tmp > etc/group; rm tmp",
    "a mode": "chmod 600 etc/plain",
    "a folder's mode": "chmod 711 srv",
    "an owner": "chown 5:6 srv/page",
    "a removed file": "rm etc/plain",
    "a removed folder": "rm -r srv",
    "a removed and remade folder": "rm -r srv; mkdir srv",
    "a removed and refilled folder": "rm -r srv; mkdir srv; echo y > srv/y; echo p > srv/page",
    "a file made and removed": "touch gone; rm gone",
    "a folder made and removed": "mkdir gone; touch gone/x; rm -r gone",
    "a file moved": "mv etc/plain etc/moved",
    "a folder moved": "mv srv moved",
    "a folder of its own moved": "mkdir -p a/b; echo x > a/b/c; mv a z; mv z/b odd/b",
    "a folder moved twice": "mv odd/deep moved; mv moved odd/deep",
    "a folder moved where one was": "rm -r srv; mv odd/deep srv",
    "a moved folder of which something is gone": "rm odd/deep/er/file; mv odd/deep moved",
    "a file replaced by a folder": "rm etc/plain; mkdir etc/plain; echo x > etc/plain/x",
    "a symlink made": "ln -s /etc/passwd etc/link",
    "a symlink removed": "rm link",
    "a symlink replaced": "rm link; ln -s srv link",
    "a symlink over a folder": "rm -r srv; ln -s etc srv",
    "a file over a folder": "rm -r odd/deep; echo x > odd/deep",
    "a folder over a symlink": "rm link; mkdir link; echo x > link/x",
    "a folder over a file, and back": "rm etc/plain; mkdir etc/plain; rmdir etc/plain; echo x > etc/plain",
    "a file over a folder, and back": "rm -r odd/deep; echo x > odd/deep; rm odd/deep; mkdir odd/deep; echo y > odd/deep/y",
    "a folder emptied": "rm srv/page; rm -r odd/deep/er",
    "a folder remade as deep as it was": "rm -r odd/deep; mkdir -p odd/deep/er; echo new > odd/deep/er/new",
    "empty folders": "mkdir -p e/f e/g odd/h",
    "a hard link made": "ln etc/plain etc/hard",
    "two names of a file of its own": "echo x > a; ln a b; ln a etc/c; echo y >> b",
    "a name more for what has two": "ln odd/setuid odd/third",
    "one of two names written to": "echo more >> odd/second",
    "one of two names removed": "rm odd/setuid",
    "one of two names moved": "mv odd/second etc/second",
    "a pipe": "mkfifo pipe",
    "setuid": "echo x > s; chmod 4755 s",
    "bits of folders": "chmod 2755 data; chmod 1777 srv; mkdir -m 3770 mine",
    "an owner, and setuid goes": "chown 9:10 odd/setuid",
    "a mode, and a capability stays": "chmod 700 odd/able",
    "an owner, and a capability goes": "chown 5 odd/able",
    "written to, and a capability goes": "echo more >> odd/able",
    "moved with a capability": "mv odd/able able",
    "a mode and owner that it had": "chmod 644 etc/plain; chown 33:34 srv/page",
    "mode and owner of what is not a file": "chmod 600 odd/pipe; chown 1:2 odd/pipe odd; chown -h 3:4 link",
    "mode and owner of a device": "chown 1:2 odd/device; chmod 600 odd/device",
    "a time alone": "touch -d '2001-02-03 04:05:06' etc/plain",
    "a folder's time alone": "touch -d '2001-02-03 04:05:06' srv",
    "a file with holes": "echo x > hole; busybox truncate -s 3000000 hole",
    "names that need care": "touch 'a b' ./-x ü wh. ' '",
    "names that no terminal should see": r"touch $(printf '\033[31m') $(printf '\177') $(printf '\302\205')",
    "written through a symlink": "echo x > link/new",
    "several at once": "echo x > x; rm etc/plain; rm -r data; mkdir data; echo y > data/y; chmod 700 odd; mv srv s2",
}
# Not in bwrap's user namespace: there the kernel makes no devices, and takes setuid from what is written to.
ROOTS_ALONE = ("mode and owner of a device", "one of two names written to")
PUT = layer(
    [
        folder("put", mode=0o1777, uid=65_534, gid=65_534),
        file("put/able", "able\n", mode=0o755, xattrs={"security.capability": CAPABILITY}),
        file("put/far", "far\n", uid=2**31, gid=2**31 + 1, mode=0o4711),
        char("put/device", 5, 1, uid=3, gid=4, mode=0o620),
        fifo("put/pipe", mode=0o600),
        symlink("put/link", "nowhere", uid=1, gid=2),
        file("put/a", "one"),
        hardlink("put/b", "put/a"),
        folder("put/empty", mtime=1_000_000_000),
        file("put/\udcff not utf-8", "x"),
        file("put/two\nlines", "y"),
        file("put/" + "long" * 40, "z"),
    ]
)
RUNTIME = pytest.mark.parametrize("runtime", runtimes())


def below(top):
    """What the image has for an action, in the folder `top`."""
    return [
        folder(top),
        folder(f"{top}/etc"),
        *(file(f"{top}/etc/{name}", f"{name}\n") for name in ("passwd", "group", "plain", "motd")),
        folder(f"{top}/data"),
        file(f"{top}/data/a", "a"),
        folder(f"{top}/srv", mode=0o2775, uid=33, gid=34),
        file(f"{top}/srv/page", "page", uid=33, gid=34),
        symlink(f"{top}/link", "data"),
        folder(f"{top}/odd", uid=7, gid=8, mode=0o1750),
        file(f"{top}/odd/able", "able\n", mode=0o755, xattrs={"security.capability": CAPABILITY}),
        file(f"{top}/odd/setuid", "s\n", uid=5, gid=6, mode=0o6755),
        hardlink(f"{top}/odd/second", f"{top}/odd/setuid", uid=5, gid=6, mode=0o6755),
        char(f"{top}/odd/device", 1, 3, uid=3, gid=4, mode=0o620),
        fifo(f"{top}/odd/pipe", mode=0o600),
        folder(f"{top}/odd/deep"),
        folder(f"{top}/odd/deep/er"),
        file(f"{top}/odd/deep/er/file", "deep"),
    ]


def above(top):
    """What the layer above it has."""
    return [
        folder(top),
        folder(f"{top}/etc"),
        whiteout(f"{top}/etc/motd"),
        folder(f"{top}/data"),
        opaque(f"{top}/data"),
        file(f"{top}/data/n", "n"),
        folder(f"{top}/srv", mode=0o2775, uid=33, gid=34),  # docker gives a folder that no member names to root
        file(f"{top}/srv/page", "new page", uid=33, gid=34),
    ]


@pytest.fixture
def both(layertui, docker, tmp_path):
    """Our program and docker, each with the same image."""
    tops = [f"w{number}" for number in range(len(ACTIONS))]
    volume = layer([folder("vol"), file("vol/below", "of the image")])
    layers = [layer([one for top in tops for one in half(top)]) for half in (below, above)]
    config = {"Cmd": ["sh"], "Env": ["PATH=/bin"], "Volumes": {"/vol": {}}}
    path = docker_archive(image([*box().layers, *layers, volume], tags=["box:1"], config=config), tmp_path / "box.tar")
    for one in (layertui, docker):
        one.run("load", "-i", path)
    yield layertui, docker
    layertui.run("rm", "-f", "c1", check=False)
    docker.run("rm", "-f", "-v", "c1", check=False)


@pytest.fixture
def acted(both, monkeypatch):
    """Run the same words in a container `c1` of each."""

    def act(script, runtime="bwrap", put=None):
        monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
        for one, more in zip(both, ((), ("--network", "none")), strict=True):
            one.run("create", "--name", "c1", *more, "box:1", "sh", "-c", script)
            if put is not None:
                one.run("cp", "-a", "-", "c1:/", stdin=put)
            one.run("start", "-a", "c1")

    return act


def descriptions_of(both, tmp_path, *words):
    """What each says of `c1`: its diff, its exported files, the step and the files of its committed layer."""
    for which, one in zip(("ours", "theirs"), both, strict=True):
        flat = facts(one.run("export", "c1").stdout)
        one.run("commit", *words, "c1", "two:1")
        one.run("save", "-o", tmp_path / which, "two:1")
        one.run("rmi", "two:1")
        yield (
            lines(one),
            {name: fact for name, fact in flat.items() if not is_engines_own(name)},
            saved(tmp_path / which),
        )


def lines(program):
    """Of diff; ours has them harmless in text, docker's not."""
    if isinstance(program, peers.Program):
        return [f"{change['kind']} {change['path']}" for change in program.json("diff", "c1")]
    return program.run("diff", "c1").stdout.decode().rstrip("\n").split("\n")


def of(top, lines):
    return sorted(line for line in lines if f"{line[2:]}/".startswith(f"/{top}/"))


def differing(mine, theirs):
    return {name: (mine.get(name), theirs.get(name)) for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)}


@pytest.mark.sampled("runtime")
@RUNTIME
def test_the_same_actions(both, acted, runtime, tmp_path):
    """The lines of diff, the layer's members but for their order, the step, and what the exported tar holds."""
    scripts = [f"(cd w{number}; {script})" for number, script in enumerate(ACTIONS.values())]
    if runtime == "bwrap":
        scripts = [script for action, script in zip(ACTIONS, scripts, strict=True) if action not in ROOTS_ALONE]
    acted("set -e; " + "; ".join(scripts), runtime)
    mine, theirs = descriptions_of(both, tmp_path, "-m", "told", "-a", "somebody")
    flaws = {}
    for number, action in enumerate(ACTIONS):
        top = f"w{number}"
        found = [of(top, mine[0]), of(top, theirs[0])]
        if found[0] != found[1]:
            flaws[f"diff of {action}"] = found
    for what, ours, other in (("export", mine[1], theirs[1]), ("layer", mine[2].top, theirs[2].top)):
        for name, pair in differing(ours, other).items():
            top = name.partition("/")[0]
            flaws[f"{what} of {[*ACTIONS][int(top[1:])]}: {name}" if top[1:].isdigit() else f"{what}: {name}"] = pair
    assert flaws == {}
    assert (mine[2].step, mine[2].layers) == (theirs[2].step, theirs[2].layers)


def test_nothing_done_adds_a_step_and_no_layer(both, acted, tmp_path):
    acted("true")
    mine, theirs = descriptions_of(both, tmp_path)
    assert (mine[0], theirs[0]) == ([], [""])
    assert (mine[2].step, mine[2].layers) == (theirs[2].step, theirs[2].layers)


def test_what_was_put_in(both, acted, tmp_path):
    """Devices, capabilities, far owners and names of any bytes."""
    acted("true", put=PUT)
    mine, theirs = descriptions_of(both, tmp_path)
    assert differing(mine[1], theirs[1]) == {}
    assert differing(mine[2].top, theirs[2].top) == {}


@pytest.mark.sampled("runtime")
@pytest.mark.parametrize("how", [(), ("--pause=false",)])
@RUNTIME
def test_a_commit_while_it_runs(both, runtime, how, tmp_path, monkeypatch):
    monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
    for one, more in zip(both, ((), ("--network", "none")), strict=True):
        one.run("run", "-d", "--name", "c1", *more, "box:1", "sh", "-c", "echo x > /w0/x; rm /w0/etc/plain; sleep 600")
        one.run("exec", "c1", "sh", "-c", "until [ ! -e /w0/etc/plain ]; do sleep 0.1; done")
    mine, theirs = descriptions_of(both, tmp_path, *how)
    assert (mine[2].step, mine[2].layers) == (theirs[2].step, theirs[2].layers)
    assert differing(mine[2].top, theirs[2].top) == {}
