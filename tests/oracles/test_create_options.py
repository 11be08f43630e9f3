"""Options of `create` beside docker's: what a process finds, and what is left in the layer."""

import json
from dataclasses import replace

import pytest

from builders import docker_archive
from containing import box, runtimes
from tar_facts import facts, is_engines_own, saved

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("dockerd beside other work: a container or a copy of its own may fail"),
]

RUNTIME = pytest.mark.parametrize("runtime", runtimes())
STATUS = "grep -E '^(Cap|Groups)' /proc/self/status"
FOUND = {
    "groups": (["--group-add", "wheel", "--group-add", "77"], "id -G"),
    "groups of a user": (["-u", "app", "--group-add", "10"], "id -G; id -u"),
    "a capability more": (["--cap-add", "SYS_ADMIN"], STATUS),
    "a capability less": (["--cap-drop", "CHOWN", "--cap-drop", "cap_setgid"], STATUS),
    "no capability": (["--cap-drop", "ALL"], STATUS),
    "one capability": (["--cap-drop", "ALL", "--cap-add", "net_admin"], STATUS),
    "of another user": (["-u", "app"], STATUS),
    "system calls filtered": ([], "grep Seccomp: /proc/self/status; busybox unshare -U true || echo refused"),
    "system calls not filtered": (["--security-opt", "seccomp=unconfined"], "grep Seccomp: /proc/self/status"),
    "no new privileges": (["--security-opt", "no-new-privileges"], "grep NoNew /proc/self/status"),
    "a host name": (["-h", "here"], "hostname; cat /etc/hostname"),
    "a working folder": (["-w", "/new/folder"], "pwd"),
    "a read-only root": (["--read-only", "--tmpfs", "/scratch"], "touch /x || echo no; touch /scratch/x && echo yes"),
    "memory": (["--tmpfs", "/m:size=1m,mode=0750"], "stat -c '%a %u' /m; head -c 2000000 /dev/zero > /m/x || echo full"),
    "memory over a folder": (["--tmpfs", "/data"], "ls /data; echo x > /data/y"),
    "a folder": (["-v", "HOST:/mnt/deep"], "cat /mnt/deep/given; echo x > /mnt/deep/made"),
    "a folder over one": (["-v", "HOST:/data:ro"], "ls /data; touch /data/x || echo no"),
    "a file": (["-v", "HOST/given:/etc/motd"], "cat /etc/motd"),
    "a file over one": (["--mount", "type=bind,source=HOST/given,target=/etc/plain,readonly"], "cat /etc/plain; echo x > /etc/plain || echo no"),
    "behind a symlink": (["-v", "HOST:/link/in"], "ls /data/in"),
    "one in another": (["-v", "HOST/sub:/m/b", "-v", "HOST:/m"], "ls /m /m/b"),
    "a volume": (["-v", "kept:/srv"], "stat -c '%n %a %u %g' /srv /srv/*; cat /srv/page; echo x > /srv/new"),
    "a volume at a path that is not there": (["-v", "kept:/new/place:ro"], "ls -a /new/place; touch /new/place/x || echo no"),
    "a volume that gets nothing": (["--mount", "type=volume,src=kept,dst=/srv,volume-nocopy"], "ls -a /srv"),
    "a volume behind a symlink": (["-v", "kept:/link"], "ls /link /data"),
    "a volume without a name": (["-v", "/srv", "-v", "/anew"], "cat /srv/page; echo x > /srv/new; echo y > /anew/y"),
    "a volume without a name, over a read-only root": (
        ["-v", "/srv", "-v", "/anew", "--read-only"],
        "ls /srv /anew; echo x > /srv/new; rm /srv/page; echo y > /anew/y; ls -l /srv /anew | grep -c root; touch /x || echo no",
    ),
    "a volume without a name behind a symlink": (["-v", "/link", "-v", "/link/a/b"], "echo x > /data/x; echo y > /data/a/b/y; ls /link"),
    "the same, over a read-only root": (["-v", "/link", "--read-only"], "rm /data/n; echo x > /data/x; ls /link"),
    "a volume without a name in place of which there is more": (["-v", "/data", "-v", "HOST:/data", "-v", "/data"], "ls /data; echo x > /data/x"),
    "memory in place of a volume without a name": (["-v", "/data", "--tmpfs", "/data"], "ls /data; echo x > /data/x"),
    "an init": (["--init"], "tr '\\0' ' ' < /proc/1/cmdline"),
    "an environment file": (["--env-file", "HOST/env"], "echo $A,$B,$C"),
}  # fmt: skip


