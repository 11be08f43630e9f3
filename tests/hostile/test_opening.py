"""Nothing below a container's root or writable layer is opened by a path: a walk over the code that reaches there.

`Beneath`, `Descent` and `Held` find things and hold them by descriptors; all else asks these, or names a thing in an open folder
(`dir_fd`). What is left is listed here, each with the reason why no other user can change what its path means.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
RULED = [
    *sorted((ROOT / "core/containers/rootfs").glob("*.py")),
    *sorted((ROOT / "core/layers/write").glob("*.py")),
    ROOT / "core/layers/table/layer_folder.py",
    *(
        ROOT / "core/fs" / f"{name}.py"
        for name in ("beneath", "copy_range", "descent", "dir_fd", "dir_fd_cache", "path_handle")
    ),
    ROOT / "core/inspector/containers/container_copy.py",
    ROOT / "core/shim/shim_remove.py",
]
OURS = "the container's own folder in the store, which no container reaches"
BY_DESCRIPTOR = "the path is that of a descriptor, in /proc"
BY_USER = "the user named it, on the command line"
ALLOWED = {
    "core/containers/rootfs/staging.py Staging.name": OURS,
    "core/containers/rootfs/staging.py sweep": OURS,
    "core/containers/rootfs/staging.py KeptEntry.__init__": OURS,
    "core/containers/rootfs/staging.py KeptEntry.drop": OURS,
    "core/containers/rootfs/staging.py sweep_kept": OURS,
    "core/containers/rootfs/way_back.py WayBack._what_was_copied": "the folder is a descriptor, opened below another one",
    "core/containers/rootfs/staging.py has_abandoned_entries": OURS,
    "core/containers/rootfs/on_disk.py replace_content": "it is given descriptors that were checked",
    "core/containers/rootfs/container_root.py SyncPlan._all": OURS,
    "core/containers/rootfs/mount_sources.py MountSource.__init__": BY_USER,
    "core/containers/rootfs/mount_sources.py MountSource.is_there": BY_USER,
    "core/inspector/containers/container_copy.py copy_in": BY_USER,
    "core/fs/dir_fd.py remove_tree": "the folder above is ours; what is removed is found in it by a descriptor",
    "core/fs/dir_fd.py xattrs_of": BY_DESCRIPTOR,
    "core/fs/dir_fd.py set_xattrs_at": BY_DESCRIPTOR,
    "core/fs/dir_fd.py remove_xattr_at": BY_DESCRIPTOR,
    "core/fs/beneath.py openat2": "the host's /, to ask whether the kernel has that call",
    "core/fs/beneath.py Beneath.__init__": "the folder itself, below which all else is found",
    "core/layers/write/extract.py extract": BY_USER,
    "core/layers/write/extract.py target_of": BY_USER,
    "core/layers/write/overwritten.py overwritten_files": "asks whether it is there, for a question; nothing is opened, and `extract` looks again",
    "core/layers/write/extract.py _write_into": "by its name in an open folder",
    "core/fs/path_handle.py PathHandle.chmod": BY_DESCRIPTOR,
    "core/fs/path_handle.py PathHandle.chown": BY_DESCRIPTOR,
    "core/fs/path_handle.py PathHandle.remove_xattr": BY_DESCRIPTOR,
    "core/fs/path_handle.py PathHandle.set_xattrs": BY_DESCRIPTOR,
    "core/fs/path_handle.py PathHandle.utime": BY_DESCRIPTOR,
    "core/fs/descent.py reopened": BY_DESCRIPTOR,
    "core/fs/descent.py open_top": "the folder itself, below which all else is found",
    "core/fs/descent.py is_empty_folder": "the folder itself, not followed; its names are only counted",
}

BY_PATH = {
    "os": "open stat lstat listdir scandir walk chmod chown lchown utime link symlink readlink rename replace unlink remove rmdir"
    " mkdir makedirs mknod mkfifo truncate access listxattr getxattr setxattr removexattr",
    "os.path": "exists lexists isfile isdir islink getsize realpath samefile",
    "shutil": "copy copy2 copyfile copytree rmtree move",
}
OF_PATHS = "read_bytes read_text write_bytes write_text exists is_file is_symlink iterdir glob rglob touch hardlink_to symlink_to"


def reached_by_path(tree: ast.AST, scope: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each call that gives the system a path: in which function, and which call."""
    for node in ast.iter_child_nodes(tree):
        inner = (*scope, node.name) if isinstance(node, ast.FunctionDef | ast.ClassDef) else scope
        if isinstance(node, ast.Call) and (name := _by_path(node)) is not None:
            yield ".".join(inner), name
        yield from reached_by_path(node, inner)


