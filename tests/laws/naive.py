"""The naive oracle: a dict of paths to which layers are applied one after another, member by member.

It knows nothing of the timeline, of columns or of tars; each rule is one plain step over the whole dict:

- the markers of a layer are applied before its entries, wherever they are in the tar: a whiteout drops its path and all
  below, an opaque folder all below itself. So they only ever hide what lower layers have. A marker makes no folder.
- then the entries, in tar order. A parent that is no folder is replaced by one, 0755 0:0; one that is a folder is left as
  it is. A folder over a folder takes its place and leaves the children. Anything else drops what was there, with all below.
- a hard link is a further name of the inode that its target names at that moment, in this layer or in a lower one.

Paths are bytes, relative, without slashes at the ends.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from layertui.core.layers.table.entry import Change, Kind


class Op(Enum):
    """What a member of a layer asks for."""

    ENTRY = auto()
    HARDLINK = auto()
    WHITEOUT = auto()
    OPAQUE = auto()
    IGNORED = auto()  # `.wh..wh.NAME`, left over from aufs


@dataclass(frozen=True)
class Member:
    """One member of a layer tar."""

    path: bytes
    op: Op = Op.ENTRY
    kind: Kind = Kind.FILE
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    content: bytes = b""
    link: bytes = b""  # a symlink's or a hard link's
    dev: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, bytes], ...] = ()

    def __repr__(self) -> str:
        what = self.kind.word if self.op is Op.ENTRY else self.op.name.lower()
        link = f" -> {self.link!r}" if self.link else ""
        return f"<{what} {self.path!r}{link} {self.mode:o} {self.uid}:{self.gid} t{self.mtime} {len(self.content)}b>"


Layer = tuple[Member, ...]


@dataclass(frozen=True, eq=False)
class Inode:
    """What a path names. Two paths with the same object are two names of one inode."""

    kind: Kind
    mode: int
    uid: int
    gid: int
    mtime: int
    content: bytes = b""
    link: bytes = b""
    dev: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, bytes], ...] = ()

    @property
    def facts(self) -> tuple[object, ...]:
        """All that is seen of it, but for which names it has."""
        return (self.kind, self.mode, self.uid, self.gid, self.mtime, self.content, self.link, self.dev, self.xattrs)


IMPLIED = Inode(Kind.DIR, 0o755, 0, 0, 0)


@dataclass(frozen=True)
class Node:
    """A path that is to be seen: what it names, and the layer that brought the name."""

    inode: Inode
    layer: int
    implied: bool = False


Tree = dict[bytes, Node]


def parents(path: bytes) -> list[bytes]:
    """All folders above a path, from the top down, without the root."""
    parts = path.split(b"/")
    return [b"/".join(parts[:n]) for n in range(1, len(parts))]


def is_below(path: bytes, folder: bytes) -> bool:
    """Whether `path` is strictly inside `folder`; everything is in the root, b""."""
    return path.startswith(folder + b"/") if folder else path != b""


def drop(tree: Tree, path: bytes, *, itself: bool = True) -> None:
    """Remove a path and everything below it."""
    for there in [there for there in tree if is_below(there, path)]:
        del tree[there]
    if itself:
        tree.pop(path, None)


def has_folder(tree: Tree, path: bytes) -> bool:
    """Whether `path` is a folder."""
    return path in tree and tree[path].inode.kind is Kind.DIR


def make_parents(tree: Tree, path: bytes, layer: int) -> None:
    """Make sure that all folders above `path` are folders."""
    for folder in parents(path):
        if not has_folder(tree, folder):
            drop(tree, folder)
            tree[folder] = Node(IMPLIED, layer, implied=True)


def can_link(tree: Tree, path: bytes, target: bytes) -> bool:
    """Whether a hard link can be made: its target is there, is no folder, and survives the making."""
    if target not in tree or tree[target].inode.kind is Kind.DIR:
        return False
    return path != target and not is_below(target, path) and not is_below(path, target)


def put(tree: Tree, member: Member, layer: int) -> None:
    """Apply one entry or hard link."""
    if member.op is Op.HARDLINK:
        assert can_link(tree, member.path, member.link), "such a layer cannot be applied; see `applicable`"
        inode = tree[member.link].inode
    else:
        inode = Inode(
            member.kind, member.mode, member.uid, member.gid, member.mtime,
            member.content, member.link, member.dev, member.xattrs,
        )  # fmt: skip
    make_parents(tree, member.path, layer)
    if not (inode.kind is Kind.DIR and has_folder(tree, member.path)):
        drop(tree, member.path)
    tree[member.path] = Node(inode, layer)


def apply_markers(tree: Tree, members: Layer) -> None:
    """Apply what a layer hides of the lower ones."""
    for member in members:
        if member.op is Op.WHITEOUT:
            drop(tree, member.path)
        elif member.op is Op.OPAQUE:
            drop(tree, member.path, itself=False)


def apply(tree: Tree, members: Layer, layer: int) -> Tree:
    """The tree with one layer more."""
    tree = dict(tree)
    apply_markers(tree, members)
    for member in members:
        if member.op in (Op.ENTRY, Op.HARDLINK):
            put(tree, member, layer)
    return tree


def timeline(layers: tuple[Layer, ...]) -> list[Tree]:
    """The tree as of no layer, as of layer 1, 2, …"""
    trees: list[Tree] = [{}]
    for number, members in enumerate(layers, 1):
        trees.append(apply(trees[-1], members, number))
    return trees


def applicable(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The same stack as an engine could have written it.

    Hard links to what is not there are left out, and the others say of the inode what the inode is: a tar repeats its
    attributes in each name's header, and no rule says which count where they differ.
    """
    trees: list[Tree] = [{}]
    kept_layers: list[Layer] = []
    for number, members in enumerate(layers, 1):
        tree = dict(trees[-1])
        apply_markers(tree, members)
        kept: list[Member] = []
        for member in members:
            if member.op is Op.HARDLINK:
                if not can_link(tree, member.path, member.link):
                    continue
                inode = tree[member.link].inode
                member = replace(  # noqa: PLW2901
                    member, mode=inode.mode, uid=inode.uid, gid=inode.gid, mtime=inode.mtime, xattrs=inode.xattrs
                )
            kept.append(member)
            if member.op in (Op.ENTRY, Op.HARDLINK):
                put(tree, member, number)
        kept_layers.append(tuple(kept))
        trees.append(tree)
    return tuple(kept_layers)


