"""Random stacks of layers: few names, so that everything collides with everything; and what the same stack is as tars.

The names sort around "/" (0x2f): "a" < "a-b" < "a.b" < "a/…" < "a0" as bytes, which is not tree order; one is no UTF-8.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

import builders
from laws.naive import Layer, Member, Op, Tree, applicable, has_folder, is_below, parents, timeline, tree_order
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import LayerTable
from layertui.core.layers.table.table_builder import TableBuilder

NAMES = (b"a", b"a-b", b"a.b", b"a0", b"\xff")
PATHS = [b"/".join(parts) for x in NAMES for parts in ((x,), *((x, y) for y in NAMES), *((x, y, y) for y in NAMES[:3]))]
PATHS += [b"a/" + x + b"/" + y for x in NAMES for y in NAMES] + [b"a/a/a/a", b"a/a/a/a-b"]

WHAT = (
    [(Op.ENTRY, Kind.FILE)] * 4
    + [(Op.ENTRY, Kind.DIR)] * 4
    + [(Op.ENTRY, Kind.SYMLINK), (Op.ENTRY, Kind.FIFO), (Op.ENTRY, Kind.CHAR)]
    + [(Op.WHITEOUT, Kind.WHITEOUT)] * 3
    + [(Op.OPAQUE, Kind.PLACE)] * 2
    + [(Op.HARDLINK, Kind.FILE)] * 2
)
MODES = {Kind.DIR: (0o755, 0o700, 0o1777), Kind.SYMLINK: (0o777,)}


def member(path: bytes, what: tuple[Op, Kind], salt: int, target: bytes, *, owners: bool = True) -> Member:
    """One member, its attributes drawn from a small number."""
    op, kind = what
    modes = MODES.get(kind, (0o644, 0o600, 0o4755))
    return Member(
        path,
        op,
        kind,
        mode=modes[salt % len(modes)],
        uid=(0, 1000, 70000)[salt // 3 % 3] if owners else 0,
        gid=(0, 50)[salt // 9 % 2] if owners else 0,
        mtime=(0, 1, 1_700_000_000)[salt // 18 % 3],
        content=b"x" * (salt % 5) + target[:1] if (op, kind) == (Op.ENTRY, Kind.FILE) else b"",
        link=target if op is Op.HARDLINK or kind is Kind.SYMLINK else b"",
        xattrs=(
            (("user.k", b"\0%d" % salt),) if salt % 6 == 5 and op is Op.ENTRY and kind in (Kind.FILE, Kind.DIR) else ()
        ),
        dev=(240, 3 + salt % 5) if kind is Kind.CHAR else (0, 0),
    )


MEMBERS = st.builds(member, st.sampled_from(PATHS), st.sampled_from(WHAT), st.integers(0, 53), st.sampled_from(PATHS))
STACKS = st.lists(st.lists(MEMBERS, max_size=8).map(tuple), min_size=1, max_size=4).map(tuple).map(applicable)
LAYERS = STACKS.map(lambda stack: stack[-1])


def thrown(
    dice: random.Random,
    *,
    layers: int = 5,
    members: int = 12,
    owners: bool = True,
    devices: bool = True,
    xattrs: bool = True,
) -> tuple[Layer, ...]:
    """A stack from a seed: no shrinking, but hundreds of times as fast as a strategy."""
    paths = dice.sample(PATHS, dice.randint(3, len(PATHS)))
    what = [pair for pair in WHAT if devices or pair[1] is not Kind.CHAR]
    return applicable(
        tuple(
            tuple(
                one if xattrs else replace(one, xattrs=())
                for _ in range(dice.randint(0, members))
                for one in [
                    member(dice.choice(paths), dice.choice(what), dice.randrange(54), dice.choice(paths), owners=owners)
                ]
            )
            for _ in range(dice.randint(1, layers))
        )
    )


def links_down(layers: tuple[Layer, ...]) -> bool:
    """Whether a hard link leads to a lower layer."""
    for number, members in enumerate(layers, 1):
        made = {member.path for member in members}
        if any(member.op is Op.HARDLINK and member.link not in made for member in members):
            return number > 1
    return False


def as_table(members: Layer) -> LayerTable:
    """A layer as a table, fed member by member."""
    build = TableBuilder()
    for one in members:
        attributes = {"mode": one.mode, "uid": one.uid, "gid": one.gid, "mtime": one.mtime, "size": len(one.content)}
        match one.op:
            case Op.WHITEOUT:
                build.whiteout(one.path)
            case Op.OPAQUE:
                build.opaque(one.path)
            case Op.HARDLINK:
                build.hardlink(one.path, one.link, **attributes)
            case Op.ENTRY:
                build.add(one.path, one.kind, link=one.link, dev=one.dev, xattrs=dict(one.xattrs), **attributes)
    return build.build()


def as_tar(members: Sequence[Member]) -> bytes:
    """A layer as a tar, written by the standard library."""
    return builders.layer([_item(one) for one in members])


def _item(one: Member) -> builders.Item:
    path, link = one.path.decode(errors="surrogateescape"), one.link.decode(errors="surrogateescape")
    owned = {"uid": one.uid, "gid": one.gid, "mtime": one.mtime}
    match one.op:
        case Op.WHITEOUT:
            return builders.whiteout(path)
        case Op.OPAQUE:
            return builders.opaque(path)
        case Op.HARDLINK:
            return builders.hardlink(path, link, mode=one.mode, **owned)
        case Op.IGNORED:
            return builders.file(path)
    owned["xattrs"] = dict(one.xattrs)
    match one.kind:
        case Kind.DIR:
            return builders.folder(path, mode=one.mode, **owned)
        case Kind.SYMLINK:
            return builders.symlink(path, link, **owned)
        case Kind.FIFO:
            return builders.fifo(path, mode=one.mode, **owned)
        case Kind.CHAR:
            return builders.char(path, *one.dev, mode=one.mode, **owned)
    return builders.file(path, one.content, mode=one.mode, **owned)


def as_an_engine_writes(layers: tuple[Layer, ...], dice: random.Random) -> tuple[Layer, ...]:
    """A stack that shows the same, of tars as engines write them.

    Every folder that leads to something is named, with what it is; what went away has one marker, or its whole folder an
    opaque one; no name comes twice; a hard link leads to its own layer (what led lower is a file of its own now).
    """
    trees = timeline(layers)
    return tuple(_difference(trees[number - 1], trees[number], number, dice) for number in range(1, len(trees)))


def _difference(before: Tree, after: Tree, number: int, dice: random.Random) -> Layer:
    gone = [path for path in before if path not in after and all(has_folder(after, above) for above in parents(path))]
    emptied = {
        folder
        for folder in {path.rpartition(b"/")[0] for path in gone}
        if folder and dice.random() < 0.5 and all(after[p].layer == number for p in after if is_below(p, folder))
    }
    gone = [path for path in gone if not any(is_below(path, folder) for folder in emptied)]
    needed = {path for path, node in after.items() if node.layer == number}
    needed |= {folder for path in [*needed, *gone, *(folder + b"/x" for folder in emptied)] for folder in parents(path)}
    members = [Member(path, Op.WHITEOUT) for path in gone] + [Member(path, Op.OPAQUE) for path in sorted(emptied)]
    names: dict[int, bytes] = {}
    for path in sorted(needed, key=tree_order):
        inode = after[path].inode
        first = names.setdefault(id(inode), path) if inode.kind is not Kind.DIR else path
        op = Op.ENTRY if first == path else Op.HARDLINK
        link = inode.link if first == path else first
        content = inode.content if first == path else b""
        members.append(
            Member(
                path,
                op,
                inode.kind,
                inode.mode,
                inode.uid,
                inode.gid,
                inode.mtime,
                content,
                link,
                inode.dev,
                inode.xattrs,
            )
        )
    return tuple(members)
