"""Deletes folders that pytest cannot delete: with trees too deep for Python, and with folders without permissions."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path


def clear(paths: Iterable[Path]) -> None:
    """Remove each path with all below it, whatever its modes."""
    found = list(paths)
    if os.geteuid() != 0 and (folders := [path for path in found if path.is_dir() and not path.is_symlink()]):
        # A folder's mode is changed before it is looked into, so that a plain user gets to the bottom, too.
        subprocess.run(["chmod", "-R", "u+rwX", "--", *folders], check=True)
    subprocess.run(["rm", "-rf", "--", *found], check=True)
