"""Vulnerabilities that others had, by number: each attack is made, sent in by every way that it could take, and comes to nothing.

Of umoci, containerd, docker, podman and their libraries, Go's, Python's, GNU's and npm's tar readers, and Apache's. What a number was is said as
its record says it. Those of a container's start are in `test_cves_running.py`. docs/security.md lists them all.
"""

import gzip
import io
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from builders import (
    compressed,
    digest_of,
    docker_archive,
    docker_files,
    file,
    folder,
    hardlink,
    image,
    layer,
    layout_files,
    oci_archive,
    opaque,
    pack,
    symlink,
)
from command_line import layertui
from hostile.archives import zero_layer
from hostile.trial import SECRET, Trial, try_archive, try_layers
from layertui.core.containers.rootfs.lowers import read
from layertui.core.containers.runtimes.users import look_up
from layertui.core.errors import LayertuiError, UsageError
from rawtar import END, block, extended, field, gnu_sparse, member

BASE = layer([folder("etc"), file("etc/motd", b"hello\n")])


@pytest.fixture
def trial(tmp_path):
    yield Trial(tmp_path)
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)


def comes_to_nothing(trial, *tars):
    """Layers in every way in: nothing outside changes, nothing hangs, each failure is one line."""
    try_layers(trial, list(tars))
    assert trial.sound() == []
    left = [path for path in trial.folder.iterdir() if path != trial.outside]
    subprocess.run(["rm", "-rf", *left], check=True)  # some trees are deeper than Python clears away


def told(done, name):
    done.failed()
    assert f"LAYERTUI_MAX_{name} " in done.err


# ---------------------------------------------------------------- names and links that lead out


def test_cve_2001_1267_and_2007_4559(trial):
    """GNU tar, Python's tarfile: a name with `..` in it, or an absolute one, was written outside."""
    for name in (b"../evil", b"../outside/secret", b"a/../../outside/secret", os.fsencode(trial.outside) + b"/evil"):
        comes_to_nothing(trial, member(name, b"evil\n") + END)


def test_cve_2002_0399(trial):
    """GNU tar: of `/..` and `./..` the slash was taken off and the `..` left."""
    comes_to_nothing(trial, member(b"/../outside/secret", b"evil\n") + member(b"./../outside/secret", b"evil\n") + END)


def test_cve_2016_6321(trial):
    """GNU tar: what stood before the last `..` of a name was cut off, so that another file than the asked for came out."""
    tar = member(b"etc/motd/../shadow", b"evil\n") + END
    comes_to_nothing(trial, tar)
    path = oci_archive(
        image([layer([folder("etc"), file("etc/shadow", b"ours")]), tar], tags=["a:1"]), trial.folder / "x.tar"
    )
    with suppress(AssertionError):
        layertui("extract", path, "/etc/motd", trial.folder / "motd", store=trial.store).ok()
        assert (trial.folder / "motd").read_bytes() != b"evil\n"


def test_cve_2007_4131(trial):
    """GNU tar: `//..` in a name, below a symlink to a folder, led out."""
    comes_to_nothing(trial, symlink_tar("d", "."), member(b"d//../outside/secret", b"evil\n") + END)


def test_cve_2002_1216_and_2025_45582(trial):
    """GNU tar: a symlink of one member, or of one archive, was followed by the next one's."""
    out = str(trial.outside)
    comes_to_nothing(trial, layer([symlink("x", out), file("x/secret", b"evil\n")]))
    comes_to_nothing(trial, layer([symlink("x", "..")]), layer([file("x/outside/secret", b"evil\n")]))


def test_cve_2014_6407(trial):
    """docker < 1.3.2: a symlink or a hard link in a layer wrote to any file, in pull and load."""
    secret = str(trial.outside / "secret")
    comes_to_nothing(trial, layer([symlink("s", secret), file("s", b"evil\n")]))
    comes_to_nothing(trial, layer([hardlink("h", secret), file("h", b"evil\n")]))
    comes_to_nothing(trial, layer([hardlink("h", f"../../..{secret}")]), layer([file("h", b"evil\n")]))


def test_cve_2014_9356(trial):
    """docker < 1.3.3: a symlink with a full path was followed on the host."""
    comes_to_nothing(trial, layer([symlink("etc", str(trial.outside))]), layer([file("etc/secret", b"evil\n")]))


