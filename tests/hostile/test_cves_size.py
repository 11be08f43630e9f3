"""Vulnerabilities of others, by number: little that becomes much, and what never ends."""

import gzip
import json

import pytest

from builders import (
    compressed,
    digest_of,
    file,
    folder,
    image,
    layer,
    layout_files,
    opaque,
    pack,
)
from hostile.archives import zero_layer
from hostile.trial import comes_to_nothing
from rawtar import END, block, extended, field, gnu_sparse, member

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello\n")])


def names_limit(done, name):
    done.failed()
    assert f"LAYERTUI_MAX_{name} " in done.err


def test_cve_2017_14992(trial):
    """docker <= 17.09: a layer of zeros, compressed to a thousandth of its size, used up all memory."""
    bomb = zero_layer(1200)
    names_limit(trial.say("import", "-", "evil:1", stdin=bomb), "RATIO")
    path = trial.folder / "evil.tar"
    path.write_bytes(pack(with_layer(bomb)))
    names_limit(trial.say("load", path), "RATIO")
    names_limit(trial.say("layers", path), "RATIO")
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
    """containers/storage < 1.28.1: a layer that is not a valid tar, or is xz, caused a deadlock."""
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
    """Go's archive/tar < 1.19.2: an extended header of any size was read into memory."""
    for kind in (b"x", b"g", b"L", b"K"):
        tar = block(b"PaxHeader", kind, 2 << 30) + bytes(512)
        names_limit(trial.say("import", "-", "evil:1", stdin=tar), "HEADER")
    assert trial.sound() == []


def test_cve_2022_30631(trial):
    """Go's compress/gzip < 1.18.4: many concatenated empty gzip members used up the stack."""
    trial.say("import", "-", "evil:1", stdin=gzip.compress(b"") * 200_000)
    trial.say("import", "-", "fine:1", stdin=gzip.compress(b"") * 200_000 + gzip.compress(BASE))
    assert trial.say("cat", "fine:1", "/etc/motd").text == "hello\n"
    assert trial.sound() == []


def test_cve_2025_58183(trial):
    """Go's archive/tar < 1.25.2: the map of a sparse file (format 1.0) could have any number of regions."""
    said = ((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", b"9"))
    for count, pieces in ((b"9" * 18, b"0\n0\n" * 1000), (b"2000000", b"0\n0\n" * 2_000_000)):
        body = count + b"\n" + pieces
        trial.say("import", "-", "evil:1", stdin=extended(*said) + member(b"f", body) + END).failed()
    assert trial.sound() == []


def test_cve_2026_32288(trial):
    """Go's archive/tar: the map of an old GNU sparse file could have any number of regions."""
    more = (bytes(504) + b"\1").ljust(512, b"\0")
    full = (b"".join(field(number, 12) for _ in range(21) for number in (0, 1)) + b"\1").ljust(512, b"\0")
    head = gnu_sparse(b"f", [(0, 1)] * 5, 9, b"x")[:512]
    trial.say("import", "-", "evil:1", stdin=head + more * 20_000 + END)
    trial.say("import", "-", "evil:1", stdin=head + full * 60_000 + END).failed()
    assert trial.sound() == []


def test_cve_2019_20907(trial):
    """Python's tarfile <= 3.8.3: a record of length 0 in an extended header caused an infinite loop."""
    for body in (b"0 path=evil\n", b"00000 a=b\n", b"0" * 512, b" path=evil\n"):
        trial.say("import", "-", "evil:1", stdin=member(b"PaxHeader", body, kind=b"x") + member(b"f") + END)
    assert trial.sound() == []


def test_cve_2025_8194_and_2026_59874(trial):
    """Python's tarfile, node-tar: a negative size led back to its own header, in an infinite loop."""
    for size in (b"\xff" * 12, b"\xff" * 10 + b"\xfe\x00", b"-0000000512"):
        tar = block(b"f", b"0", size) + member(b"g", b"x") + END
        trial.say("import", "-", "evil:1", stdin=tar).failed()
        trial.say("import", "-", "evil:1", stdin=extended((b"size", b"-512")) + member(b"f") + END).failed()
    assert trial.sound() == []


def test_cve_2026_59875(trial):
    """node-tar < 7.5.17: a NUL byte in a PAX path or linkpath reached the system calls."""
    for key in (b"path", b"linkpath"):
        comes_to_nothing(trial, extended((key, b"a\0../outside/secret")) + member(b"x", b"", kind=b"2") + END)


def test_cve_2026_95838(trial):
    """containerd: each repetition of an opaque whiteout caused another walk over everything in its folder."""
    tar = layer([folder("d"), *(file(f"d/{number}") for number in range(500)), *[opaque("d")] * 10_000])
    comes_to_nothing(trial, tar)
