"""Stacks in one line each: ``"d/"`` a folder, ``"-x"`` a whiteout, ``"!d"`` an opaque folder, ``"a=>b"`` a hard link, ``"a->b"`` a symlink."""

import io

from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder


class Told:
    """Content that says which layer and path it is of."""

    def __init__(self, number):
        self.number = number

    def open(self, entry):
        return io.BytesIO(f"{self.number}:{entry.path}".encode())


def lay(*layers):
    return Stack.from_layers([StackLayer(table(*layer), Told(number)) for number, layer in enumerate(layers, 1)])


def table(*names):
    builder = TableBuilder()
    for name in names:
        if name.startswith("-"):
            builder.whiteout(name[1:].encode())
        elif name.startswith("!"):
            builder.opaque(name[1:].encode())
        elif "=>" in name:
            builder.hardlink(*(part.encode() for part in name.split("=>")))
        elif "->" in name:
            path, link = name.split("->")
            builder.add(path.encode(), Kind.SYMLINK, link=link.encode())
        elif name.endswith("/"):
            builder.add(name.encode(), Kind.DIR, mode=0o755, mtime=len(builder._keys))
        else:
            path, _, size = name.partition(":")
            builder.add(path.encode(), Kind.FILE, size=int(size or 5), body=0)
    return builder.build()
