"""What a verb has said is done survives a power cut: a file is synced before it gets its name, and the name before the verb ends."""

import os
import re
from collections.abc import Iterator

import pytest

from absent import need
from hostile.kills import Theatre
from hostile.stories import STORIES

pytestmark = pytest.mark.slow

CALLS = (
    "write,pwrite64,copy_file_range,sendfile,fsync,fdatasync,rename,renameat,renameat2,link,linkat,syncfs,mkdir,symlink"
)
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
PATH = re.compile(r"<([^<>]*)>|\"([^\"]*)\"")
LASTING = [
    *("load", "load into nothing", "load that moves a tag", "import", "tag", "rmi", "create", "commit"),
    *("write", "write again", "mkdir", "unlink", "unlink a folder"),
    *("load of two images", "load of a stream", "rmi of one name of two", "rename", "rm"),
]
OUTSIDE = ["save", "save over an older one", "export"]
TOGETHER = ["cp in", "cp a tree in"]  # many files, synced at their end


def whole(log: str) -> Iterator[str]:
    """Each call as one line, where it ended; strace cuts those in two that another thread's came between."""
    begun: dict[str, str] = {}
    for line in log.splitlines():
        thread = line.partition(" ")[0]
        if line.endswith(" <unfinished ...>"):
            begun[thread] = line.removesuffix(" <unfinished ...>")
        elif match := re.search(r"<\.\.\. \w+ resumed>", line):
            yield begun.pop(thread, "") + line[match.end() :]
        else:
            yield line


def named(call: str, paths: list[str]) -> list[str]:
    """The paths that a call names; `renameat` and `linkat` have each in two parts."""
    if call in {"renameat", "renameat2", "linkat"}:
        return [os.path.join(*paths[:2]), os.path.join(*paths[2:])]
    return paths


def unsynced(log: str, store: str, *, together: bool = False) -> list[str]:
    """What the calls of a verb left to luck, in order; `together` where only its end counts."""
    dirty: set[str] = set()  # files written to since they were last synced
    renamed: dict[str, str] = {}  # folders in which a name is new, and which
    flaws: list[str] = []
    opened: dict[str, str] = {}  # what each descriptor was of, when it was last used
    for call, rest, result in (match.groups() for match in map(CALL.match, whole(log)) if match):
        opened.update(re.findall(r"(?<![\w/])(\d+)<([^<>]*)>", rest))
        paths = named(call, [one or other for one, other in PATH.findall(rest)])
        if call == "linkat" and paths[0].startswith("/proc/self/fd/"):  # a file that had no name
            paths[0] = opened[paths[0].rpartition("/")[2]]
        # The store's parent folder, too: a new store's name is in that.
        ours = bool(paths) and (paths[0].startswith(store) or paths[0] == os.path.dirname(store))
        if int(result) < 0 or not ours or f"{store}/cache" in paths[0]:
            continue
        if call in {"fsync", "fdatasync"}:
            dirty.discard(paths[0])
            renamed.pop(paths[0], None)
        elif call == "syncfs":
            dirty.clear()
            renamed.clear()
        elif call in {"mkdir", "symlink"}:
            # Temporary files, and files that can be made again, may be there or not.
            if not re.search(r"/\.(tmp|new|gone)-|/(tmp|events|cache|staging)$", paths[-1]):
                renamed[paths[-1].rpartition("/")[0]] = paths[-1]
        elif call.startswith(("rename", "link")):
            source, target = paths[0], paths[-1]
            if together:
                renamed[target.rpartition("/")[0]] = target
                continue
            flaws += [f"{path} was not synced" for path in dirty if path == source or path.startswith(source + "/")]
            renamed[target.rpartition("/")[0]] = target
        else:
            dirty.add(paths[1 if call == "copy_file_range" else 0])
    flaws += [f"{path} was not synced" for path in sorted(dirty) if together]
    return flaws + [f"the name {name} was not synced" for name in renamed.values()]


@pytest.mark.parametrize("name", LASTING)
def test_synced(name, tmp_path):
    need("strace")
    theatre = Theatre(tmp_path, STORIES[name])
    assert unsynced(theatre.traced(CALLS), str(theatre.stage)) == []


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_written_outside_is_synced(name, tmp_path):
    need("strace")
    theatre = Theatre(tmp_path, STORIES[name])
    assert unsynced(theatre.traced(CALLS), str(theatre.out)) == []


@pytest.mark.parametrize("name", TOGETHER)
def test_synced_together(name, tmp_path):
    need("strace")
    theatre = Theatre(tmp_path, STORIES[name])
    assert unsynced(theatre.traced(CALLS), str(theatre.stage), together=True) == []


def test_of_a_file_without_a_name_too():
    good = 'write(3</s/#7>(deleted), "x", 1) = 1\nfsync(3</s/#7>(deleted)) = 0\n'
    good += (
        'linkat(3</s/#7>(deleted), "/proc/self/fd/3", AT_FDCWD</w>, "/s/b", AT_SYMLINK_FOLLOW) = 0\nfsync(4</s>) = 0\n'
    )
    assert unsynced(good, "/s") == []
    assert unsynced(good.replace("fsync(3</s/#7>(deleted)) = 0\n", ""), "/s") == ["/s/#7 was not synced"]
    assert unsynced(good.replace("fsync(4</s>) = 0\n", ""), "/s") == ["the name /s/b was not synced"]


def test_what_is_left_to_luck_is_seen():
    good = 'write(3</s/a>, "x", 1) = 1\nfsync(3</s/a>) = 0\nrename("/s/a", "/s/b") = 0\nfsync(4</s>) = 0\n'
    assert unsynced(good, "/s") == []
    assert unsynced(good.replace("fsync(3</s/a>) = 0\n", ""), "/s") == ["/s/a was not synced"]
    assert unsynced(good.replace("fsync(4</s>) = 0\n", ""), "/s") == ["the name /s/b was not synced"]


def test_what_many_leave_to_luck_is_seen():
    good = (
        'write(3</s/a>, "x", 1) = 1\nrenameat(4</s>, "a", 5</s/b>, "c") = 0\n'
        'write(3</s/d>, "x", 1) = 1\nsyncfs(3</s>) = 0\n'
    )
    assert unsynced(good, "/s", together=True) == []
    assert unsynced(good.replace("syncfs(3</s>) = 0\n", ""), "/s", together=True) == [
        *sorted(["/s/a was not synced", "/s/d was not synced"]),
        "the name /s/b/c was not synced",
    ]
