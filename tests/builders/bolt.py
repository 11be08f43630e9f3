"""A bolt database, as containerd writes it: nested buckets as nested dicts, in pages of 4096 bytes."""

import struct
from collections.abc import Mapping
from pathlib import Path

PAGE = 4096
BRANCH, LEAF, META = 1, 2, 4

Tree = Mapping[bytes, "bytes | Tree"]


def fnv(content: bytes) -> int:
    """The 64-bit FNV-1a hash."""
    found = 0xCBF29CE484222325
    for byte in content:
        found = (found ^ byte) * 0x100000001B3 % 2**64
    return found


def page(number: int, kind: int, count: int, body: bytes) -> bytes:
    """A page, with as many as belong to it."""
    more = -(-(16 + len(body)) // PAGE) - 1
    return (struct.pack("<QHHI", number, kind, count, more) + body).ljust((more + 1) * PAGE, b"\0")


def meta(number: int, root: int, transaction: int) -> bytes:
    """One of the first two pages."""
    body = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, PAGE, 0, root, 0, 0, 0, transaction)
    return page(number, META, 0, body + struct.pack("<Q", fnv(body)))


def leaf(items: Mapping[bytes, tuple[int, bytes]]) -> tuple[int, bytes]:
    """The count and body of a leaf."""
    heads, contents = b"", b""
    for at, (key, (flags, value)) in enumerate(sorted(items.items())):
        start = (len(items) - at) * 16 + len(contents)
        heads += struct.pack("<IIII", flags, start, len(key), len(value))
        contents += key + value
    return len(items), heads + contents


class BoltWriter:
    """Collects the pages; those of a bucket with more than `fan_out` keys are several leaves below a branch."""

    def __init__(self, fan_out: int) -> None:
        self.fan_out = fan_out
        self.pages: list[bytes] = []
        self.next = 2

    def add(self, kind: int, count: int, body: bytes) -> int:
        """Add a page; its number."""
        made = page(self.next, kind, count, body)
        self.pages.append(made)
        self.next += len(made) // PAGE
        return self.next - len(made) // PAGE

    def bucket(self, tree: Tree, *, inline: bool) -> bytes:
        """The value of a bucket."""
        items = {key: self.item(value) for key, value in tree.items()}
        if inline and len(items) <= self.fan_out and not any(flags for flags, _ in items.values()):
            count, body = leaf(items)
            return struct.pack("<QQ", 0, 0) + struct.pack("<QHHI", 0, LEAF, count, 0) + body
        return struct.pack("<QQ", self.root(items), 0)

    def root(self, items: Mapping[bytes, tuple[int, bytes]]) -> int:
        """The page of a tree of these."""
        keys = sorted(items)
        if len(keys) <= self.fan_out:
            return self.add(LEAF, *leaf(items))
        pieces = [keys[at : at + self.fan_out] for at in range(0, len(keys), self.fan_out)]
        below = [(piece[0], self.root({key: items[key] for key in piece})) for piece in pieces]
        heads, names = b"", b""
        for at, (key, number) in enumerate(below):
            heads += struct.pack("<IIQ", (len(below) - at) * 16 + len(names), len(key), number)
            names += key
        return self.add(BRANCH, len(below), heads + names)

    def item(self, value: "bytes | Tree") -> tuple[int, bytes]:
        return (0, value) if isinstance(value, bytes) else (1, self.bucket(value, inline=True))


def bolt_bytes(tree: Tree, fan_out: int = 16) -> bytes:
    """The file whose root bucket is `tree`."""
    writer = BoltWriter(fan_out)
    root = writer.root({key: writer.item(value) for key, value in tree.items()})
    # The newer transaction is in the second page, the older one leads nowhere.
    return meta(0, 2**60, 6) + meta(1, root, 7) + b"".join(writer.pages)


def containerd_folder(root: Path, namespaces: Mapping[str, Mapping[str, str]]) -> Path:
    """The database of containerd's folder: the digest that each name has, by namespace."""
    tree: Tree = {
        b"v1": {
            namespace.encode(): {
                b"images": {
                    name.encode(): {
                        b"createdat": b"\x01" * 15,
                        b"target": {b"digest": digest.encode(), b"mediatype": b"x", b"size": b"\x02"},
                    }
                    for name, digest in names.items()
                },
                b"leases": {},
            }
            for namespace, names in namespaces.items()
        }
        | {b"version": b"\x06"}
    }
    path = root / "io.containerd.metadata.v1.bolt/meta.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bolt_bytes(tree))
    return root
