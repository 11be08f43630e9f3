"""The oracle, our flat tar and `docker export`: three opinions on the same stacks, and one answer."""

import io
import random
import tarfile
from functools import partial

import pytest

from builders import docker_archive, image
from laws.folders import facts_of
from laws.naive import Layer, Member, groups, timeline
from laws.stacks import as_an_engine_writes, as_tar, thrown
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.flatten import flatten

pytestmark = pytest.mark.slow

# What the engine puts into every container.
PLACEHOLDERS = {
    ".dockerenv", "dev", "dev/console", "dev/pts", "dev/shm", "etc", "etc/hostname", "etc/hosts", "etc/mtab",
    "etc/resolv.conf", "proc", "sys",
}  # fmt: skip
KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.DIR,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.CHRTYPE: Kind.CHAR,
    tarfile.FIFOTYPE: Kind.FIFO,
}


def exported(docker, tars, tmp_path, name):
    path = docker_archive(image(tars, tags=[name]), tmp_path / "image.tar")
    docker.run("load", "-i", path)
    container = docker.text("create", name, "none")
    try:
        return docker.run("export", container).stdout
    finally:
        docker.run("rm", container)
        docker.run("rmi", name)


def flat(tars):
    laid = []
    for tar in tars:
        table = read_table(io.BytesIO(tar))
        laid.append(StackLayer(table, TarballContent(table, partial(io.BytesIO, tar))))
    out = io.BytesIO()
    flatten(Stack.from_layers(laid).view(), out)
    return out.getvalue()


def read(tar):
    """The rows of a tar in its order, the engine's own left out: facts by path, and which names share an inode."""
    found, linked = {}, {}
    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape") as opened:
        for one in opened:
            if one.name in PLACEHOLDERS:
                continue
            path = one.name.encode(errors="surrogateescape")
            if one.islnk():
                first = one.linkname.encode(errors="surrogateescape")
                found[path] = found[first]
                linked.setdefault(first, {first}).add(path)
                continue
            kind = KINDS[one.type]
            body = opened.extractfile(one).read() if kind is Kind.FILE else b""
            link = one.linkname.encode(errors="surrogateescape") if kind is Kind.SYMLINK else b""
            dev = (one.devmajor, one.devminor) if kind is Kind.CHAR else None
            # docker writes the kind into the mode too
            found[path] = (kind, one.mode & 0o7777, one.uid, one.gid, int(one.mtime), body, link, dev, ())
    return found, {frozenset(names) for names in linked.values()}


def with_a_name_of_its_own(members: Layer, number: int) -> Layer:
    return (*members, Member(b"layer-%d" % number))


@pytest.mark.parametrize("seed", range(25))
def test_oracle_flatten_and_docker_export_agree(docker, tmp_path, seed):
    dice = random.Random(seed)
    layers = as_an_engine_writes(thrown(dice, layers=4, members=14, xattrs=False), dice)
    # Two layers of the same bytes are one to docker, and an empty stack is no image.
    layers = tuple(with_a_name_of_its_own(members, number) for number, members in enumerate(layers))
    tars = [as_tar(members) for members in layers]
    theirs, their_links = read(exported(docker, tars, tmp_path, f"export:{seed}"))
    ours, our_links = read(flat(tars))
    tree = timeline(layers)[-1]
    assert theirs == facts_of(tree)
    assert their_links == groups(tree)
    assert ours == theirs
    assert our_links == their_links
    assert list(ours) == list(theirs)
