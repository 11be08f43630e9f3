"""The images that the tests of archives pack, and what they look at when one is opened."""

from builders import file, folder, image, layer, pack, whiteout

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", b"#!" * 4000, mode=0o755)])
DEMO = image([BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["demo:1.0"])
OTHER = image([BASE], tags=["other:1", "host.example:5000/team/other:2"], architecture="arm64")
BARE = image([TOP], tags=())


def names(found):
    return [[name.familiar for name in one.names] for one in found.images]


def read(found):
    """Read every layer of every image through, which proves it."""
    return [[one.open().read() for one in each.layers] for each in found.images]


def write(path, files):
    path.write_bytes(pack(files))
    return path