@pytest.fixture
def both(layertui, docker, tmp_path):
    """Our program and docker, each with the same image, and a folder of the host for each."""
    path = docker_archive(box(), tmp_path / "box.tar")
    layertui.run("load", path)
    docker.run("load", "-i", path)
    for name in ("ours", "theirs"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "given").write_text("given\n")
        (tmp_path / name / "b").mkdir()
        (tmp_path / name / "env").write_text("# a comment\n\nA=1\n  B=two words\nC\n")
    yield layertui, docker
    docker.run("rm", "-f", "-v", "c1", check=False)
    docker.run("volume", "rm", "-f", "kept", check=False)


@pytest.mark.sampled("runtime")
@RUNTIME
@pytest.mark.parametrize(("words", "script"), FOUND.values(), ids=FOUND)
def test_the_same_is_found_and_left(both, words, script, runtime, tmp_path, monkeypatch):
    ours, theirs = both
    monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
    monkeypatch.setenv("C", "three")
    said = {}
    for who, name, more in ((ours, "ours", []), (theirs, "theirs", ["--network", "none"])):
        given = [word.replace("HOST", str(tmp_path / name)) for word in words]
        ran = who.run("run", "--name", "c1", *more, *given, "box:1", "sh", "-c", script, check=False)
        left = sorted(path.name for path in (tmp_path / name).rglob("*"))
        said[name] = (ran.stdout, ran.returncode, sorted(who.text("diff", "c1").splitlines()), left)
    assert said["ours"] == said["theirs"]


VOLUMES = {"Volumes": {"/data": {}, "/made/here": {}}}
DEEP = {"Volumes": {"/home/app": {}, "/link": {}}}


@pytest.mark.sampled("runtime")
@RUNTIME
@pytest.mark.parametrize("script", ["true", "echo x > /data/new; rm /data/n; echo y > /made/here/y; echo z > /made/z"])
def test_what_lies_in_volumes_is_left_out(both, script, runtime, tmp_path, monkeypatch):
    ours, theirs = both
    monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
    path = docker_archive(box.__wrapped__(**VOLUMES).tagged("volumes:1"), tmp_path / "volumes.tar")
    said = {}
    for who, name, more in ((ours, "ours", []), (theirs, "theirs", ["--network", "none"])):
        who.run("load", "-i", path)
        who.run("run", "--name", "c1", *more, "volumes:1", "sh", "-c", script)
        who.run("commit", "c1", "two:1")
        who.run("save", "-o", tmp_path / f"{name}.tar", "two:1")
        flat = facts(who.run("export", "c1").stdout)
        kept = {path: fact for path, fact in flat.items() if not is_engines_own(path)}
        image = saved(tmp_path / f"{name}.tar")
        config = {key: image.config[key] for key in ("Cmd", "Env", "Volumes")}
        said[name] = (sorted(who.text("diff", "c1").splitlines()), replace(image, config=config), kept)
    theirs.run("rm", "-f", "c1")
    theirs.run("rmi", "two:1", "volumes:1")
    for mine, its in zip(said["ours"], said["theirs"], strict=True):
        assert mine == its


@pytest.mark.parametrize("options", [(), ("--read-only",)])
def test_a_volume_deep_in_the_image_adds_no_layer(both, options, tmp_path):
    """Nor the folders above it, which the kernel copies up."""
    path = docker_archive(box.__wrapped__(**DEEP).tagged("deep:1"), tmp_path / "deep.tar")
    made = []
    for who, name, more in ((both[0], "ours", []), (both[1], "theirs", ["--network", "none"])):
        who.run("load", "-i", path)
        who.run("run", "--name", "c1", *more, *options, "deep:1", "sh", "-c", "echo x > /home/app/x; echo y > /data/y")
        who.run("commit", "c1", "two:1")
        who.run("save", "-o", tmp_path / f"{name}.tar", "two:1")
        made.append((saved(tmp_path / f"{name}.tar").layers, who.text("diff", "c1")))
    both[1].run("rm", "-f", "-v", "c1")
    both[1].run("rmi", "two:1", "deep:1")
    assert made[0] == made[1] == (3, "")