def test_cve_2021_29136(trial):
    """umoci < 0.4.7: a member `.` or `/` that is a symlink replaced the root, and the next layer was laid onto its target."""
    for name in (b".", b"/", b"./", b"./.", b"a/.."):
        root = member(name, b"", kind=b"2", link=os.fsencode(trial.outside))
        comes_to_nothing(trial, root + END, layer([file("secret", b"evil\n"), file("evil", b"evil\n")]))
        comes_to_nothing(trial, root + member(b"secret", b"evil\n") + END)


def test_cve_2021_32760(trial):
    """containerd < 1.5.4: the mode of a hard link to a symlink was given to what the symlink led to, on the host."""
    secret = os.fsencode(trial.outside / "secret")
    link = member(b"s", b"", kind=b"2", link=secret)
    comes_to_nothing(trial, link + member(b"h", b"", kind=b"1", link=b"s", mode=0o7777) + END)
    comes_to_nothing(
        trial,
        link + END,
        member(b"s", b"", kind=b"1", link=b"s", mode=0o7777) + member(b"s", b"", kind=b"5", mode=0o777) + END,
    )


def test_cve_2025_4138_4330_and_4517(trial):
    """Python's tarfile: what was to keep links inside could be got around, here by a chain of links longer than a path may be."""
    deep, path, tar = "d" * 247, "", b""
    for step in "abcdefghijklmnop":
        tar += named(f"{path}{deep}/", kind=b"5") + named(f"{path}{step}", kind=b"2", linkpath=deep)
        path += f"{deep}/"
    long = "/".join("abcdefghijklmnop") + f"/{'l' * 254}"
    tar += named(long, kind=b"2", linkpath="../" * 16) + named("escape", kind=b"2", linkpath=f"{long}/../../outside")
    tar += (
        member(b"flaglink", b"", kind=b"1", link=b"escape/secret")
        + member(b"flaglink", b"evil\n")
        + member(b"escape/evil", b"evil\n")
    )
    comes_to_nothing(trial, tar + END)
    comes_to_nothing(trial, tar + END, member(b"escape/secret", b"evil\n") + END)


def named(name, *, kind, **said):
    """A member whose name, and what else is said of it, stands in PAX records."""
    pairs = [(b"path", os.fsencode(name)), *((key.encode(), os.fsencode(text)) for key, text in said.items())]
    return extended(*pairs) + member(b"x", b"", kind=kind)


def symlink_tar(name, target):
    return layer([symlink(name, target)])


# ---------------------------------------------------------------- archives and documents that lie


def test_cve_2014_9358(trial):
    """docker < 1.3.3: an image's ID, which is a folder's name in its archive, was not looked at: it led out, and spoofed others."""
    files = docker_files(image([BASE], tags=["evil:1"]), old=True)
    for lead in ("../../outside", str(trial.outside), "..", "../../outside/secret"):
        names = {name.partition("/")[0] for name in files if name.endswith("/layer.tar")}
        moved = {name.replace(one, lead): content for name, content in files.items() for one in names}
        rows = json.loads(files["manifest.json"])
        rows[0]["Layers"] = [f"{lead}/layer.tar"]
        (trial.folder / "evil.tar").write_bytes(pack({**moved, "manifest.json": json.dumps(rows).encode()}))
        try_archive(trial, trial.folder / "evil.tar")
        assert trial.sound() == []


def test_cve_2014_8178(trial):
    """docker < 1.8.3: layers were known by IDs that an image says of itself, so that one image's layer passed for another's."""
    honest = image([layer([file("f", b"honest\n")])], tags=["honest:1"])
    files = layout_files(image([layer([file("f", b"evil\n")])], tags=["evil:1"]))
    lying = json.loads(image([layer([file("f", b"evil\n")])], tags=["evil:1"]).manifest)
    config = json.loads(files[f"blobs/sha256/{lying['config']['digest'][7:]}"])
    config["rootfs"]["diff_ids"] = json.loads(honest.config)["rootfs"]["diff_ids"]
    raw = json.dumps(config).encode()
    lying["config"] |= {"digest": digest_of(raw), "size": len(raw)}
    text = json.dumps(lying).encode()
    index = json.loads(files["index.json"])
    index["manifests"][0] |= {"digest": digest_of(text), "size": len(text)}
    files |= {f"blobs/sha256/{digest_of(blob)[7:]}": blob for blob in (raw, text)}
    (trial.folder / "evil.tar").write_bytes(pack({**files, "index.json": json.dumps(index).encode()}))
    trial.say("cat", trial.folder / "evil.tar", "/f")
    oci_archive(honest, trial.folder / "honest.tar")
    assert layertui("cat", trial.folder / "honest.tar", "/f", store=trial.store).ok().text == "honest\n"
    assert "DiffID" in trial.say("load", trial.folder / "evil.tar").err
    trial.say("load", trial.folder / "honest.tar")
    assert trial.say("cat", "honest:1", "/f").text == "honest\n"
    assert trial.sound() == []


