"""Run inside a mount namespace of its own: mounts each stack of folders as an overlay and says what it shows.

    unshare --mount python mounted.py FOLDER [live]

FOLDER/CASE/1, 2, … are the layers from the bottom up. Writes FOLDER/CASE/shown: the facts and the groups as of each layer.
With `live` the overlay gets a writable layer, FOLDER/CASE/upper, in which something happens at random, seeded by the case's
name; then what it shows.
"""

import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from laws.folders import facts_on_disk, groups_on_disk


def main(folder: Path, *, live: bool) -> None:
    """Mount all cases, one at a time."""
    empty, mount = folder / "empty", folder / "mount"
    empty.mkdir()
    mount.mkdir()
    for case in sorted(folder.glob("case-*")):
        count = len([layer for layer in case.iterdir() if layer.name.isdigit()])
        shown = []
        for upto in range(count if live else 1, count + 1):
            lower = "lowerdir=" + ":".join([*(str(number) for number in range(upto, 0, -1)), str(empty)])
            if live:
                (case / "upper").mkdir()
                (case / "work").mkdir()
                lower += ",upperdir=upper,workdir=work,volatile"  # else each umount syncs the disk
            subprocess.run(
                ["mount", "-t", "overlay", "overlay", "-o", f"{lower},userxattr", str(mount)], check=True, cwd=case
            )
            if live:
                happen(mount, random.Random(case.name))
            shown.append((facts_on_disk(mount), groups_on_disk(mount)))
            subprocess.run(["umount", str(mount)], check=True)
        (case / "shown").write_bytes(pickle.dumps(shown))


def happen(mount: Path, dice: random.Random) -> None:
    """Do to a file system what programs do."""
    names = [b"a", b"a-b", b"new", b"\xfe", b"a.b"]
    top = os.fsencode(mount)

    def some() -> bytes:
        return os.path.join(top, *dice.choices(names, k=dice.randint(1, 3)))

    def there() -> bytes:
        found = [os.path.join(where, name) for where, folders, files in os.walk(top) for name in folders + files]
        return dice.choice(sorted(found)) if found else some()

    for _ in range(dice.randint(3, 20)):
        try:
            dice.choice(CHANGES)(there() if dice.random() < 0.7 else some(), some(), dice)
        except (OSError, shutil.Error):
            continue


def write(path: bytes, _: bytes, dice: random.Random) -> None:
    """Replace a file."""
    if os.path.isfile(path) or not os.path.lexists(path):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW), "wb") as file:
            file.write(b"y" * dice.randint(1, 9))


def append(path: bytes, _: bytes, __: random.Random) -> None:
    """Write at a file's end."""
    if os.path.isfile(path):
        with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW), "ab") as file:
            file.write(b"+")


def remove(path: bytes, _: bytes, __: random.Random) -> None:
    """Remove a file, or a folder with all in it."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def remake(path: bytes, _: bytes, dice: random.Random) -> None:
    """Remove something and make a folder, or a link, of its name."""
    remove(path, _, dice)
    if dice.random() < 0.7:
        os.mkdir(path, 0o711)
    else:
        os.symlink("a", path)


def attributes(path: bytes, _: bytes, dice: random.Random) -> None:
    """Change an owner, a mode, a time, an xattr."""
    os.chown(path, 7, 8, follow_symlinks=False)
    if not os.path.islink(path):
        os.chmod(path, dice.choice([0o700, 0o4755, 0o644]))
        if os.path.isfile(path):
            os.setxattr(path, "user.colour", b"blue")
    os.utime(path, (1, dice.randint(2, 99)), follow_symlinks=False)


CHANGES: list[Callable[[bytes, bytes, random.Random], object]] = [
    write,
    write,
    append,
    remove,
    remove,
    remake,
    attributes,
    lambda path, _, __: os.makedirs(path),
    lambda path, other, _: os.link(path, other, follow_symlinks=False),
    lambda path, other, _: os.symlink(path, other),
    lambda path, other, _: os.rename(path, other),
    lambda path, other, _: shutil.move(os.fsdecode(path), os.fsdecode(other)),
    lambda path, _, __: os.mkfifo(path),
    lambda path, _, __: os.mknod(path, 0o020600, os.makedev(240, 9)),
]


if __name__ == "__main__":
    main(Path(sys.argv[1]), live=sys.argv[2:] == ["live"])