REFUSED = {
    "an unknown user": (["-u", "nobody"], 125),
    "an unknown group": (["--group-add", "nobody"], 125),
    "an unknown capability": (["--cap-add", "FLY"], 125),
    "a relative path": (["-v", "/tmp:x"], 125),
    "the root": (["-v", "/tmp:/"], 125),
    "a source that is not there": (["--mount", "type=bind,source=/not/there,target=/x"], 125),
    "two at one place": (["-v", "/tmp:/x", "-v", "/etc:/x"], 125),
    "a folder onto a file": (["-v", "/tmp:/etc/plain"], 125),
    "a volume without a name onto a file": (["-v", "/etc/plain"], 125),
    "a memory size": (["-m", "x"], 125),
    "too little memory": (["-m", "1k"], 125),
    "too few processors": (["--cpus", "x"], 125),
    "an environment file": (["--env-file", "/not/there"], 125),
}


@pytest.mark.parametrize(("words", "code"), REFUSED.values(), ids=REFUSED)
def test_the_same_is_refused(both, words, code):
    ours, theirs = both
    assert (
        theirs.run("run", "--name", "c1", "--network", "none", *words, "box:1", "true", check=False).returncode == code
    )
    refused = ours.run("run", "--name", "c1", *words, "box:1", "true", check=False)
    assert refused.returncode == code
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("folder", "code"),
    [("/new/w", 0), ("/link/w", 0), ("/data/../srv/", 0), ("//x", 0), ("/etc/plain", 1), ("/etc/plain/x", 1)],
)
def test_a_working_folder_is_made_before_a_start(both, folder, code):
    said = []
    for who, more in zip(both, ((), ("--network", "none")), strict=True):
        made = who.run("create", "--name", "c1", *more, "-w", folder, "box:1", check=False)
        left = who.text("diff", "c1").splitlines() if made.returncode == 0 else None
        (told,) = json.loads(who.run("inspect", "c1").stdout) if made.returncode == 0 else (None,)
        said.append((made.returncode, left, told and told["Config"]["WorkingDir"]))
    assert said[0] == said[1]
    assert said[0][0] == code


def test_volumes_and_a_stop_signal_of_the_image_alone_are_shown(both, tmp_path):
    path = docker_archive(box.__wrapped__(**VOLUMES).tagged("volumes:1"), tmp_path / "volumes.tar")
    told = []
    for who, more in zip(both, ((), ("--network", "none")), strict=True):
        who.run("load", "-i", path)
        who.run("create", "--name", "c1", *more, "-v", f"{tmp_path}:/data:ro", "volumes:1")
        (found,) = json.loads(who.run("inspect", "c1").stdout)
        mounts = sorted((one["Type"], one["Destination"], one["RW"]) for one in found["Mounts"])
        told.append((mounts, found["Config"].get("StopSignal")))
    both[1].run("rm", "-v", "c1")
    both[1].run("rmi", "volumes:1")
    assert told[0] == told[1] == ([("bind", "/data", False), ("volume", "/made/here", True)], None)


def test_inspect_shows_the_same(both, tmp_path):
    ours, theirs = both
    words = ["-v", f"{tmp_path}/ours:/v:ro", "--tmpfs", "/t:size=1m", "--cap-add", "SYS_ADMIN", "--cap-drop", "CHOWN"]
    words += [
        "--security-opt",
        "no-new-privileges",
        "--group-add",
        "wheel",
        "-m",
        "64m",
        "--cpus",
        "1.5",
        "--pids-limit",
        "9",
    ]
    words += ["--stop-timeout", "3", "--stop-signal", "SIGINT", "--read-only", "-h", "here", "-l", "a=b", "box:1", "sh"]
    told = {}
    for who, name, more in ((ours, "ours", []), (theirs, "theirs", ["--network", "none"])):
        who.run("create", "--name", "c1", *more, *words)
        told[name] = json.loads(who.run("inspect", "c1").stdout)[0]
    host = (
        "Binds",
        "CapAdd",
        "CapDrop",
        "GroupAdd",
        "SecurityOpt",
        "Memory",
        "NanoCpus",
        "PidsLimit",
        "ReadonlyRootfs",
    )
    config = ("StopTimeout", "StopSignal", "Hostname", "Labels", "Cmd", "Entrypoint")
    for part, keys in (("HostConfig", host), ("Config", config)):
        for key in keys:
            assert (key, told["ours"][part].get(key)) == (key, told["theirs"][part].get(key))
    (mine,) = (one for one in told["ours"]["Mounts"] if one["Type"] == "bind")
    (its,) = (one for one in told["theirs"]["Mounts"] if one["Type"] == "bind")
    assert mine == its