def test_cve_2014_8179(trial):
    """docker < 1.8.3: what a manifest says was not what its digest had been proven of: attributes could be put in."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    name = f"blobs/sha256/{json.loads(files['index.json'])['manifests'][0]['digest'][7:]}"
    other = layer([file("f", b"evil\n")])
    evil = {
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest_of(other), "size": len(other)}
        ]
    }
    for manifest in (
        json.dumps(json.loads(files[name]) | evil).encode(),  # another list of layers
        files[name][:-1] + b"," + json.dumps(evil).encode()[1:],  # a second one
        files[name] + files[name],
    ):
        changed = {**files, name: manifest, f"blobs/sha256/{digest_of(other)[7:]}": other}
        (trial.folder / "evil.tar").write_bytes(pack(changed))
        trial.say("load", trial.folder / "evil.tar").failed()
        trial.say("cat", trial.folder / "evil.tar", "/f").failed()
    assert trial.say("--json", "images").json == []
    assert trial.sound() == []


def test_cve_2024_3727(trial):
    """containers/image: a digest was used as a path before it was looked at, and led out."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    for name in [name for name in files if name.startswith("blobs/")]:
        for lead in (
            "sha256:../../../outside/secret",
            "../../../outside:secret",
            "sha256:" + "a" * 63 + "/",
            "sha256:",
        ):
            text = {
                key: content.replace(f"sha256:{name[13:]}".encode(), lead.encode()) for key, content in files.items()
            }
            for path in (trial.folder / "evil.tar", trial.folder / "evil"):
                subprocess.run(["rm", "-rf", path], check=True)
                if path.suffix:
                    path.write_bytes(pack(text))
                else:
                    subprocess.run(["mkdir", path], check=True)
                    tarfile.open(fileobj=io.BytesIO(pack(text))).extractall(path, filter="data")
                trial.say("load", path)
                trial.say("history", path)
    assert trial.sound() == []


def test_cve_2021_41190(trial):
    """OCI distribution-spec 1.0.0: a document with both `manifests` and `layers` was an index to one and a manifest to the other."""
    built = image([BASE], tags=["evil:1"])
    for media in ("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json", None):
        files = layout_files(built)
        both = json.loads(built.manifest) | {"manifests": json.loads(files["index.json"])["manifests"]}
        both.pop("mediaType", None)
        text = json.dumps(both | ({"mediaType": media} if media else {})).encode()
        index = json.loads(files["index.json"])
        index["manifests"][0] |= {"digest": digest_of(text), "size": len(text)}
        files |= {"index.json": json.dumps(index).encode(), f"blobs/sha256/{digest_of(text)[7:]}": text}
        (trial.folder / "evil.tar").write_bytes(pack(files))
        trial.say("load", trial.folder / "evil.tar").failed()
    assert trial.sound() == []
    assert trial.say("--json", "images").json == []


