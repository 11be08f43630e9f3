"""One hostile input, tried in every way that a user has: what must not happen, and whether it did.

A trial knows nothing of the attack. It looks at what must hold whatever comes in: nothing outside changes, no verb takes
longer than it may, every failure is one line, no control character reaches the terminal, and the store is sound.
"""

from __future__ import annotations

import os
import re
import signal
import stat
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from builders import image, oci_archive
from clearing import clear
from command_line import Done, layertui
from hostile.layers import Tars
from layertui.core.errors import LayertuiError
from layertui.core.layers.write.apply import apply_layer

SECONDS = 10
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
SECRET = b"the secret of the host\n"


class Hang(Exception):
    """A verb that took longer than it may."""


@dataclass
class Trial:
    """A folder to try in, with a host's files beside the store."""

    folder: Path
    flaws: list[str] = field(default_factory=list)
    tried: int = 0

    def __post_init__(self) -> None:
        self.outside.mkdir(parents=True)
        (self.outside / "secret").write_bytes(SECRET)
        (self.outside / "inner").mkdir()
        self._before = _seen(self.outside)

    @property
    def outside(self) -> Path:
        """What must not change; everything else is in folders beside it."""
        return self.folder / "outside"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def say(self, *words: object, stdin: bytes = b"") -> Done:
        """One verb, held against what holds for all."""
        self.tried += 1
        with _within(SECONDS) as hung:
            done = layertui(*words, stdin=stdin, store=self.store)
        verb = " ".join(map(str, words))
        if hung:
            self.flaws.append(f"{verb}: more than {SECONDS} seconds")
        text = done.out.decode("utf-8", "replace") if words[0] not in {"cat", "export", "cp", "save"} else ""
        if raw := RAW.search(text + done.err):
            self.flaws.append(f"{verb}: {raw.group()!r} to the terminal")
        if re.search(r"unexpected \w*(Error|Exception|Interrupt|Exit)", done.err) or "Traceback" in done.err:
            self.flaws.append(f"{verb}: {done.err[:300]}")
        if done.code not in {0, 1, 2}:
            self.flaws.append(f"{verb}: exit {done.code}")
        if done.code and words[0] != "which" and sum(line.startswith("error: ") for line in done.err.splitlines()) != 1:
            self.flaws.append(f"{verb}: exit {done.code} with {done.err[:200]!r}")
        if SECRET.strip() in done.out:
            self.flaws.append(f"{verb}: what is outside came out")
        return done

    def describe(self, name: object) -> None:
        """What is said of a whole image."""
        for verb in ("history", "layers", "inspect", "tree"):
            self.say(verb, name)

    def list(self, name: object) -> None:
        """Its files, and some of them by their paths."""
        listed = self.say("--json", "ls", "-R", name)
        shown = self.say("ls", "-R", name)
        rows = listed.json if listed.code == 0 else []
        if shown.code == 0 and len(shown.lines) != len(rows):
            self.flaws.append(f"ls -R: {len(shown.lines)} lines for {len(rows)} entries")
        for row in rows[:4]:
            self.say("which", name, row["path"])
            if row["size"] < 1 << 30:
                self.say("cat", name, row["path"])

    def sound(self) -> list[str]:
        """What went wrong, the end state counted in."""
        if _seen(self.outside) != self._before:
            self.flaws.append(f"outside changed: {_seen(self.outside) ^ self._before}")
        if self.store.exists() and self.say("fsck").code != 0:
            self.flaws.append("fsck is not ok")
        return self.flaws


def try_layers(trial: Trial, tars: Tars, ways: Sequence[LayerWay] | None = None) -> None:
    """Layers in every way in, or in some of them."""
    path = oci_archive(image(tars, tags=["evil:1"]), trial.folder / "evil.tar")
    for way in LAYER_WAYS if ways is None else ways:
        way(trial, path, tars)


def _describe_layers(trial: Trial, path: Path, tars: Tars) -> None:
    trial.describe(path)


def _list_layers(trial: Trial, path: Path, tars: Tars) -> None:
    trial.list(path)


def _extract_layers(trial: Trial, path: Path, tars: Tars) -> None:
    trial.say("extract", path, "/", trial.folder / "out")


def _change_container(trial: Trial, path: Path, tars: Tars) -> None:
    if trial.say("load", path).code or trial.say("create", "--name", "box", "evil:1", "true").code:
        return
    for tar in tars[:2]:
        trial.say("cp", "-", "box:/", stdin=tar)
    trial.say("diff", "box")
    trial.say("write", "-p", "box", "/d/evil", stdin=b"evil\n")
    trial.say("unlink", "-r", "box", "/d")
    trial.say("commit", "box", "evil:2")
    _check_tar(trial, trial.say("export", "box").out)
    # The text of paths so deep would be a hundred megabytes.
    if b"/".join([b"d"] * 2_000) not in tars[0]:
        trial.say("compare", "evil:1", "container:box")
        trial.say("analyze", "container:box")
    trial.say("rm", "-f", "box")


