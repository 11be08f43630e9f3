"""Files that are no image archive: what they are instead, and what to try."""

from collections.abc import Sequence

_MAGIC = (
    (b"\x7fELF", 0, "an ELF binary"),
    (b"PK\x03\x04", 0, "a zip file"),
    (b"%PDF", 0, "a PDF"),
    (b"\x89PNG", 0, "a picture"),
    (b"\xff\xd8\xff", 0, "a picture"),
    (b"hsqs", 0, "a squashfs file system"),
    (b"QFI\xfb", 0, "a qcow2 disk"),
    (b"CD001", 0x8001, "an ISO 9660 disk"),
    (b"7z\xbc\xaf", 0, "a 7z file"),
    (b"SQLite format 3", 0, "an SQLite database"),
    (b"!<arch>", 0, "an ar archive or Debian package"),
    (b"\xed\xab\xee\xdb", 0, "an RPM package"),
    (b"\x28\xb5\x2f\xfd", 0, "zstd data"),
)
_ROOT = frozenset(
    [
        "bin",
        "boot",
        "dev",
        "etc",
        "home",
        "lib",
        "lib64",
        "media",
        "mnt",
        "opt",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
        "sys",
        "tmp",
        "usr",
        "var",
    ]
)


def what_is(head: bytes) -> str:
    """Say what a file that is no tar seems to be, from its first bytes."""
    if not head:
        return "an empty file"
    for magic, at, what in _MAGIC:
        if head[at : at + len(magic)] == magic:
            return what
    if head.lstrip()[:1] in (b"{", b"["):
        return "a JSON file"
    if not any(byte < 9 for byte in head):
        return "a text file"
    return "a file of an unknown format"


def what_tar_is(paths: Sequence[str]) -> str:
    """Say what a tar that is no archive of images seems to be, from the names in it."""
    if not paths:
        return "an empty tar"
    tops = {path.split("/", 1)[0] for path in paths}
    if "repositories" in tops and any(path.endswith("/layer.tar") for path in paths):
        return "an archive of a docker before 1.10, without manifest.json; load and save it with a newer docker"
    if len(tops & _ROOT) >= 2:
        return "a tar of a root filesystem; try `layertui import`"
    return "a tar without manifest.json and index.json, so not an image archive; `layertui import` makes an image of its files"