def test_cve_2023_25153(trial):
    """containerd < 1.6.18: index.json and its like were read whole, however large."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    for name in ("index.json", "manifest.json", "oci-layout"):
        padded = {**files, name: files.get(name, b"[]") + b" " * (64 << 20)}
        (trial.folder / "evil.tar").write_bytes(pack(padded))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        done = trial.say("load", trial.folder / "evil.tar")
        assert name == "oci-layout" or "LAYERTUI_MAX_JSON " in done.err
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10  # KiB
    assert trial.sound() == []


def test_cve_2026_53493(trial):
    """containerd: a few indexes that name each other many times over made a walk without end."""
    built = image([BASE], tags=["evil:1"])
    files = layout_files(built)
    entries = json.loads(files["index.json"])["manifests"]
    for _level in range(7):
        text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries * 100}).encode()
        files[f"blobs/sha256/{digest_of(text)[7:]}"] = text
        entries = [{"mediaType": INDEX, "digest": digest_of(text), "size": len(text)}]
    (trial.folder / "evil.tar").write_bytes(
        pack({**files, "index.json": json.dumps({"schemaVersion": 2, "manifests": entries}).encode()})
    )
    trial.say("history", trial.folder / "evil.tar")
    trial.say("load", trial.folder / "evil.tar")
    assert trial.sound() == []


INDEX = "application/vnd.oci.image.index.v1+json"


# ---------------------------------------------------------------- little that becomes much, and what never ends


def test_cve_2017_14992(trial):
    """docker <= 17.09: a layer of zeros, compressed to a thousandth, took all memory."""
    bomb = zero_layer(1200)
    told(trial.say("import", "-", "evil:1", stdin=bomb), "RATIO")
    path = trial.folder / "evil.tar"
    path.write_bytes(pack(with_layer(bomb)))
    told(trial.say("load", path), "RATIO")
    told(trial.say("layers", path), "RATIO")
    assert trial.sound() == []


def with_layer(blob):
    """An image whose one layer is a gzip blob, all digests but the DiffID right."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    manifest = json.loads(image([BASE], tags=["evil:1"]).manifest)
    manifest["layers"][0] |= {
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
        "digest": digest_of(blob),
        "size": len(blob),
    }
    text = json.dumps(manifest).encode()
    index = json.loads(files["index.json"])
    index["manifests"][0] |= {"digest": digest_of(text), "size": len(text)}
    files |= {"index.json": json.dumps(index).encode()}
    return files | {f"blobs/sha256/{digest_of(one)[7:]}": one for one in (text, blob)}


def test_cve_2021_20291(trial):
    """containers/storage < 1.28.1: a layer that is no tar, or xz, was waited for without end."""
    path = trial.folder / "evil.tar"
    for blob in (
        b"no tar at all",
        compressed(b"no tar at all", "gzip"),
        compressed(b"no tar", "xz"),
        compressed(BASE, "xz")[:-9],
        b"",
    ):
        path.write_bytes(pack(with_layer(blob)))
        trial.say("load", path).failed()
        trial.say("layers", path)
    assert trial.sound() == []


def test_cve_2022_2879(trial):
    """Go's archive/tar < 1.19.2: an extended header was read into memory, however large."""
    for kind in (b"x", b"g", b"L", b"K"):
        tar = block(b"PaxHeader", kind, 2 << 30) + bytes(512)
        told(trial.say("import", "-", "evil:1", stdin=tar), "HEADER")
    assert trial.sound() == []


def test_cve_2022_30631(trial):
    """Go's compress/gzip < 1.18.4: many empty gzip members one behind the other used up the stack."""
    trial.say("import", "-", "evil:1", stdin=gzip.compress(b"") * 200_000)
    trial.say("import", "-", "fine:1", stdin=gzip.compress(b"") * 200_000 + gzip.compress(BASE))
    assert trial.say("cat", "fine:1", "/etc/motd").text == "hello\n"
    assert trial.sound() == []


