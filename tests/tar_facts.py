"""What tars of two engines say, without what may differ: the dialect, the order, and what engines put there themselves."""

import io
import json
import tarfile

ENGINES_OWN = (".dockerenv", "dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys")


def is_engines_own(name):
    return name in ENGINES_OWN or name.startswith("dev/")


def saved(path):
    with tarfile.open(path) as tar:
        (listed,) = json.load(tar.extractfile("manifest.json"))
        config = json.load(tar.extractfile(listed["Config"]))
        names = [tar.getmember(name) for name in listed["Layers"]]
        top = tar.extractfile(names[-1]).read()
    step = config["history"][-1]
    return {
        "step": {key: step.get(key) for key in ("created_by", "comment", "empty_layer")},
        "layers": len(names),
        "top": facts(top) if len(names) > 3 else None,
    }


def facts(content):
    """What each member is, whatever its tar's dialect; which of two names is the link is no matter."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            name = member.name.removeprefix("./").rstrip("/")
            if name in ("", "."):
                continue
            whiteout = name.rpartition("/")[2].startswith(".wh.")
            inode = tar.getmember(member.linkname) if member.islnk() else member
            body = tar.extractfile(inode).read() if inode.isreg() else b""
            kind = "file" if inode.isreg() else inode.type
            facts = (kind, inode.mode & 0o7777, inode.uid, inode.gid, inode.linkname if inode.issym() else "", body)
            found[name] = "whiteout" if whiteout else facts
    return found