def _import_layer(trial: Trial, path: Path, tars: Tars) -> None:
    if trial.say("import", "-", "evil:3", stdin=tars[0]).code == 0:
        _check_tar(trial, trial.say("save", "evil:3").out)


def _unpack_layers(trial: Trial, path: Path, tars: Tars) -> None:
    """As for a start, each alone and one over the other."""
    merged = trial.folder / "merged"
    merged.mkdir()
    for number, tar in enumerate(tars[:3]):
        alone = trial.folder / f"unpacked-{number}"
        alone.mkdir()
        (trial.folder / "layer.tar").write_bytes(tar)
        for target, whiteouts in ((alone, "native"), (merged, "merge")):
            trial.tried += 1
            with suppress(LayertuiError), _within(SECONDS), (trial.folder / "layer.tar").open("rb") as raw:
                apply_layer(raw, target, whiteouts=whiteouts)


LayerWay = Callable[[Trial, Path, Tars], None]
LAYER_WAYS: tuple[LayerWay, ...] = (
    _describe_layers,
    _list_layers,
    _extract_layers,
    _change_container,
    _import_layer,
    _unpack_layers,
)


def try_archive(trial: Trial, path: Path, ways: Sequence[ArchiveWay] | None = None) -> None:
    """A whole archive or layout folder in every way, or in some of them: where it lies, and in the store."""
    for way in ARCHIVE_WAYS if ways is None else ways:
        way(trial, path)


def _describe_archive(trial: Trial, path: Path) -> None:
    trial.describe(path)


def _list_archive(trial: Trial, path: Path) -> None:
    trial.list(path)


def _extract_archive(trial: Trial, path: Path) -> None:
    trial.say("extract", path, "/", trial.folder / "out")


def _load_archive(trial: Trial, path: Path) -> None:
    done = trial.say("load", path)
    if path.is_file():
        trial.say("load", "-", stdin=path.read_bytes())
    if done.code == 0:
        for words in (("images",), ("df",), ("gc",)):
            trial.say(*words)


def _look_in_store(trial: Trial, path: Path) -> None:
    for name in _stored(trial, path):
        trial.describe(name)
        trial.list(name)
        trial.say("extract", name, "/", trial.folder / "out again")


def _use_in_store(trial: Trial, path: Path) -> None:
    for name in _stored(trial, path):
        trial.say("create", name, "true")
        trial.say("save", "-o", trial.folder / "saved.tar", name)
    trial.say("ps", "-a")
    trial.say("df")
    trial.say("gc")


def _stored(trial: Trial, path: Path) -> list[str]:
    """The IDs of the images that the archive brings into the store."""
    if trial.say("load", path).code:
        return []
    return [row["id"] for row in trial.say("--json", "images").json]


ArchiveWay = Callable[[Trial, Path], None]
ARCHIVE_WAYS: tuple[ArchiveWay, ...] = (
    _describe_archive,
    _list_archive,
    _extract_archive,
    _load_archive,
    _look_in_store,
    _use_in_store,
)


def comes_to_nothing(trial: Trial, *tars: bytes) -> None:
    """Layers in every way in: nothing outside changes, nothing hangs, each failure is one line."""
    try_layers(trial, list(tars))
    assert trial.sound() == []
    clear(path for path in trial.folder.iterdir() if path != trial.outside)


def _check_tar(trial: Trial, content: bytes) -> None:
    """What goes out is a tar that leads nowhere outside either."""
    path = trial.folder / "sent.tar"
    path.write_bytes(content)
    with suppress(tarfile.TarError), tarfile.open(path) as tar:
        for member in tar:
            if member.name.startswith("/") or ".." in member.name.split("/"):
                trial.flaws.append(f"sent out: {member.name!r}")


def _seen(folder: Path) -> set[tuple[object, ...]]:
    """Everything in a folder that an attack could change."""
    rows: set[tuple[object, ...]] = set()
    for path in (folder, *folder.rglob("*")):
        st = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(st.st_mode) else b""
        rows.add((str(path), st.st_mode, st.st_uid, st.st_nlink, st.st_mtime_ns, content))
    return rows


@contextmanager
def _within(seconds: int) -> Iterator[list[bool]]:
    """Break off what takes longer, by its own time or, where it waits, six times as long; what is yielded is true then."""
    hung: list[bool] = []

    def ring(*_: object) -> None:
        hung.append(True)
        raise Hang

    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 6 * seconds))
    for timer, number, most in timers:
        signal.signal(number, ring)
        signal.setitimer(timer, most)
    try:
        yield hung
    except Hang:
        pass
    finally:
        for timer, number, _ in timers:
            signal.setitimer(timer, 0)
            signal.signal(number, signal.SIG_DFL)


def names_of(cases: Sequence[str]) -> list[str]:
    """Names as pytest takes them: printable, one line."""
    return [os.fsencode(name).decode("ascii", "backslashreplace").replace("\x1b", "ESC") for name in cases]