def test_cve_2025_58183(trial):
    """Go's archive/tar < 1.25.2: the map of a sparse file of format 1.0 could have any number of pieces."""
    said = ((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", b"9"))
    for count, pieces in ((b"9" * 18, b"0\n0\n" * 1000), (b"2000000", b"0\n0\n" * 2_000_000)):
        body = count + b"\n" + pieces
        trial.say("import", "-", "evil:1", stdin=extended(*said) + member(b"f", body) + END).failed()
    assert trial.sound() == []


def test_cve_2026_32288(trial):
    """Go's archive/tar: nor had the map of an old GNU sparse file an end."""
    more = (bytes(504) + b"\1").ljust(512, b"\0")
    full = (b"".join(field(number, 12) for _ in range(21) for number in (0, 1)) + b"\1").ljust(512, b"\0")
    head = gnu_sparse(b"f", [(0, 1)] * 5, 9, b"x")[:512]
    trial.say("import", "-", "evil:1", stdin=head + more * 20_000 + END)
    trial.say("import", "-", "evil:1", stdin=head + full * 60_000 + END).failed()
    assert trial.sound() == []


def test_cve_2019_20907(trial):
    """Python's tarfile <= 3.8.3: a record of length 0 in an extended header was read for ever."""
    for body in (b"0 path=evil\n", b"00000 a=b\n", b"0" * 512, b" path=evil\n"):
        trial.say("import", "-", "evil:1", stdin=member(b"PaxHeader", body, kind=b"x") + member(b"f") + END)
    assert trial.sound() == []


def test_cve_2025_8194_and_2026_59874(trial):
    """Python's tarfile, node-tar: a negative size led back to the header that it stood in, for ever."""
    for size in (b"\xff" * 12, b"\xff" * 10 + b"\xfe\x00", b"-0000000512"):
        tar = block(b"f", b"0", size) + member(b"g", b"x") + END
        trial.say("import", "-", "evil:1", stdin=tar).failed()
        trial.say("import", "-", "evil:1", stdin=extended((b"size", b"-512")) + member(b"f") + END).failed()
    assert trial.sound() == []


def test_cve_2026_59875(trial):
    """node-tar < 7.5.17: a NUL in a PAX path or linkpath came as far as the system's calls."""
    for key in (b"path", b"linkpath"):
        comes_to_nothing(trial, extended((key, b"a\0../outside/secret")) + member(b"x", b"", kind=b"2") + END)


def test_cve_2026_95838(trial):
    """containerd: an opaque marker, named again and again, had all that lies in its folder looked at each time."""
    tar = layer([folder("d"), *(file(f"d/{number}") for number in range(500)), *[opaque("d")] * 10_000])
    comes_to_nothing(trial, tar)


# ---------------------------------------------------------------- copies into containers, and out of them


@pytest.fixture
def box(trial):
    """A container of an image with links out, and with programs named like those that unpress."""
    out = str(trial.outside)
    evil = file("bin/xz", b"#!/bin/sh\n", mode=0o755)
    built = image(
        [layer([folder("etc"), symlink("d", out), symlink("far", f"../../../../..{out}"), folder("bin"), evil])],
        tags=["box:1"],
    )
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    return trial.store / "containers"


def test_cve_2018_15664(trial, box):
    """docker cp: a link in a container, exchanged between the look at it and the copy, was followed on the host."""
    upper = next(trial.store.glob("containers/*/upper"))
    (upper / "r").mkdir()
    (upper / "r" / "secret").write_bytes(b"the container's\n")
    (trial.folder / "mine").write_bytes(b"evil\n")
    over = threading.Event()

    def exchange():
        os.symlink(trial.outside, upper / "link")
        while not over.is_set():
            with suppress(OSError):
                os.rename(upper / "r", upper / "kept")
                os.rename(upper / "link", upper / "r")
                os.rename(upper / "r", upper / "link")
                os.rename(upper / "kept", upper / "r")

    racer = threading.Thread(target=exchange)
    racer.start()
    try:
        for _ in range(40):
            layertui("cp", trial.folder / "mine", "box:/r/secret", store=trial.store)
            layertui("cp", "box:/r/secret", trial.folder / "got", store=trial.store)
            assert not (trial.folder / "got").exists() or SECRET not in (trial.folder / "got").read_bytes()
    finally:
        over.set()
        racer.join()
    assert (trial.outside / "secret").read_bytes() == SECRET
    assert sorted(os.listdir(trial.outside)) == ["inner", "secret"]


def test_cve_2019_10152(trial, box):
    """podman cp < 1.4.0: symlinks inside a container were resolved on the host."""
    (trial.folder / "mine").write_bytes(b"evil\n")
    for link in ("d", "far"):
        trial.say("cp", trial.folder / "mine", f"box:/{link}/secret")
        trial.say("cp", trial.folder / "mine", f"box:/{link}/evil")
        trial.say("cp", f"box:/{link}/secret", trial.folder / f"got {link}")
        trial.say("cp", "-L", f"box:/{link}", trial.folder / f"got all of {link}")
        trial.say("write", "-p", "box", f"/{link}/evil", stdin=b"evil\n")
    for top, _, names in os.walk(trial.folder):
        for path in (os.path.join(top, name) for name in names if "got" in top or name.startswith("got")):
            assert os.path.islink(path) or SECRET not in Path(path).read_bytes()
    assert trial.sound() == []


def test_cve_2019_14271(trial):
    """docker cp < 19.03.1: names of users were looked up inside the container, by libraries that were the container's own."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not here")
    places = ("lib", "lib64", "usr/lib", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
    traps = [file(f"{place}/libnss_{what}.so.2", b"\x7fELF") for place in places for what in ("files", "dns", "evil")]
    conf = file("etc/nsswitch.conf", b"passwd: evil files\ngroup: evil files\nhosts: evil\n")
    built = image([layer([*traps, conf, file("etc/passwd", b"evil:x:7:7::/:/bin/sh\n")])], tags=["box:1"])
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    (trial.folder / "in").write_bytes(b"in")
    log = trial.folder / "log"
    strace = ["strace", "-f", "-qq", "-o", log, "-e", "trace=open,openat,openat2,chroot,pivot_root,execve"]
    verbs = (("cp", "-a", trial.folder / "in", "box:/in"), ("cp", "box:/etc", trial.folder / "out"))
    for words in verbs:
        argv = [*strace, sys.executable, "-m", "layertui", "--store", trial.store, *words]
        subprocess.run(argv, check=True, capture_output=True, timeout=60)
        calls = log.read_text(errors="replace")
        assert "openat" in calls
        assert "chroot(" not in calls
        assert "pivot_root(" not in calls
        assert not [
            line for line in calls.splitlines() if "libnss_evil" in line or (str(trial.store) in line and ".so" in line)
        ]
    assert trial.sound() == []


def test_cve_2014_9357_and_2026_41567(trial, box, monkeypatch):
    """docker < 1.3.3, and docker cp < 29.5.1: what unpresses was a program, and was taken from the container's own files."""
    traps, mark = trial.folder / "traps", trial.folder / "mark"
    traps.mkdir()
    for name in ("xz", "unxz", "gzip", "gunzip", "pigz", "unpigz", "zstd", "unzstd", "bzip2", "tar"):
        (traps / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (traps / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{traps}:{os.environ['PATH']}")
    for how in ("gzip", "xz", "zstd", "bzip2"):
        trial.say("import", "-", "b:1", stdin=compressed(BASE, how)).ok()
        trial.say("cp", "-", "box:/", stdin=compressed(BASE, how))
    assert not mark.exists()
    assert trial.sound() == []


def test_cve_2022_23648(trial):
    """containerd < 1.6.1: an image's volume at a path with `..` had files of the host copied into the container."""
    out = str(trial.outside)
    volumes = {f"/../../../../../..{out}": {}, f"../..{out}": {}, out: {}, "/d/x": {}}
    built = image([layer([folder("etc"), symlink("d", out)])], tags=["v:1"], config={"Volumes": volumes})
    trial.say("load", docker_archive(built, trial.folder / "v.tar")).ok()
    trial.say("create", "--name", "box", "v:1", "true")
    assert SECRET not in trial.say("export", "box").out
    assert trial.sound() == []


def test_cve_2024_9676(trial):
    """containers/storage: a symlink at /etc/passwd was followed on the host, to a pipe that is waited for or a file without end."""
    root = trial.folder / "root"
    (root / "etc").mkdir(parents=True)
    os.mkfifo(trial.folder / "pipe")
    for target in (trial.folder / "pipe", "/dev/zero", trial.outside / "secret", f"../..{trial.outside}/secret"):
        (root / "etc" / "passwd").unlink(missing_ok=True)
        os.symlink(target, root / "etc" / "passwd")
        assert read([root], "/etc/passwd") is None
    (root / "etc" / "passwd").unlink()
    os.mkfifo(root / "etc" / "passwd")
    assert read([root], "/etc/passwd") is None


def test_cve_2016_3697():
    """runc < 0.1.0: a number as user was looked for among the names, and an image could list it as one of root's."""
    assert look_up("1000", b"1000:x:0:0::/root:/bin/sh\n", None).uid == 1000
    assert look_up("5:77", None, b"77:x:0:\n").gid == 77


@pytest.mark.parametrize(
    "spelled", ["2147483648", "4294967296", "4294967295", "9999999999999", "0:4294967296", "-1", "0" * 5000 + "1"]
)
def test_cve_2024_40635_and_2026_46680(spelled):
    """containerd: a user beyond 32 bits became root: by overflow, and then by being looked for among the names."""
    passwd = "".join(f"{name}:x:0:0::/root:/bin/sh\n" for name in spelled.split(":")).encode()
    with suppress(LayertuiError):
        assert look_up(spelled, passwd if spelled != "-1" else None, None).uid > 0
    if spelled.isdigit() and len(spelled) < 20:
        with pytest.raises(UsageError):
            look_up(spelled, passwd, None)


def test_cve_2021_41103(trial, box):
    """containerd < 1.5.7: other users could enter the folders of containers, and start setuid programs that lie there."""
    assert stat.S_IMODE(os.stat(trial.store).st_mode) == 0o700
    for path in box.glob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077 or not path.is_dir()
