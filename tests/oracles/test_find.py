"""find beside find(1) and grep(1) on the tree that tar unpacks from the same files."""

import random
import subprocess

import pytest

from absent import need
from builders import file, folder, image, layer, oci_archive, symlink

pytestmark = pytest.mark.slow

WORDS = [b"alpha", b"beta", b"Gamma", b"delta 12", b"\0\1\2", b"caf\xc3\xa9", b"end"]
NAMES = ["a", "b.conf", "c.conf.d", "lib.so.1", ".hidden", "x y", "[odd]", "UPPER", "caf\u00e9"]


def random_layer(dice: random.Random) -> bytes:
    items, folders = [], ["top"]
    for _ in range(12):
        folders.append(f"{dice.choice(folders)}/{dice.choice(NAMES)}{dice.randrange(4)}")
    items += [folder(path) for path in dict.fromkeys(folders)]
    seen = set(folders)
    for _ in range(150):
        path = f"{dice.choice(folders)}/{dice.choice(NAMES)}{dice.choice(['', '.py', '~'])}"
        if path in seen:
            continue
        seen.add(path)
        content = b"\n".join(dice.choice(WORDS) for _ in range(dice.randrange(30)))
        if dice.random() < 0.1:
            items.append(symlink(path, "a"))
        else:
            mode = dice.choice([0o644, 0o755, 0o600])
            items.append(file(path, content * dice.choice([1, 1, 400]), mode=mode))
    return layer(items)


CASES = [
    (["--name", "*.conf*"], ["-name", "*.conf*"]),
    (["--name", "[a-c]*"], ["-name", "[a-c]*"]),
    (["--name", "[!a-c]?*"], ["-name", "[!a-c]?*"]),
    (["--name", r"\[odd]*"], ["-name", r"\[odd]*"]),
    (["--name", "*"], ["-name", "*"]),
    (["--name", "caf?*"], ["-name", "caf?*"]),
    (["--path", "/top/*/a*"], ["-path", "./top/*/a*"]),
    (["--regex", r"conf\.d[0-9]/[^/]*y"], ["-regextype", "posix-extended", "-regex", r".*conf\.d[0-9]/[^/]*y.*"]),
    (["--type", "d"], ["-type", "d"]),
    (["--type", "l"], ["-type", "l"]),
    (["--type", "f", "--size", "+100"], ["-type", "f", "-size", "+100c"]),
    (["--type", "f", "--size", "-100"], ["-type", "f", "-size", "-100c"]),
    (["--type", "f", "--size", "0"], ["-type", "f", "-size", "0c"]),
    (["--type", "f", "--mode", "111"], ["-type", "f", "-perm", "-111"]),
]
CONTENTS = [
    (["--content", "Gamma"], ["-F", "Gamma"]),
    (["--content", "delta 1"], ["-F", "delta 1"]),
    (["--content-regex", "^(alpha|beta)$"], ["-E", "^(alpha|beta)$"]),
    (["--content-regex", "[0-9]{2}$"], ["-E", "[0-9]{2}$"]),
    (["--content-regex", "^$"], ["-E", "^$"]),
    (["--content-regex", "caf.$"], ["-E", "caf.$"]),
]


@pytest.fixture(params=range(3))
def unpacked(request, tmp_path):
    """An archive of one layer, and the folder that tar makes of that."""
    made = random_layer(random.Random(request.param))
    (tmp_path / "layer.tar").write_bytes(made)
    (tmp_path / "tree").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "layer.tar", "-C", tmp_path / "tree"], check=True)
    how = ["none", "gzip", "zstd"][request.param]
    return oci_archive(image([made], tags=["x:1"], compress=how), tmp_path / "x.tar"), tmp_path / "tree"


def theirs(words, tree):
    env = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, cwd=tree, capture_output=True, check=False, env=env)
    assert done.returncode in (0, 1), done.stderr
    return {line[1:] for line in done.stdout.decode().split("\0") if line not in ("", ".")}


def test_names_and_attributes_as_find_has_them(layertui, unpacked):
    path, tree = unpacked
    for ours, arguments in CASES:
        expected = theirs(["find", ".", "-mindepth", "1", *arguments, "-print0"], tree)
        assert {row["path"] for row in layertui.json("find", *ours, path)} == expected, ours


def test_contents_as_grep_has_them(layertui, unpacked):
    path, tree = unpacked
    need("grep")
    for ours, arguments in CONTENTS:
        expected = theirs(["grep", "-raZl", *arguments, "."], tree)
        assert {row["path"] for row in layertui.json("find", *ours, path)} == expected, ours
