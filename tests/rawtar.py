"""Tar blocks by hand, for the forms that `tarfile` does not write."""

SPARSE_SLOTS = 4


def field(value, width):
    """Give one field: bytes as they are, a number in octal with a NUL behind, or in base 256 where that is too narrow."""
    if isinstance(value, int):
        fits = value < 8 ** (width - 1)
        value = b"%0*o\0" % (width - 1, value) if fits else b"\x80" + value.to_bytes(width - 1, "big")
    return value.ljust(width, b"\0")


def block(
    name=b"f",
    kind=b"0",
    size=0,
    *,
    mode=0o644,
    uid=0,
    gid=0,
    mtime=0,
    link=b"",
    magic=b"ustar\x0000",
    uname=b"",
    gname=b"",
    devmajor=b"",
    devminor=b"",
    prefix=b"",
    tail=b"",
    checksum=None,
):
    """Give one header; each field as bytes, or as a number. `tail` is written from byte 345 on, instead of a prefix."""
    head = field(name, 100) + field(mode, 8) + field(uid, 8) + field(gid, 8) + field(size, 12) + field(mtime, 12)
    rest = kind + field(link, 100) + field(magic, 8) + field(uname, 32) + field(gname, 32)
    rest += field(devmajor, 8) + field(devminor, 8) + field(tail or field(prefix, 155), 167)
    total = sum(head) + 8 * 32 + sum(rest)
    return head + (b"%06o\0 " % total if checksum is None else checksum) + rest


def padded(content):
    return content + bytes(-len(content) % 512)


def member(name=b"f", content=b"", **fields):
    return block(name, fields.pop("kind", b"0"), fields.pop("size", len(content)), **fields) + padded(content)


def records(pairs):
    """Give the body of an extended header."""
    body = b""
    for key, value in pairs:
        line = b" %b=%b\n" % (key, value)
        length = len(line)
        while length != len(line) + len(str(length)):
            length = len(line) + len(str(length))
        body += b"%d%b" % (length, line)
    return body


def extended(*pairs, kind=b"x"):
    return member(b"PaxHeader", records(pairs), kind=kind)


def long(text, kind=b"L"):
    return member(b"././@LongLink", text + b"\0", kind=kind, magic=b"ustar  \0")


def gnu_sparse(name, pieces, size, stored):
    """Give an old GNU sparse file: four pieces in its header, and twenty-one in each block that follows."""

    def slots(some):
        return b"".join(field(number, 12) for piece in some for number in piece)

    first, rest = pieces[:SPARSE_SLOTS], pieces[SPARSE_SLOTS:]
    tail = bytes(41) + slots(first).ljust(24 * SPARSE_SLOTS, b"\0") + (b"\1" if rest else b"\0") + field(size, 12)
    blocks = block(name, b"S", len(stored), magic=b"ustar  \0", tail=tail)
    while rest:
        some, rest = rest[:21], rest[21:]
        blocks += (slots(some).ljust(504, b"\0") + (b"\1" if rest else b"\0")).ljust(512, b"\0")
    return blocks + padded(stored)


END = bytes(1024)
