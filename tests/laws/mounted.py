"""Run inside a mount namespace of its own: mounts each stack of folders as an overlay and says what it shows.

    unshare --mount python mounted.py FOLDER

FOLDER/CASE/1, 2, … are the layers from the bottom up. Writes FOLDER/CASE/shown: the facts and the groups as of each layer.
"""

import pickle
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from laws.folders import facts_on_disk, groups_on_disk


def main(folder: Path) -> None:
    """Mount all cases, one at a time."""
    empty, mount = folder / "empty", folder / "mount"
    empty.mkdir()
    mount.mkdir()
    for case in sorted(folder.glob("case-*")):
        count = len([layer for layer in case.iterdir() if layer.name.isdigit()])
        shown = []
        for upto in range(1, count + 1):
            lower = ":".join([*(str(number) for number in range(upto, 0, -1)), str(empty)])
            subprocess.run(
                ["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},userxattr", str(mount)],
                check=True,
                cwd=case,
            )
            shown.append((facts_on_disk(mount), groups_on_disk(mount)))
            subprocess.run(["umount", str(mount)], check=True)
        (case / "shown").write_bytes(pickle.dumps(shown))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