# What one layer did, as `layers` shows it: entries, added, modified, removed.
Counts = tuple[int, int, int, int]


def counts(before: Tree, after: Tree, members: Layer, layer: int) -> Counts:
    """What a layer did to the tree below it.

    Added and modified are the paths it brings, without and with a predecessor; a folder of which only the time differs is
    neither. Removed are the tops of what it hides and does not bring again: children of a removed folder do not count, nor
    what was in a folder that is something else now.
    """
    entries = sum(member.op in (Op.ENTRY, Op.HARDLINK) for member in members)
    changes = [change_of(before, path, node) for path, node in after.items() if node.layer == layer]
    removed = sum(
        all(above not in before or has_folder(after, above) for above in parents(path))
        for path in before
        if path not in after
    )
    return entries, changes.count(Change.ADDED), changes.count(Change.MODIFIED), removed


def change_of(before: Tree, path: bytes, node: Node) -> Change:
    """What a layer did to a path that it brings."""
    if path not in before:
        return Change.ADDED
    return Change.UNCHANGED if same_folder_but_time(before[path].inode, node.inode) else Change.MODIFIED


def alone(before: Tree, after: Tree, members: Layer, layer: int) -> dict[bytes, Change]:
    """The rows of one layer by itself: what it brings, what it removes, and the folders that lead there."""
    rows = {path: change_of(before, path, node) for path, node in after.items() if node.layer == layer}
    leads = [*rows]
    for member in members:
        if member.op is Op.WHITEOUT:
            leads.append(member.path)
            if member.path not in after or after[member.path].layer != layer:
                rows[member.path] = Change.REMOVED
        elif member.op is Op.OPAQUE:
            leads.append(member.path + b"/")
    for path in leads:
        for folder in parents(path):
            if has_folder(after, folder):
                rows.setdefault(folder, Change.UNCHANGED)
    return rows


def same_folder_but_time(one: Inode, other: Inode) -> bool:
    """Whether both are folders that differ in their time at most."""
    if not (one.kind is other.kind is Kind.DIR):
        return False
    return replace(one, mtime=0).facts == replace(other, mtime=0).facts


def groups(tree: Tree) -> set[frozenset[bytes]]:
    """The paths that share an inode, as sets of two and more."""
    names: dict[int, set[bytes]] = {}
    for path, node in tree.items():
        if node.inode.kind is not Kind.DIR:
            names.setdefault(id(node.inode), set()).add(path)
    return {frozenset(group) for group in names.values() if len(group) > 1}


def tree_order(path: bytes) -> list[bytes]:
    """The sort key of a path in a tree."""
    return path.split(b"/")


def size(tree: Tree, below: bytes = b"") -> int:
    """The bytes of all files in a folder of the tree, each inode once."""
    inodes = {
        id(node.inode): len(node.inode.content)
        for path, node in tree.items()
        if node.inode.kind is Kind.FILE and is_below(path, below)
    }
    return sum(inodes.values())
