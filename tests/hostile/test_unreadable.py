"""A disk that fails when it is read: whichever file it is, each verb gives an answer or one line.

Each file of a store, or where a run is a sample half of them.
"""

import os
import re
import subprocess
import sys
from itertools import cycle, islice

import pytest

from absent import need
from builders import docker_archive, file, folder, image, layer
from command_line import Done
from sampling import drawn

pytestmark = pytest.mark.slow

CALLS = "read,pread64,preadv,preadv2,getdents64,sendfile,copy_file_range"
VERBS = [
    ("images",),
    ("--json", "ps", "-a"),
    ("inspect", "box"),
    ("ls", "-R", "box:1"),
    ("cat", "box:1", "/etc/motd"),
    ("cat", "container:box", "/mine"),
    ("export", "box"),
    ("commit", "box", "new:1"),
    ("df", "-v"),
    ("logs", "box"),
    ("fsck",),
    ("gc", "--dry-run"),
    ("events", "--since", "1h", "--until", "0s"),
    ("tag", "box:1", "again:1"),
]
EACH = 2
"""Verbs that are tried on each file, in turn."""


@pytest.fixture
def filled(trial):
    """A store with a bit of everything."""
    built = image([layer([folder("etc"), file("etc/motd", b"hello\n" * 9000)])], tags=["box:1"])
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    trial.say("write", "box", "/mine", stdin=b"mine\n").ok()
    trial.say("ls", "-R", "container:box").ok()
    return trial


def failing(path, words, store):
    """A verb, where nothing can be read of one file or folder."""
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", path, f"--trace={CALLS}", f"--inject={CALLS}:error=EIO"]
    argv = [*strace, sys.executable, "-m", "layertui", "--store", store, *words]
    done = subprocess.run(argv, capture_output=True, timeout=120, check=False)
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def test_each_verb_says_so_or_does_without(filled):
    need("strace")
    verbs = cycle(VERBS)
    flaws, codes = [], set()
    places = [path for path in sorted(filled.store.rglob("*")) if not path.is_symlink()]
    for path in drawn(places, len(places) // 2, "places"):
        for words in islice(verbs, EACH):
            done = failing(path, words, filled.store)
            codes.add(done.code)
            errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
            told = words[0] == "fsck" or len(errors) == (done.code != 0)
            if done.code not in (0, 1) or not told or re.search(r"unexpected|Traceback", done.err):
                flaws.append((os.fspath(path.relative_to(filled.store)), words, done.code, done.err[:300]))
    assert flaws == []
    assert codes == {0, 1}, "some did without, some could not"
    assert filled.sound() == [], "and nothing was changed for it"
