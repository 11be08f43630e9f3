"""The files in the layers of the demo images: each function returns the tar of one layer."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, cast

from layertui.core.images.demo.host_programs import HostProgram
from layertui.core.oci.whiteout_names import WHITEOUT_PREFIX
from layertui.core.streams.tar.tar_contents import DIRECTORY, HARDLINK, REGULAR, SYMLINK, Header, TarWriter

EPOCH = 1_767_225_600  # 2026-01-01T00:00:00Z
_USERS = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
"""
_GROUP = "root:x:0:\ndaemon:x:1:\nbin:x:2:\nshadow:x:42:\nwww-data:x:33:\nnobody:x:65534:\n"
_SHADOW = "root:*:20454:0:99999:7:::\nnobody:*:20454:0:99999:7:::\n"


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One member of a layer: a folder without content, a link with a target, else a file."""

    path: str
    content: bytes | None = None
    mode: int = 0o644
    link: str | None = None
    hard: bool = False
    gid: int = 0


def folder(path: str, mode: int = 0o755) -> DemoFile:
    return DemoFile(path, mode=mode)


def text(path: str, content: str, mode: int = 0o644, gid: int = 0) -> DemoFile:
    """Make a file with a text in it."""
    return DemoFile(path, content.encode(), mode, gid=gid)


def whiteout_of(path: str) -> DemoFile:
    """Make the whiteout of a path."""
    parent, _, name = path.rpartition("/")
    return DemoFile(f"{parent}/{WHITEOUT_PREFIX}{name}" if parent else f"{WHITEOUT_PREFIX}{name}", b"", 0)


def opaque_folder(path: str) -> DemoFile:
    """Make an opaque whiteout: it hides what lower layers have in a folder."""
    return DemoFile(f"{path}/.wh..wh..opq", b"", 0)


def tar_of(items: Iterable[DemoFile], minute: int) -> bytes:
    """Write a layer in the order given; its times are fixed, `minute` minutes after EPOCH."""
    out = io.BytesIO()
    tar = TarWriter(out)
    for item in items:
        kind, link = REGULAR, ""
        if item.link is not None:
            kind, link = (HARDLINK if item.hard else SYMLINK), item.link
        elif item.content is None:
            kind = DIRECTORY
        mode = 0o777 if kind == SYMLINK else item.mode
        content = item.content or b""
        header = Header(
            item.path.encode(),
            kind,
            mode,
            gid=item.gid,
            size=len(content),
            mtime=EPOCH + 60 * minute,
            link=link.encode(),
        )
        tar.add(header, cast("BinaryIO", io.BytesIO(content)))
    tar.close()
    return out.getvalue()


def base(programs: Iterable[HostProgram]) -> bytes:
    """Layer 1 of all: the programs, and the basic files of a system."""
    files = [_program(one) for one in programs]
    listed = {
        item.path: item
        for item in (
            folder("dev"),
            folder("etc"),
            text("etc/group", _GROUP),
            text("etc/motd", ""),
            text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
            text("etc/passwd", _USERS),
            text("etc/shadow", _SHADOW, 0o640, 42),
            folder("home"),
            folder("proc"),
            folder("root", 0o700),
            folder("run"),
            folder("sys"),
            folder("tmp", 0o1777),
            folder("usr"),
            folder("usr/bin"),
            DemoFile("usr/bin/env", link="../../bin/env"),
            folder("usr/sbin"),
            folder("var"),
            folder("var/spool"),
            folder("var/spool/mail"),
            folder("var/tmp", 0o1777),
            folder("var/www"),
        )
    }
    for item in files:
        parts = item.path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            listed.setdefault("/".join(parts[:depth]), folder("/".join(parts[:depth])))
        listed[item.path] = item
    # If sorted, a hard link could come before its file; so files with content come first in their folder.
    return tar_of(sorted(listed.values(), key=lambda item: (item.path.rpartition("/")[0], item.hard, item.path)), 0)


def _program(one: HostProgram) -> DemoFile:
    if one.same_as is not None:
        return DemoFile(one.path, link=one.same_as, hard=True, mode=0o755)
    return DemoFile(one.path, one.content, 0o755)


def settings() -> bytes:
    """Layer 2 of both demos: `COPY etc /etc`, with a new motd and passwd, and files in a cache."""
    hosts = "".join(f"10.0.0.{n} node{n:02}\n" for n in range(1, 9))
    profile = "export PS1='\\u@\\h:\\w\\$ '\nalias ll='ls -l'\n"
    words = "This machine was put together out of layers. Each of them says what it\nbrings, what it changes and what it takes away.\n\n"
    index = "".join(
        f"{n:04} package-{n % 97} {n * 7919 % 10007}.{n % 13} sha-{n * 104729 % 99991:05}\n" for n in range(1400)
    )
    return tar_of(
        [
            folder("etc"),
            text("etc/hosts.demo", hosts),
            text("etc/issue", "demo \\n \\l\n"),
            text("etc/motd", words * 8),
            text("etc/passwd", _USERS + "app:x:1000:1000:app:/srv/app:/bin/sh\n"),
            text("etc/profile", profile),
            folder("etc/profile.d"),
            text("etc/profile.d/lang.sh", "export LANG=C.UTF-8\n"),
            text("etc/profile.d/locale.sh", "export LC_ALL=C.UTF-8\n"),
            text("etc/services.demo", "http 80/tcp\nhttps 443/tcp\ndemo 8080/tcp\n"),
            folder("var"),
            folder("var/cache"),
            folder("var/cache/pkg"),
            text("var/cache/pkg/main.index", index),
            text("var/cache/pkg/community.index", index[::-1]),
            text("var/cache/ldconfig.aux", "x" * 900 + "\n", 0o600),
        ],
        1,
    )


def welcome_layer() -> bytes:
    """Change one file: `RUN echo … > /etc/motd`."""
    return tar_of([folder("etc"), text("etc/motd", "Welcome to demo.\n\n")], 2)


def cleanup_layer() -> bytes:
    """Remove a file and empty a folder: `RUN rm /etc/issue && rm -rf /var/cache/*`."""
    return tar_of(
        [folder("etc"), whiteout_of("etc/issue"), folder("var"), folder("var/cache"), opaque_folder("var/cache")], 4
    )


def user() -> bytes:
    """Add a group and the folder of a user: `RUN addgroup … && adduser …`."""
    return tar_of(
        [
            folder("etc"),
            text("etc/group", _GROUP + "app:x:1000:\n"),
            text("etc/shadow", _SHADOW + "app:!:20454:0:99999:7:::\n", 0o640, 42),
            folder("srv"),
        ],
        2,
    )


_RUN = """#!/bin/sh
# Says hello, then stays until it is told to go.
cat /etc/motd
trap 'echo bye; exit 0' TERM INT
n=0
while :; do
    n=$((n + 1))
    echo "{greeting} number $n"
    sleep 5 &
    wait $!
