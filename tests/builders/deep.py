"""Folders in each other, deeper than any path can be."""

import os


def deep(folder: str | os.PathLike[str], levels: int, name: str = "d") -> int:
    """Make so many of one name below a folder; a descriptor of that folder."""
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    at = os.dup(top)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    return top