def _by_path(call: ast.Call) -> str | None:
    name = ast.unparse(call.func)
    room, _, verb = name.rpartition(".")
    known = name == "open" or verb in BY_PATH.get(room, "").split()
    if not known and not (room and verb in OF_PATHS.split()):
        return None
    if any(word.arg in ("dir_fd", "src_dir_fd") for word in call.keywords):
        return None
    first = ast.unparse(call.args[0]) if call.args else ""
    return (
        None if first.rpartition(".")[2] in ("fd", "out", "top") or first.startswith(("f'/proc/", "b'/proc/")) else name
    )


@pytest.mark.parametrize("path", RULED, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_reached_by_a_path(path):
    where = str(path.relative_to(ROOT))
    found = {f"{where} {function}": call for function, call in reached_by_path(ast.parse(path.read_text()))}
    assert {place: call for place, call in found.items() if place not in ALLOWED} == {}


def test_what_is_allowed_is_there():
    found = {
        f"{path.relative_to(ROOT)} {function}"
        for path in RULED
        for function, _ in reached_by_path(ast.parse(path.read_text()))
    }
    assert ALLOWED.keys() - found == set()


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("def f(path): open(path)", "open"),
        ("def f(path): os.lstat(path)", "os.lstat"),
        ("def f(path): path.read_bytes()", "path.read_bytes"),
        ("def f(path): shutil.rmtree(path)", "shutil.rmtree"),
        ("def f(path): return [os.path.isdir(path)]", "os.path.isdir"),
    ],
)
def test_the_walk_finds_it(code, call):
    assert list(reached_by_path(ast.parse(code))) == [("f", call)]


def test_the_walk_passes_over_what_is_found_in_an_open_folder():
    code = "def f(fd, name): os.open(name, 0, dir_fd=fd); os.listdir(fd); os.stat(f'/proc/self/fd/{fd}')"
    assert list(reached_by_path(ast.parse(code))) == []


def makes_through_links(tree: ast.AST) -> Iterator[str]:
    """Each call that makes a file, where a symlink of its name would have another one made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.open" and len(node.args) > 1:
            flags = ast.unparse(node.args[1])
            if "os.O_CREAT" in flags and not ("os.O_EXCL" in flags or "os.O_NOFOLLOW" in flags):
                yield ast.unparse(node)


def test_no_file_is_made_through_a_symlink():
    found = {
        f"{path.relative_to(ROOT)}: {call}"
        for room in ("core", "tui")
        for path in (ROOT / room).rglob("*.py")
        for call in makes_through_links(ast.parse(path.read_text()))
    }
    # Its `flags` have O_NOFOLLOW.
    assert found == {"core/fs/atomic.py: os.open(self.path, flags | os.O_RDWR | os.O_CREAT, 384)"}


def test_what_makes_a_file_through_a_symlink_is_found():
    assert list(makes_through_links(ast.parse("os.open(n, os.O_CREAT | os.O_WRONLY, dir_fd=f)")))
    assert not list(makes_through_links(ast.parse("os.open(n, os.O_CREAT | os.O_EXCL, dir_fd=f)")))