done
"""


def app(version: int) -> bytes:
    """Add the application: `COPY app /srv/app`; the two versions differ in content, mode and files."""
    page = "".join(f"<li>entry {n} of {version}</li>\n" for n in range(1200 * version))
    items = [
        folder("srv"),
        folder("srv/app"),
        text("srv/app/README", "An application that does nothing, and does it well.\n" * 4),
        text("srv/app/app.conf", f"port = 8080\nversion = {version}.0\nlog = stdout\n"),
        text("srv/app/index.html", f"<ul>\n{page}</ul>\n"),
        text("srv/app/notes.txt", "to do: everything\n"),
        text("srv/app/run.sh", _RUN.format(greeting="hello" if version == 1 else "good day"), 0o755),
    ]
    if version == 1:
        items.append(text("srv/app/legacy.cfg", "compat = on\n"))
    else:
        items += [
            folder("srv/app/lib"),
            text("srv/app/lib/format.sh", 'say() { printf "%s\\n" "$*"; }\n'),
            text("srv/app/lib/net.sh", "listen() { echo listening on $1; }\n", 0o600),
        ]
    return tar_of(items, 3)


def tidied_layer() -> bytes:
    """Remove a file and link another: `RUN rm … && ln -s …`."""
    return tar_of(
        [
            folder("srv"),
            folder("srv/app"),
            whiteout_of("srv/app/notes.txt"),
            folder("usr"),
            folder("usr/bin"),
            DemoFile("usr/bin/demo", link="../../srv/app/run.sh"),
        ],
        5,
    )
