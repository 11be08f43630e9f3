"""The timeline beside docker: on stacks made at random, our merged view names what `docker export` names."""

import io
import random
import tarfile

import pytest

from builders import docker_archive, file, folder, hardlink, image, layer, whiteout
from oracles.stacks import random_stack

pytestmark = pytest.mark.slow

# What the engine itself puts into every container.
ENGINES_OWN = {
    ".dockerenv",
    "dev",
    "dev/console",
    "dev/pts",
    "dev/shm",
    "etc",
    "etc/hostname",
    "etc/hosts",
    "etc/mtab",
    "etc/resolv.conf",
    "proc",
    "sys",
}


def exported(docker, name):
    container = docker.text("create", name, "none")
    try:
        with tarfile.open(fileobj=io.BytesIO(docker.run("export", container).stdout)) as tar:
            return [member for member in tar if member.name not in ENGINES_OWN]
    finally:
        docker.run("rm", container)


def facts_of_member(member):
    kinds = {tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "file", tarfile.REGTYPE: "file"}
    link = member.linkname if member.issym() else None
    # This docker writes the kind into the mode too.
    owner = None if member.islnk() else (f"{member.mode & 0o7777:04o}", member.uid, member.gid)
    return kinds[member.type], link, owner


def facts_of_row(row, *, second_name):
    owner = None if second_name else (row["mode"], row["uid"], row["gid"])
    return row["type"], row["link"], owner


@pytest.mark.parametrize("seed", range(12))
def test_the_view_is_what_docker_exports(layertui, docker, tmp_path, seed):
    rng = random.Random(seed)
    built = image(random_stack(rng), tags=[f"stack:{seed}"])
    path = docker_archive(built, tmp_path / "stack.tar")
    docker.run("load", "-i", path)
    theirs = {f"/{member.name}": member for member in exported(docker, f"stack:{seed}")}
    ours = {row["path"]: row for row in layertui.json("ls", "-R", path)}
    assert set(ours) == set(theirs)
    for name, member in theirs.items():
        second = member.islnk()
        assert facts_of_row(ours[name], second_name=second) == facts_of_member(member), name
        if member.isreg():
            assert ours[name]["size"] == member.size


def test_second_names_are_one_inode_to_both(layertui, docker, tmp_path):
    base = layer([folder("d"), file("d/one", b"content"), hardlink("d/two", "d/one"), hardlink("d/three", "d/one")])
    top = layer([folder("d"), whiteout("d/one")])
    path = docker_archive(image([base, top], tags=["links:1"]), tmp_path / "links.tar")
    docker.run("load", "-i", path)
    theirs = {f"/{member.name}" for member in exported(docker, "links:1")}
    ours = layertui.json("ls", "-R", path)
    assert {row["path"] for row in ours} == theirs == {"/d", "/d/two", "/d/three"}
    assert layertui.run("cat", path, "/d/three").stdout == b"content"
