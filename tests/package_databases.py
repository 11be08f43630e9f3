"""Package databases as their managers write them, and stacks of layers that hold them; independent of the code under test."""

import io
import sqlite3
import struct
import zipfile

from builders import layer
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import TarballContent, read_table


def stack_of(*layers):
    """A stack of layers, each a list of members."""
    return Stack.from_layers([_stack_layer(layer(members)) for members in layers])


def _stack_layer(tar):
    table = read_table(io.BytesIO(tar))
    return StackLayer(table, TarballContent(table, lambda: io.BytesIO(tar)))


def dpkg_status(*packages, state="install ok installed"):
    """dpkg's status of `(name, version)`."""
    return "".join(
        f"Package: {name}\nStatus: {state}\nArchitecture: amd64\nVersion: {version}\nDescription: x\n more: of it\n\n"
        for name, version in packages
    )


def apk_installed(packages):
    """apk's database; the files of each `name, version` by folder."""
    lines = []
    for (name, version), folders in packages.items():
        lines += [f"P:{name}", f"V:{version}", "A:x86_64", f"o:{name}-src"]
        for folder, names in folders.items():
            lines += [f"F:{folder}", *(f"R:{one}" for one in names)]
        lines.append("")
    return "\n".join(lines)


def rpm_header(name, version, release, files, *, epoch=None, ghosts=()):
    """An rpm header as rpmdb keeps it: no magic, network order."""
    folders = sorted({path.rpartition("/")[0] + "/" for path in files})
    tags = [
        (1000, 6, [name]),
        (1001, 6, [version]),
        (1002, 6, [release]),
        (1022, 6, ["x86_64"]),
        (1044, 6, [f"{name}-src-{version}-{release}.src.rpm"]),
        (1037, 4, [64 if path in ghosts else 0 for path in files]),
        (1116, 4, [folders.index(path.rpartition("/")[0] + "/") for path in files]),
        (1117, 8, [path.rpartition("/")[2] for path in files]),
        (1118, 8, folders),
    ]
    if epoch is not None:
        tags.append((1003, 4, [epoch]))
    index, store = b"", b""
    for tag, kind, values in tags:
        store += bytes(-len(store) % 4) if kind == 4 else b""
        index += struct.pack(">IIII", tag, kind, len(store), len(values))
        store += b"".join(struct.pack(">I", one) if kind == 4 else one.encode() + b"\0" for one in values)
    return struct.pack(">II", len(tags), len(store)) + index + store


def rpm_sqlite(*headers):
    """rpm's SQLite database."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    database.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header,) for header in headers])
    database.commit()
    content = database.serialize()
    database.close()
    return content


def rpm_ndb(*headers):
    """rpm's ndb database: a page of slots, then blobs in blocks of 16 bytes."""
    slots, blobs = b"", b""
    for number, header in enumerate(headers, 1):
        blob = struct.pack("<4sIII", b"BlbS", number, 0, len(header)) + header
        blob += bytes(-len(blob) % 16)
        slots += struct.pack("<4sIII", b"Slot", number, 256 + len(blobs) // 16, len(blob) // 16)
        blobs += blob
    empty = struct.pack("<4sIII", b"Slot", 0, 0, 0)
    head = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, len(headers) + 1, 0, 0, 0)
    return (head + slots).ljust(32) + empty * (254 - len(headers)) + blobs


def zip_of(entries, *, stored=False):
    """A zip file, as of a jar."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def pom(group, artifact, version):
    """One entry `pom.properties`."""
    name = f"META-INF/maven/{group}/{artifact}/pom.properties"
    return {name: f"#Generated\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"}


def go_executable(modules, *, version="go1.22.1", before=64, wide=True, address=0x5000, constants=0, apart=False):
    """An ELF file with the build information of Go in what stays writable, ``before`` bytes after its begin.

    ``address`` is where its writable segment is loaded, ``constants`` are the bytes at its begin that only the loader writes;
    ``apart``, these have a segment of their own.
    """
    text = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6" + modules.encode() + b"x" * 16
    words = b"".join(_varint(len(one)) + one for one in (version.encode(), text))
    data = bytes(constants + before) + b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + words
    start, constant = 4096, 0x6474E552
    parts = [(1, 5, 0, 0, start)]
    if apart:
        parts.append((1, 6, start, address, constants))
        parts.append((1, 6, start + constants, address + constants, len(data) - constants))
    else:
        parts.append((1, 6, start, address, len(data)))
    if constants:
        parts.append((constant, 4, start, address, constants))
    if wide:
        head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
        head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, len(parts), 0, 0, 0)
        rows = [struct.pack("<IIQQQQQQ", kind, flags, at, to, 0, size, size, 1) for kind, flags, at, to, size in parts]
    else:
        head = b"\x7fELF\x01\x02\x01".ljust(16, b"\0")
        head += struct.pack(">HHIIIIIHHHHHH", 2, 20, 1, 0, 52, 0, 0, 52, 32, len(parts), 0, 0, 0)
        head = head.ljust(64, b"\0")[:52]
        rows = [struct.pack(">8I", kind, at, to, 0, size, size, flags, 1) for kind, flags, at, to, size in parts]
    return (head + b"".join(rows)).ljust(start, b"\0") + data


def _varint(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])
