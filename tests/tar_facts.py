"""What tars of two engines say, without what may differ: the dialect, the order, and what engines put there themselves."""

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders.layers import MTIME

ENGINES_OWN = (".dockerenv", "dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys")
# What docker writes into a layer; `user.*` it leaves out.
XATTR = "SCHILY.xattr.security.capability"
DEVICES = (tarfile.CHRTYPE, tarfile.BLKTYPE)


def is_engines_own(name):
    return name in ENGINES_OWN or name.startswith("dev/")


@dataclass(frozen=True)
class Saved:
    """The newest step of a saved image, how many layers it has, and what that step's holds; None where it made none."""

    step: dict[str, Any]
    layers: int
    top: dict[str, Any] | None
    config: dict[str, Any]


def saved(path: Path) -> Saved:
    with tarfile.open(path) as tar:
        (listed,) = json.load(tar.extractfile("manifest.json"))
        config = json.load(tar.extractfile(listed["Config"]))
        names = [tar.getmember(name) for name in listed["Layers"]]
        top = tar.extractfile(names[-1]).read()
    step = {key: config["history"][-1].get(key) for key in ("created_by", "comment", "author", "empty_layer")}
    return Saved(step, len(names), None if step["empty_layer"] else facts(top), config["config"])


def facts(content):
    """What each member is, whatever its tar's dialect; which of two names is the link is no matter."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            name = member.name.removeprefix("./").rstrip("/")
            if name in ("", "."):
                continue
            whiteout = name.rpartition("/")[2].startswith(".wh.")
            found[name] = "whiteout" if whiteout else _fact(tar, member, name)
    return found


def _fact(tar, member, name):
    inode = tar.getmember(member.linkname) if member.islnk() else member
    body = tar.extractfile(inode).read() if inode.isreg() else b""
    kind = "file" if inode.isreg() else inode.type
    link = inode.linkname if inode.issym() else ""
    device = (inode.devmajor, inode.devminor) if inode.type in DEVICES else None
    return (
        kind,
        inode.mode & 0o7777,
        inode.uid,
        inode.gid,
        link,
        body,
        device,
        inode.pax_headers.get(XATTR),
        _time(inode, name),
    )


def _time(inode, name):
    """Its second, if given; docker's own files give another time to `etc` and the root."""
    return "now" if inode.mtime > MTIME + 86_400 or name == "etc" else int(inode.mtime)
