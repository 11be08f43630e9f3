"""Untrusted layers: each a list of tars, the lowest first, and a name that says what it is after.

`OUTSIDE` is put in for the folder that must stay as it is; the tars are made when that is known. They are written block by
block, since tarfile would not write most of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rawtar import END, block, extended, gnu_sparse, long, member

Tars = list[bytes]

# Where a path can lead that is written as no path should be.
PATHS = {
    "parent": b"../evil",
    "grandparent": b"../../evil",
    "far up": b"../" * 40 + b"evil",
    "absolute": b"%(outside)s/evil",
    "double slash": b"/%(outside)s/evil",
    "parent in the middle": b"a/../../evil",
    "parent at the end": b"a/..",
    "parent behind a dot": b"./../evil",
    "parent behind slashes": b"a//..//..//evil",
    "backslashes": b"..\\evil",
    "nothing": b"",
    "a dot": b".",
    "two dots": b"..",
    "three dots": b"...",
    "a slash": b"/",
    "slashes": b"///",
    "slash behind": b"evil/",
    "dot slash behind": b"a/./",
    "a blank": b" ",
    "newline": b"a\nb",
    "escape": b"\x1b]0;evil\x07\x1b[31mred",
    "c1": "\u009b31mred".encode(),
    "bidi": "\u202egnp.exe".encode(),
    "isolate": "\u2067abc\u2069".encode(),
    "carriage return": b"good\rbad",
    "backspaces": b"good\x08\x08\x08\x08bad",
    "no utf-8": b"\xff\xfe\x80",
    "cut utf-8": b"a\xe2\x82",
    "surrogate": b"\xed\xa0\x80",
    "rich markup": b"[bold red]evil[/] [link=file:///etc/passwd]x[/link]",
    "textual action": b"[@click=app.quit]q[/]",
    "percent": b"%%s%%n%%x",
    "a dash": b"-rf",
    "whiteout of nothing": b".wh.",
    "whiteout of a dot": b".wh..",
    "whiteout of two dots": b".wh...",
    "whiteout of the parent": b"a/.wh...",
    "whiteout of a whiteout": b".wh..wh.evil",
    "aufs": b".wh..wh.plnk",
    "opaque root": b".wh..wh..opq",
    "opaque parent": b"../.wh..wh..opq",
    "whiteout outside": b"../.wh.secret",
    "whiteout, absolute": b"%(outside)s/.wh.secret",
    "inside a whiteout": b".wh.a/evil",
    "a hundred bytes": b"n" * 100,
}

KINDS = {
    "file": (b"0", b"evil\n", b""),
    "old file": (b"\0", b"evil\n", b""),
    "folder": (b"5", b"", b""),
    "symlink": (b"2", b"", b"%(outside)s/secret"),
    "hard link": (b"1", b"", b"%(outside)s/secret"),
    "device": (b"3", b"", b""),
    "fifo": (b"6", b"", b""),
}


def odd_paths(outside: bytes) -> Iterator[tuple[str, Tars]]:
    """Every odd path as every kind of entry, and as a name in an extended header."""
    for path, raw in PATHS.items():
        name = raw % {b"outside": outside}
        for kind, (flag, content, link) in KINDS.items():
            to = link % {b"outside": outside}
            yield f"{path}, {kind}", [_long(name, content, kind=flag, link=to, devmajor=1, devminor=3) + END]
        yield f"{path}, pax", [extended((b"path", name)) + member(b"x", b"evil\n") + END]
        yield f"{path}, link of a link", [_long(b"a", b"", kind=b"2", link=name) + _long(b"a/evil", b"evil\n") + END]


def _long(name: bytes, content: bytes, **fields: object) -> bytes:
    """A member whose name and link may be of any length."""
    before = b""
    link = fields.get("link", b"")
    if len(name) > 100:
        before += long(name)
    if isinstance(link, bytes) and len(link) > 100:
        before += long(link, b"K")
        fields["link"] = link[:100]
    return before + member(name[:100], content, **fields)


def detours(outside: bytes) -> Iterator[tuple[str, Tars]]:
    """A first step that looks harmless, and a second one through it: CVE-2018-15664, CVE-2019-14271, CVE-2021-30465 and kin."""
    secret = outside + b"/secret"
    firsts = {
        "absolute": outside,
        "parent": b"..",
        "far up": b"../" * 40 + outside.lstrip(b"/"),
        "root": b"/",
        "proc": b"/proc/self/root" + outside,
        "cwd": b"/proc/self/cwd",
        "itself": b"d",
        "a dot": b".",
    }
    for first, target in firsts.items():
        step = _long(b"d", b"", kind=b"2", link=target)
        seconds = {
            "a file": _long(b"d/evil", b"evil\n"),
            "a folder": _long(b"d/evil/", b"", kind=b"5"),
            "over what is there": _long(b"d/secret", b"evil\n"),
            "a whiteout": _long(b"d/.wh.secret", b""),
            "an opaque": _long(b"d/.wh..wh..opq", b""),
            "a hard link to it": _long(b"out", b"", kind=b"1", link=b"d/secret"),
            "a hard link from it": _long(b"d/evil", b"", kind=b"1", link=b"d/secret"),
            "a symlink in it": _long(b"d/evil", b"", kind=b"2", link=secret),
            "a mode": _long(b"d", b"", kind=b"5", mode=0o777),
            "a device": _long(b"d/evil", b"", kind=b"3", devmajor=1, devminor=3),
        }
        for second, through in seconds.items():
            yield f"by a link to {first}, {second}", [step + through + END]
            yield f"by a link to {first} below, {second}", [step + END, through + END]
    hard = _long(b"h", b"", kind=b"1", link=secret)
    yield "hard link out, written through", [hard + _long(b"h", b"evil\n") + END]
    yield "hard link out, written through above", [hard + END, _long(b"h", b"evil\n") + END]
    yield (
        "hard link to a symlink out",
        [
            _long(b"s", b"", kind=b"2", link=secret)
            + _long(b"h", b"", kind=b"1", link=b"s")
            + _long(b"h", b"evil\n")
            + END
        ],
    )
    yield "hard link to itself", [_long(b"h", b"", kind=b"1", link=b"h") + END]
    yield (
        "hard links in a ring",
        [_long(b"a", b"", kind=b"1", link=b"b") + _long(b"b", b"", kind=b"1", link=b"a") + END],
    )
    yield "symlinks in a ring", [_long(b"a", b"", kind=b"2", link=b"b") + _long(b"b", b"", kind=b"2", link=b"a") + END]
    yield (
        "symlink over a folder with files",
        [
            _long(b"d/", b"", kind=b"5")
            + _long(b"d/f", b"x")
            + _long(b"d", b"", kind=b"2", link=outside)
            + _long(b"d/evil", b"x")
            + END
        ],
    )
    yield "file, then what lies in it", [_long(b"f", b"x") + _long(b"f/evil", b"x") + END]
    yield (
        "folder, file, folder",
        [
            _long(b"f/", b"", kind=b"5")
            + _long(b"f", b"x")
            + _long(b"f/", b"", kind=b"5")
            + _long(b"f/evil", b"x")
            + END
        ],
    )


def numbers(outside: bytes) -> Iterator[tuple[str, Tars]]:
    """Sizes, owners, times and sums that no honest tar has."""
    del outside
    sizes = {
        "negative": b"-0000000001",
        "base-256, negative": b"\xff" * 12,
        "base-256, huge": b"\x80" + b"\x7f" * 11,
        "eight exabytes": b"\x80\0\0\0\x7f" + b"\xff" * 7,
        "all sevens": b"777777777777",
        "no digits": b"abcdefghijk",
        "blanks": b" " * 12,
        "nothing": bytes(12),
        "digits and dirt": b"0000001z",
        "not there": b"00000777777",
    }
    for what, size in sizes.items():
        yield f"size: {what}", [block(b"f", b"0", size) + END]
        yield f"size of a folder: {what}", [block(b"f/", b"5", size) + member(b"g", b"x") + END]
        yield f"size of a symlink: {what}", [block(b"f", b"2", size, link=b"x") + member(b"g", b"x") + END]
        yield f"size of a long name: {what}", [block(b"././@LongLink", b"L", size, magic=b"ustar  \0") + END]
        yield f"size of records: {what}", [block(b"PaxHeader", b"x", size) + END]
    for what, value in (
        ("negative", b"-1"),
        ("huge", b"9" * 300),
        ("a word", b"nan"),
        ("no end", b"1e999"),
        ("empty", b""),
    ):
        for key in (b"size", b"uid", b"mtime", b"GNU.sparse.size", b"GNU.sparse.realsize", b"GNU.sparse.numblocks"):
            yield f"pax {key.decode()}: {what}", [extended((key, value)) + member(b"f", b"x") + END]
    for what, body in (
        ("length beyond its end", b"999 path=evil\n"),
        ("length of nothing", b"0 path=evil\n"),
        ("length negative", b"-5 path=evil\n"),
        ("no length", b" path=evil\n"),
        ("no equals", b"10 pathevil\n"),
        ("nul in a path", b"15 path=a\0evil\n"),
        ("nothing but blanks", b" " * 512),
        ("length without end", b"9" * 512),
    ):
        yield f"records: {what}", [member(b"PaxHeader", body, kind=b"x") + member(b"f", b"x") + END]
    yield "records, and no member", [extended((b"path", b"evil")) + END]
    yield "a long name, and no member", [long(b"evil") + END]
    yield "records for records", [extended((b"path", b"a")) * 200 + member(b"f", b"x") + END]
    yield "global records out", [extended((b"path", b"../evil"), kind=b"g") + member(b"f", b"x") + END]
    yield "sum of nothing", [block(b"f", b"0", 0, checksum=b"0" * 8) + END]
    yield "kind unknown", [block(b"f", b"Z", 0) + member(b"g", b"x", kind=b"\xff") + END]
    yield "volume and continuation", [block(b"f", b"V", 0) + member(b"g", b"x", kind=b"M") + END]
    yield (
        "xattrs of the overlay",
        [
            extended((b"SCHILY.xattr.trusted.overlay.opaque", b"y"), (b"SCHILY.xattr.user.overlay.redirect", b"/etc"))
            + member(b"f/", b"", kind=b"5")
            + extended(
                (b"SCHILY.xattr.user.overlay.metacopy", b""), (b"SCHILY.xattr.security.capability", b"\x01\0\0\2" * 5)
            )
            + member(b"g", b"x")
            + END
        ],
    )
    for xattr in (
        b"user.layertui.owner",
        b"user.overlay.whiteout",
        b"user.",
        b"com.apple.provenance",
        b"system.nfs4_acl",
    ):
        value = b"9" * 5_000 + b":0"
        yield f"xattr {xattr.decode()}", [extended((b"SCHILY.xattr." + xattr, value)) + member(b"g", b"x") + END]
    yield "xattr without a name", [extended((b"SCHILY.xattr.", b"y")) + member(b"g", b"x") + END]
    yield "xattr of 70,000 bytes", [extended((b"SCHILY.xattr.user.a", b"y" * 70_000)) + member(b"g", b"x") + END]
    yield "setuid root", [member(b"su", b"#!", mode=0o6777) + END]
    yield "device of the disk", [block(b"disk", b"4", 0, mode=0o666, devmajor=8, devminor=0) + END]
    yield "a whiteout as a device", [block(b"gone", b"3", 0, mode=0, devmajor=0, devminor=0) + END]
    yield "owner beyond 32 bits", [member(b"f", b"x", uid=b"\x80\0\0\1\0\0\0\0") + END]


def sparse(outside: bytes) -> Iterator[tuple[str, Tars]]:
    """Sparse files whose maps lie."""
    del outside
    maps = {
        "8 TB": ([(0, 1)], 8 << 40),
        "pieces over each other": ([(0, 512), (0, 512)], 1024),
        "pieces backwards": ([(512, 512), (0, 512)], 1024),
        "piece beyond the end": ([(1 << 30, 512)], 1024),
        "more than is stored": ([(0, 1 << 30)], 1 << 30),
        "many pieces": ([(n * 1024, 0) for n in range(400)], 1 << 20),
    }
    for what, (pieces, size) in maps.items():
        yield f"sparse: {what}", [gnu_sparse(b"s", pieces, size, b"x" * 512) + END]
    for what, body in (
        ("count of a billion", b"1000000000\n"),
        ("no count", b"\n" * 512),
        ("a word", b"one\n2\n3\n"),
        ("negative", b"1\n-5\n10\n"),
    ):
        records = extended((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", b"4096"))
        yield f"sparse map: {what}", [records + member(b"s", body.ljust(512, b"\0")) + END]
    for name in (b"SCHILY.xattr.user.a\0b", b"LIBARCHIVE.xattr.user.a%00b"):
        yield f"attribute: a NUL in {name[:4].decode()}", [extended((name, b"eA")) + member(b"f", b"x") + END]
    yield "sparse 0.1: a map that is odd", [extended((b"GNU.sparse.map", b"0,1,2")) + member(b"s", b"x") + END]
    yield (
        "sparse 0.1: a name out",
        [
            extended((b"GNU.sparse.name", b"../evil"), (b"GNU.sparse.map", b"0,1"), (b"GNU.sparse.size", b"1"))
            + member(b"s", b"x")
            + END
        ],
    )


def shapes(outside: bytes) -> Iterator[tuple[str, Tars]]:
    """Trees that are too deep, too long, too many; and tars that end where they should not."""
    del outside
    deep = b"/".join([b"d"] * 2_000)
    yield "2,000 levels deep", [long(deep) + member(b"x", b"x") + END]
    yield "10,000 levels deep", [long(b"/".join([b"d"] * 10_000)) + member(b"x", b"x") + END]
    yield "a name of 300 bytes", [long(b"n" * 300) + member(b"x", b"x") + END]
    yield "a path of 5,000 bytes", [long(b"n/" * 2_500) + member(b"x", b"x") + END]
    yield "a link of 70,000 bytes", [long(b"n" * 70_000, b"K") + member(b"x", b"", kind=b"2") + END]
    yield "one name a thousand times", [member(b"f", b"x") * 1_000 + END]
    yield "case and normal forms", [b"".join(member(n) for n in (b"A", b"a", "é".encode(), "e\u0301".encode())) + END]
    yield "no end", [member(b"f", b"x")]
    yield "cut in a header", [member(b"f", b"x")[:300]]
    yield "cut in a body", [block(b"f", b"0", 2000) + b"x" * 512]
    yield "cut in records", [extended((b"path", b"a" * 600))[:700]]
    yield "dirt behind the end", [member(b"f", b"x") + END + b"dirt" * 300]
    yield "a second tar behind the end", [member(b"f", b"x") + END + member(b"g", b"x") + END]
    yield "nothing", [b""]
    yield "zeros", [bytes(10_240)]
    yield "dirt", [b"not a tar at all" * 100]
    yield "a hundred layers that remove each other", [member(b".wh.a") + member(b"a/") + END] * 100


@lru_cache(maxsize=2)
def every(outside: bytes) -> dict[str, Tars]:
    """All of them by name."""
    kinds = (odd_paths, detours, numbers, sparse, shapes)
    return {name: tars for kind in kinds for name, tars in kind(outside)}
