"""Vulnerabilities of others, by number: names and links that lead out of the folder that is written to."""

import os

import pytest

from builders import (
    file,
    folder,
    hardlink,
    image,
    layer,
    oci_archive,
    symlink,
)
from command_line import layertui
from hostile.trial import comes_to_nothing
from rawtar import END, extended, member


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
    done = layertui("extract", path, "/etc/motd", trial.folder / "motd", store=trial.store)
    assert (done.code, (trial.folder / "motd").exists()) == (1, False)
    assert "evil" not in done.err + done.out.decode()


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


@pytest.mark.slow
def test_cve_2021_29136(trial):
    """umoci < 0.4.7: a member `.` or `/` that is a symlink replaced the root, and the next layer was laid onto its target."""
    for name in (b".", b"/", b"./", b"./.", b"a/.."):
        root = member(name, b"", kind=b"2", link=os.fsencode(trial.outside))
        comes_to_nothing(trial, root + END, layer([file("secret", b"evil\n"), file("evil", b"evil\n")]))
        comes_to_nothing(trial, root + member(b"secret", b"evil\n") + END)


@pytest.mark.slow
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


@pytest.mark.slow
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
