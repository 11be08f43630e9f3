"""The timeline beside docker: on stacks made at random, our merged view names what `docker export` names."""

import io
import random
import tarfile

import pytest

from builders import docker_archive, file, folder, hardlink, image, layer, opaque, symlink, whiteout

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
NAMES = ["a", "b", "c", "d"]


def random_stack(rng):
    """Make some layers over few names, so that much is replaced, removed and emptied."""
    return [_layer(rng, number) for number in range(rng.randrange(2, 6))]


def _layer(rng, number):
    kinds, parents = {}, set()
    for _ in range(rng.randrange(3, 14)):
        path = "/".join(rng.choice(NAMES) for _ in range(rng.randrange(1, 4)))
        folders = {"/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 1)}
        # One layer is a sound tar: a path is one thing, and what lies below it makes it a folder.
        if path in kinds or path in parents or any(kinds.get(parent, "dir") != "dir" for parent in folders):
            continue
        parents |= folders
        kinds[path] = rng.choice(["file", "file", "dir", "link"] + (["gone", "gone", "empty"] if number else []))
        if kinds[path] == "empty":
            parents.add(path)
    entries = []
    for path in sorted(parents | set(kinds)):
        kind = kinds.get(path, "dir")
        mode = rng.choice([0o600, 0o644, 0o755])
        match kind:
            case "file":
                entries.append(file(path, b"x" * rng.randrange(50), mode=mode, uid=rng.randrange(3)))
            case "dir":
                entries.append(folder(path, mode=mode | 0o100))
            case "link":
                entries.append(symlink(path, "a"))
            case "gone":
                entries.append(whiteout(path))
            case "empty":
                entries += [folder(path), opaque(path)]
    return layer([*entries, file(f"layer-{number}", b"so that no two layers are the same")])


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
