"""Untrusted text that would control a terminal: a store with it in every place that can hold text.

`PAYLOADS` must reach no terminal as they are; `RAW` is every character that must not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builders import docker_archive, file, folder, hardlink, image, layer, symlink, whiteout
from clearing import clear
from command_line import Done, layertui
from containing import box, require_runtime

RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""C0 but tab and line feed, DEL, C1, line separators, halves of surrogate pairs, and what Unicode says is not to be seen."""

TEXTS = {
    "escape": "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[6n\x1b[31;7mPWNED\x1bc",
    "hyperlink": "\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\\x1b]0;title\x07",
    "c1": "a\u009b2J\u009d52;c;ZXZpbA==\u009c\u0085\u0090q",
    "bidi": "a\u202eexe.gnp\u202c\u2066x\u2069\u200e\u200f\u061c",
    "unseen": "a\u200b\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\ufe0f\U000e0041\U0001d173b",
    "lines": "one\nerror: two\r\nthree\rfour\x0b\x0c\u2028five\u2029six\tseven\x08\x08",
    "markup": "[bold]x[/] [/] [/bold] [@click=app.quit]q[/] [link=file:///etc/passwd]l[/link] [red",
    "html": "<script>alert(1)</script>|`a`|![x](http://y/z)*b*_c_&amp;<!--",
    "surrogate": "a\udc9b2J\udcffb",
    "wide": "漢字\U0001f468\u200d\U0001f469\u200d\U0001f467e" + "\u0301" * 30,
    "shell": "$(touch /tmp/x); `id` '\"\\ -rf",
}
ALL = "".join(TEXTS.values())
PAYLOADS = (
    "\x1b]52;c;ZXZpbA==",
    "\x1b[6n",
    "\x1b[31;7mPWNED",
    "\x1bc",
    "\x1b]8;;file:",
    "\x1b]0;title",
    "\x9b2J",
    "\x9d52",
)


def name_of(what: str) -> str:
    """A text as the name of a file."""
    return TEXTS[what].replace("/", "\u2215").replace("\0", "")[:200]


def raw(text: str) -> bytes:
    """A text as bytes; surrogates represent bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


@contextmanager
def evil_store(folder_: Path) -> Iterator[tuple[Path, Path]]:
    """A store that is filled, and the archive it came from; `box` runs, `quiet` cannot. When this is left all of it goes."""
    store = folder_ / "store"
    require_runtime("bwrap", store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYERTUI_RUNTIME", "bwrap")
        archive = fill(folder_, store)
        layertui("start", "box", store=store).ok()
        layertui("start", "quiet", store=store).failed()
        while b"PWNED" not in layertui("logs", "box", store=store).out:
            time.sleep(0.05)
        yield store, archive
        for name in layertui("ps", "-aq", store=store).lines:
            layertui("rm", "-f", name, store=store)
    clear([folder_])


def fill(folder_: Path, store: Path) -> Path:
    """Fill a store with `evil:1`, `evil:2`, containers of these, and one's export as `back:1`; gives the archive they came from."""
    path = docker_archive([_image("evil:1", "old"), _image("evil:2", "new")], folder_ / f"{name_of('bidi')}.tar")
    say = lambda *words, **more: layertui(*words, store=store, **more).ok()  # noqa: E731
    say("load", path)
    env = [word for text in TEXTS.values() for word in ("-e", f"E={text}", "-l", f"{text}={text}")]
    mounted = folder_ / name_of("escape").replace(":", "")
    mounted.mkdir()
    volume = f"type=bind,source={mounted},target=/mnt/{name_of('markup')}"
    script = (
        'printf "%s\\n" "$1" "$1" >&2; printf "%s\\n" "$1"; echo "$1" > "/tmp/$(printf "\\033[2J\\233")"; sleep 600'
    )
    command = ("-c", script, name_of("escape"), ALL)
    who = ("-u", "0", "--entrypoint", "/bin/sh", "-w", f"/d/{name_of('lines')}")
    say("create", "--name", "box", *who, *env, "--mount", volume, "evil:1", *command)
    say("create", "--name", "quiet", "evil:2", *TEXTS.values())
    say("export", "-o", folder_ / "quiet.tar", "quiet")
    say("import", folder_ / "quiet.tar", "back:1")
    for what, text in TEXTS.items():
        say("write", "-p", "box", f"/own/{name_of(what)}", stdin=raw(text))
    say("unlink", "box", f"/d/{name_of('bidi')}")
    return path


def _image(tag: str, version: str) -> object:
    """An image in which everything that may be text is one of these."""
    names = {what: f"d/{name_of(what)}" for what in TEXTS}
    fields = {"uname": TEXTS["escape"][:30], "gname": TEXTS["c1"][:30], "pax": {"comment": ALL}}
    bottom = layer(
        [
            folder("d"),
            *(
                file(name, raw(TEXTS[what] + version), **fields, xattrs={f"user.{what}": raw(ALL)})
                for what, name in names.items()
            ),
            *(symlink(f"l/{what}", TEXTS[what].replace("\0", "")) for what in TEXTS),
            *(hardlink(f"h/{what}", name) for what, name in names.items()),
        ]
    )
    top = layer(
        [
            file(f"d/{name_of('lines')}/{version}", raw(ALL)),
            whiteout(names["wide"]),
            file("etc/passwd", raw(f"{ALL}:x:0:0::/:/bin/sh\n")),
        ]
    )
    many = list(TEXTS.values())
    config = {
        "Env": ["PATH=/bin", *(f"{text}={text}" for text in many), version],
        "Cmd": [*many, version],
        "Entrypoint": ["/bin/sh", *many],
        "Shell": many,
        "Labels": {text: text + version for text in many},
        "WorkingDir": f"/{ALL}",
        "User": ALL + version,
        "StopSignal": ALL,
        "Volumes": {f"/{text}": {} for text in many},
        "ExposedPorts": {text: {} for text in many},
        "OnBuild": [f"RUN {text}" for text in many],
        "Healthcheck": {"Test": ["CMD", *many]},
    }
    history = [
        *(
            {
                "created_by": text,
                "comment": text,
                "author": text,
                "created": "2026-01-02T03:04:05Z",
                "empty_layer": True,
            }
            for text in many
        ),
        *({"created_by": f"RUN {ALL}{number}", "comment": ALL, "author": ALL, "created": ALL} for number in range(5)),
    ]
    return image(
        [*box().layers, bottom, top],
        history=history,
        config=config,
        tags=[tag],
        annotations={text: text for text in many},
        author=ALL,
        comment=ALL,
    )


def flaw(done: Done, *, own: bool = False) -> str | None:
    """What is wrong with what a verb said, if anything; `own`: a container or a file says it, as it is, as long as nothing fails."""
    said = ("" if own else done.out.decode("utf-8", "surrogateescape")) + ("" if own and not done.code else done.err)
    if found := RAW.search(said):
        return f"{found.group()!r} in {said[max(0, found.start() - 60) : found.end() + 20]!r}"
    return "a traceback" if "Traceback" in done.err or "unexpected " in done.err else None
