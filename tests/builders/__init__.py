"""A layer, an image, an archive in one line each, for every test.

Only the standard library (and `backports.zstd` before Python 3.14) stands behind these files, none of our own code: what they
write is an independent source, so a test that compares our answer with it compares two opinions.

    from builders import docker_archive, file, folder, image, layer, opaque, whiteout

    base = layer([folder("etc"), file("etc/motd", b"hello")])
    top = layer([whiteout("etc/motd"), file("app/run", b"#!", mode=0o755)])
    demo = image([base, top], history=["ADD rootfs /", "ENV A=b", "RUN install"], empty=[1], tags=["demo:1.0"])
    docker_archive(demo, tmp_path / "demo.tar")                 # as docker 25+ saves: OCI layout and manifest.json
    docker_archive([demo, other], path, old=True)               # as docker 20 saves: <id>/layer.tar
    oci_archive(demo, path); oci_layout(demo, tmp_path / "layout")

Paths are written the way image builders write them, relative and without a leading "./"; bytes that are no
UTF-8 go in as surrogate escapes. Everything is deterministic: the same call gives the same bytes.
"""

from builders.archives import docker_archive, docker_files, layout_files, oci_archive, oci_layout, pack
from builders.images import BuiltImage, BuiltIndex, as_json, digest_of, image
from builders.layers import (
    Item,
    block,
    char,
    compressed,
    fifo,
    file,
    folder,
    hardlink,
    layer,
    opaque,
    symlink,
    whiteout,
)

__all__ = [
    "BuiltImage",
    "BuiltIndex",
    "Item",
    "as_json",
    "block",
    "char",
    "compressed",
    "digest_of",
    "docker_archive",
    "docker_files",
    "fifo",
    "file",
    "folder",
    "hardlink",
    "image",
    "layer",
    "layout_files",
    "oci_archive",
    "oci_layout",
    "opaque",
    "pack",
    "symlink",
    "whiteout",
]
