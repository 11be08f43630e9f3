"""What is played again and again while it is struck: a verb, or a call that keys make, on a store that was made ready for it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builders import file, folder, layer

BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 500), file("etc/old", b"old\n")])
TOP = layer([file("etc/motd", b"new\n"), folder("srv"), file("srv/app", bytes(70_000))])


CALL = """
import json
import sys
from pathlib import Path
from layertui.core.errors import LayertuiError
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
try:
    own = Inspector(Settings(store=Path(sys.argv[1]))).containers.files.writable_layer(sys.argv[4])
    getattr(own, sys.argv[3])(*sys.argv[5:], **json.loads(sys.argv[2]))
except LayertuiError as error:
    sys.exit(f"error: {error}")
"""


@dataclass(frozen=True)
class Story:
    """A verb on a store that was made ready for it."""

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    stdin: bytes = b""
    piecemeal: bool = False
    """Whether it puts many things in, each of them whole: some may be there and others not."""
    over_another: bool = False
    """Whether it puts a file in the place of another outside: for a moment the new one has a name of its own, which a kill leaves."""
    prepare: Callable[[Path], None] = lambda _: None
    """What is done to the store last."""

    def argv(self, store: Path, words: list[str]) -> list[str]:
        """The program and its arguments."""
        return [sys.executable, "-m", "layertui", "--store", str(store), *words]


@dataclass(frozen=True)
class KeyStory(Story):
    """What keys do and no verb does: a call of the Inspector, whose name is the first of the words."""

    how: dict[str, Any] = field(default_factory=dict)

    def argv(self, store: Path, words: list[str]) -> list[str]:
        """The program and its arguments."""
        return [sys.executable, "-c", CALL, str(store), json.dumps(self.how), *words]


def litter(store: Path) -> None:
    """Something that a `gc` removes, of each kind that there is."""
    for number in range(3):
        content = b"%d" % number * 3000
        (store / "blobs/sha256" / hashlib.sha256(content).hexdigest()).write_bytes(content)
    container = next(store.glob("containers/*/record.json")).parent
    for folder_ in (
        "tmp",
        "cache",
        f"unpacked/{'0' * 32}/etc/deep",
        "unpacked/.new-1/etc",
        "containers/.gone-1/upper/a",
    ):
        (store / folder_).mkdir(parents=True, exist_ok=True)
    for folder_ in ("containers/.new-1/upper", f"{container}/staging/1/2"):
        (store / folder_).mkdir(parents=True, exist_ok=True)
    for path in (
        "tmp/.tmp-1",
        ".tmp-1",
        "cache/.tmp-1",
        f"unpacked/{'0' * 32}/etc/motd",
        "containers/.gone-1/upper/file",
    ):
        (store / path).write_bytes(b"x")
    (container / ".tmp-1").write_bytes(b"x")
    (container / "staging/1/file").write_bytes(b"x")
    (store / "containers/names/nobody").symlink_to("../" + "0" * 64)


LOADED = ("load", "{archives}/one.tar")
CREATED = ("create", "--name", "box", "one:1", "true")
OWN = ("write", "-p", "box", "/etc/own/file", "{archives}/text")
STORIES = {
    "load": Story(("load", "{archives}/two.tar"), (LOADED,)),
    "load into nothing": Story(("load", "{archives}/two.tar")),
    "load of a stream": Story(("load", "-"), (LOADED,)),
    "load that moves a tag": Story(("load", "{archives}/moved.tar"), (LOADED,)),
    "import": Story(("import", "-", "three:1"), (LOADED,)),
    "save": Story(("save", "-o", "{out}/saved.tar", "one:1"), (LOADED,)),
    "tag": Story(("tag", "one:1", "two:1"), (LOADED,)),
    "rmi": Story(("rmi", "one:1"), (LOADED, ("load", "{archives}/two.tar"))),
    "gc": Story(("gc",), (LOADED, CREATED), prepare=litter),
    "load of two images": Story(("load", "{archives}/both.tar"), piecemeal=True),
    "rmi of one name of two": Story(("rmi", "one:2"), (LOADED, ("tag", "one:1", "one:2"))),
    "rename": Story(("rename", "box", "crate"), (LOADED, CREATED)),
    "extract of a file": Story(("extract", "one:1", "/etc/motd", "{out}/motd"), (LOADED,)),
    "extract of a folder": Story(("extract", "one:1", "/etc", "{out}/etc"), (LOADED,), piecemeal=True),
    "cp out": Story(("cp", "box:/etc/motd", "{out}/motd"), (LOADED, CREATED)),
    "save over an older one": Story(("save", "-o", "{out}/old.tar", "one:1"), (LOADED,), over_another=True),
    "create": Story(CREATED, (LOADED,)),
    "write": Story(("write", "box", "/etc/motd"), (LOADED, CREATED), b"written\n" * 1000),
    "write again": Story(
        ("write", "box", "/etc/motd"), (LOADED, CREATED, ("write", "box", "/etc/motd", "{archives}/text")), b"2\n"
    ),
    "mkdir": Story(("mkdir", "-p", "box", "/a/b/c"), (LOADED, CREATED)),
    "unlink": Story(("unlink", "box", "/etc/old"), (LOADED, CREATED)),
    "unlink a folder": Story(
        ("unlink", "-r", "box", "/etc"), (LOADED, CREATED, ("write", "-p", "box", "/etc/x/y", "{archives}/text"))
    ),
    "mv a folder of the image": KeyStory(("rename", "box", "/etc", "/moved"), (LOADED, CREATED)),
    "mv a folder of both": KeyStory(("rename", "box", "/etc", "/moved"), (LOADED, CREATED, OWN)),
    "mv a folder of its own": KeyStory(("rename", "box", "/etc/own", "/moved"), (LOADED, CREATED, OWN)),
    "mv to where one was": KeyStory(
        ("rename", "box", "/own", "/etc"),
        (LOADED, CREATED, ("write", "-p", "box", "/own/x", "{archives}/text"), ("unlink", "-r", "box", "/etc")),
    ),
    "mv a file of the image": KeyStory(("rename", "box", "/etc/motd", "/etc/moved"), (LOADED, CREATED)),
    "chmod": KeyStory(("change", "box", "/etc/motd"), (LOADED, CREATED), how={"mode": 0o4711}),
    "chmod a folder": KeyStory(("change", "box", "/etc"), (LOADED, CREATED, OWN), how={"mode": 0o1700}),
    "chown": KeyStory(("change", "box", "/etc/motd"), (LOADED, CREATED), how={"owner": (7, 8)}),
    "chown what is its own": KeyStory(
        ("change", "box", "/etc/own/file"), (LOADED, CREATED, OWN), how={"owner": (7, 8)}
    ),
    "cp in": Story(("cp", "{archives}/text", "box:/etc/text"), (LOADED, CREATED)),
    "commit": Story(("commit", "box", "four:1"), (LOADED, CREATED, ("write", "box", "/etc/new", "{archives}/text"))),
    "cp a tree in": Story(("cp", "{archives}", "box:/srv"), (LOADED, CREATED), piecemeal=True),
    "export": Story(("export", "-o", "{out}/flat.tar", "box"), (LOADED, CREATED)),
    "rm": Story(("rm", "box"), (LOADED, CREATED, ("write", "box", "/etc/new", "{archives}/text"))),
}
