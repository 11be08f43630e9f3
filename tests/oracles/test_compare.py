"""compare beside what others make of the same images: real trees and `diff -r`, and images that docker has built."""

import io
import os
import random
import re
import stat
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

import peers
from builders import image, oci_layout
from oracles.stacks import random_stack

pytestmark = pytest.mark.slow

KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink"}


def walked(root):
    """Each path of a real tree with what `compare` looks at; folders without their time, which unpacking leaves open."""
    found = {}
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            kind = KINDS[stat.S_IFMT(status.st_mode)]
            found["/" + os.path.relpath(path, root)] = {
                "type": kind,
                "mode": None if kind == "symlink" else stat.S_IMODE(status.st_mode),
                "uid": status.st_uid,
                "gid": status.st_gid,
                "size": status.st_size if kind == "file" else 0,
                "mtime": None if kind == "dir" else int(status.st_mtime),
                "link": os.readlink(path) if kind == "symlink" else None,
                "content": Path(path).read_bytes() if kind == "file" else None,
            }
    return found


def differences(a, b):
    """By path, the kind of change and the fields."""
    found = {}
    for path in a.keys() | b.keys():
        if path not in a or path not in b:
            found[path] = ("added" if path in b else "removed", ())
            continue
        fields = [name for name, value in a[path].items() if value != b[path][name]]
        if a[path]["type"] != b[path]["type"]:  # what only one of them can have does not count
            fields = [name for name in fields if name != "content"]
        if fields:
            found[path] = ("modified", tuple(fields))
    return found


ONLY, DIFFER = re.compile("Only in (.*): (.*)"), re.compile("(?:Files|Symbolic links) (.*) and .* differ")
TYPES = re.compile("File (.*) is a .* while file .* is a .*")


def diff_says(a, b):
    """The paths that `diff -r` names: added, removed, other content."""
    done = subprocess.run(["diff", "-rq", "--no-dereference", a, b], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    added, removed, modified = set(), set(), set()
    for line in done.stdout.splitlines():
        if match := ONLY.fullmatch(line):
            folder, name = match.groups()
            side, root = (removed, a) if folder == str(a) or folder.startswith(f"{a}/") else (added, b)
            side.add("/" + os.path.relpath(os.path.join(folder, name), root))
        else:
            match = DIFFER.fullmatch(line) or TYPES.fullmatch(line)
            assert match, line
            modified.add("/" + os.path.relpath(match[1], a))
    return added, removed, modified


@pytest.mark.parametrize("seed", range(10))
def test_files_differ_as_two_unpacked_trees_do(layertui, umoci, tmp_path, seed):
    rng = random.Random(seed)
    base = random_stack(rng)
    stacks = base + random_stack(rng)[1:], base[: rng.randrange(len(base) + 1)] + random_stack(rng)
    trees = []
    for side, layers in zip("ab", stacks, strict=True):
        oci_layout(image(layers, tags=["x"]), tmp_path / side)
        umoci.run("unpack", "--image", f"{tmp_path / side}:x", tmp_path / f"unpacked-{side}")
        trees.append(tmp_path / f"unpacked-{side}" / "rootfs")
    theirs = differences(*map(walked, trees))
    document = layertui.json("compare", "--files", tmp_path / "a", tmp_path / "b")["files"]
    ours = {}
    for change in document["changes"]:
        folders = [side is not None and side["type"] == "dir" for side in (change["a"], change["b"])]
        links = [side is not None and side["type"] == "symlink" for side in (change["a"], change["b"])]
        loose = {"mtime"} if any(folders) else {"mode"} if all(links) else set()
        fields = tuple(name for name in change["fields"] if name not in loose)
        if fields or change["kind"] != "modified":
            ours[change["path"]] = (change["kind"], fields)
    assert {path: kind for path, (kind, _) in ours.items()} == {path: kind for path, (kind, _) in theirs.items()}
    for path, (_, fields) in theirs.items():
        if "type" not in fields:
            assert set(ours[path][1]) == set(fields), path
    added, removed, modified = diff_says(*trees)
    tops = {
        kind: {path for path, (one, _) in ours.items() if one == kind and not has_above(path, kind, ours)}
        for kind in ("added", "removed")
    }
    assert (tops["added"], tops["removed"]) == (added, removed)
    assert {path for path, (_, fields) in ours.items() if {"content", "link", "type"} & {*fields}} == modified


def has_above(path, kind, changes):
    """Whether a folder above was added or removed as a whole, or became one: diff names the top only."""
    above = os.path.dirname(path)
    while above != "/":
        if above in changes and (changes[above][0] == kind or "type" in changes[above][1]):
            return True
        above = os.path.dirname(above)
    return False


# ---------------------------------------------------------------- images that docker has built

BUILD = """\
FROM box:1
ENV GREETING=hello
RUN mkdir /app && echo one > /app/one
COPY app.conf /app/app.conf
RUN echo built > /app/log
CMD ["cat", "/app/log"]
"""


def build(docker, folder, tag, dockerfile, conf):
    """Build with the classic builder, whose history has `/bin/sh -c` and `#(nop)`."""
    folder.mkdir()
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "app.conf").write_text(conf)
    environment = {**docker.client.env, "DOCKER_BUILDKIT": "0"}
    subprocess.run(
        [*docker.client.argv, "build", "-q", "--network", "none", "-t", tag, folder],
        env={**os.environ, **environment}, check=True, capture_output=True,
    )  # fmt: skip
    path = folder / "image.tar"
    docker.run("save", "-o", path, tag)
    return path


