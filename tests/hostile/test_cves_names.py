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


@pytest.mark.slow
def test_cve_2001_1267_and_2007_4559(trial):
    """GNU tar, Python's tarfile: a member with `..` in its name, or with an absolute name, was written outside the target."""
    for name in (b"../evil", b"../outside/secret", b"a/../../outside/secret", os.fsencode(trial.outside) + b"/evil"):
        comes_to_nothing(trial, member(name, b"evil\n") + END)


def test_cve_2002_0399(trial):
    """GNU tar: of the names `/..` and `./..`, only the slash was removed, and the `..` stayed."""
    comes_to_nothing(trial, member(b"/../outside/secret", b"evil\n") + member(b"./../outside/secret", b"evil\n") + END)


def test_cve_2016_6321(trial):
    """GNU tar: everything before the last `..` of a name was removed, so that another file than the requested one was extracted."""
    tar = member(b"etc/motd/../shadow", b"evil\n") + END
    comes_to_nothing(trial, tar)
    path = oci_archive(
        image([layer([folder("etc"), file("etc/shadow", b"ours")]), tar], tags=["a:1"]), trial.folder / "x.tar"
    )
    done = layertui("extract", path, "/etc/motd", trial.folder / "motd", store=trial.store)
    assert (done.code, (trial.folder / "motd").exists()) == (1, False)
    assert "evil" not in done.err + done.out.decode()


@pytest.mark.slow
def test_cve_2007_4131(trial):
    """GNU tar: `//..` in a name, below a symlink to a folder, led outside the target."""
    comes_to_nothing(trial, symlink_tar("d", "."), member(b"d//../outside/secret", b"evil\n") + END)


@pytest.mark.slow
def test_cve_2002_1216_and_2025_45582(trial):
    """GNU tar: a member was written through a symlink that an earlier member, or an earlier archive, had created."""
    out = str(trial.outside)
    comes_to_nothing(trial, layer([symlink("x", out), file("x/secret", b"evil\n")]))
    comes_to_nothing(trial, layer([symlink("x", "..")]), layer([file("x/outside/secret", b"evil\n")]))


@pytest.mark.slow
def test_cve_2014_6407(trial):
    """docker < 1.3.2: a symlink or hard link in a layer allowed writing to any file, during pull and load."""
    secret = str(trial.outside / "secret")
    comes_to_nothing(trial, layer([symlink("s", secret), file("s", b"evil\n")]))
    comes_to_nothing(trial, layer([hardlink("h", secret), file("h", b"evil\n")]))
    comes_to_nothing(trial, layer([hardlink("h", f"../../..{secret}")]), layer([file("h", b"evil\n")]))


@pytest.mark.slow
def test_cve_2014_9356(trial):
    """docker < 1.3.3: a symlink with an absolute target was followed on the host."""
    comes_to_nothing(trial, layer([symlink("etc", str(trial.outside))]), layer([file("etc/secret", b"evil\n")]))


@pytest.mark.slow
def test_cve_2021_29136(trial):
    """umoci < 0.4.7: a symlink member named `.` or `/` replaced the root folder, and the next layer was unpacked to its target."""
    for name in (b".", b"/", b"./", b"./.", b"a/.."):
        root = member(name, b"", kind=b"2", link=os.fsencode(trial.outside))
        comes_to_nothing(trial, root + END, layer([file("secret", b"evil\n"), file("evil", b"evil\n")]))
        comes_to_nothing(trial, root + member(b"secret", b"evil\n") + END)


@pytest.mark.slow
def test_cve_2021_32760(trial):
    """containerd < 1.5.4: the mode of a hard link to a symlink was set on the symlink's target, on the host."""
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
    """Python's tarfile: the check that links stay inside the target could be bypassed, here by a chain of links longer than the maximum path."""
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
    """A member whose name and other attributes are in PAX records."""
    pairs = [(b"path", os.fsencode(name)), *((key.encode(), os.fsencode(text)) for key, text in said.items())]
    return extended(*pairs) + member(b"x", b"", kind=kind)


def symlink_tar(name, target):
    return layer([symlink(name, target)])
