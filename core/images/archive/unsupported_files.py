"""Describes files that are not image archives: what they are, and which command to use for them."""

from collections.abc import Sequence

from layertui.core.language.texts import tr
from layertui.core.streams.file_magic import formats

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


def describe_unknown_file(head: bytes) -> str:
    """What a file that is not a tar seems to be, from its first bytes."""
    if not head:
        return tr("an empty file")
    for magic in formats(head):
        if magic.phrase is not None:
            return magic.phrase
    if head.lstrip()[:1] in (b"{", b"["):
        return tr("a JSON file")
    if not any(byte < 9 for byte in head):
        return tr("a text file")
    return tr("a file of an unknown format")


def describe_unknown_tar(paths: Sequence[str]) -> str:
    """What a tar that is not an image archive seems to be, from the names in it."""
    if not paths:
        return tr("an empty tar")
    tops = {path.split("/", 1)[0] for path in paths}
    if "repositories" in tops and any(path.endswith("/layer.tar") for path in paths):
        return tr("an archive of a docker before 1.10, without manifest.json; load and save it with a newer docker")
    if len(tops & _ROOT) >= 2:
        return tr("a tar of a root filesystem; try `layertui import`")
    return tr(
        "a tar without manifest.json and index.json, so not an image archive; `layertui import` makes an image of its files"
    )