@pytest.fixture
def box(docker, tmp_path):
    """The base image: a busybox, imported."""
    tree = peers.busybox_tree(tmp_path / "tree")
    flat = io.BytesIO()
    with tarfile.open(fileobj=flat, mode="w") as tar:
        tar.add(tree, "")
    docker.run("import", "-", "box:1", stdin=flat.getvalue())


def test_real_images_built_from_one_base(layertui, docker, box, tmp_path):
    one = build(docker, tmp_path / "one", "one:1", BUILD, "a")
    time.sleep(1.1)  # a step that writes the same in the same second makes the same layer
    more = BUILD.replace("COPY", "RUN echo between > /app/between\nCOPY").replace("=hello", "=good_day")
    two = build(docker, tmp_path / "two", "two:1", more, "a")
    document = layertui.json("compare", one, two)
    assert document["base"]["layers"] == 1
    told = [
        (pair["op"], (pair["a"] or pair["b"])["created_by"].split("#(nop)")[-1].strip()[:16])
        for pair in document["history"][1:]
    ]
    assert [op for op, _ in told][:1] == ["changed"]
    assert ("only_b", "/bin/sh -c echo ") in told
    assert [field["field"] for field in document["config"]] == ["env.GREETING"]
    assert {"/app/between"} == {change["path"] for change in document["files"]["changes"] if change["kind"] == "added"}
    assert not [change for change in document["files"]["changes"] if "content" in change["fields"]]


def test_a_real_image_built_again_says_what_invalidated_the_rest(layertui, docker, box, tmp_path):
    # What the last step writes differs, however fast it was: a file of one content and one second would make the same layer.
    steps = BUILD.replace("echo built", "cat /app/app.conf")
    one = build(docker, tmp_path / "one", "one:1", steps, "a")
    two = build(docker, tmp_path / "two", "two:1", steps, "b")
    text = layertui.text("compare", one, two)
    # 1 is the import, 2 ENV, 3 RUN, which the builder's cache kept; 4 COPY.
    assert "built again, first difference: step 4" in text.splitlines()[0]
    document = layertui.json("compare", one, two)
    assert document["base"]["layers"] == 2
    assert "/app/app.conf" in {c["path"] for c in document["files"]["changes"] if "content" in c["fields"]}


def test_what_docker_exports_and_imports_is_reported_as_that(layertui, docker, box, tmp_path):
    one = build(docker, tmp_path / "one", "one:1", BUILD, "a")
    container = docker.text("create", "one:1")
    docker.run("import", "-", "flat:1", stdin=docker.run("export", container).stdout)
    docker.run("rm", container)
    docker.run("save", "-o", tmp_path / "flat.tar", "flat:1")
    document = layertui.json("compare", "--history", "--config", one, tmp_path / "flat.tar")
    assert document["base"]["layers"] == 0
    assert {"cmd", "env.GREETING"} <= {one["field"] for one in document["config"]}
