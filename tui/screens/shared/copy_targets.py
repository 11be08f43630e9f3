"""Paths on the host to write something to: a default name, and a check whether it exists."""

from __future__ import annotations

import os
import re
from pathlib import Path


def file_for(name: str, ending: str = ".tar") -> str:
    """A file name for an image or a container: `shop:2.1` is `shop_2.1.tar`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") + ending


def as_path(text: str) -> Path:
    """The typed path, with `~` expanded."""
    return Path(os.path.expanduser(text.strip()))


def what_is_there(path: Path) -> str | None:
    """What exists at a path on the host, in a word; None if nothing does. It may block: call it in a job."""
    if path.is_dir():
        return "folder"
    return "file" if os.path.lexists(path) else None
