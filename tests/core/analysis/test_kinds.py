import random

import pytest

from laws.stacks import as_table, thrown
from layertui.core.analysis.kinds import KindBytes, kinds_of
from layertui.core.analysis.stored_files import stored_files
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from laying import lay

KIND_OF = {
    "usr/lib/libc.so.6": "shared libraries",
    "usr/lib/libm.so": "shared libraries",
    "usr/lib/python3/dist-packages/a/b.txt": "Python",
    "usr/lib/python3/dist-packages/a/b.so": "Python",
    "srv/app.py": "Python",
    "app/node_modules/x/index.js": "node_modules",
    "app/node_modules/x/logo.png": "node_modules",
    "var/cache/apt/pkgcache.bin": "caches",
    "root/.cache/pip/x.whl": "caches",
    "usr/share/doc/bash/README.gz": "docs",
    "usr/share/man/man1/ls.1.gz": "docs",
    "usr/share/locale/de/LC_MESSAGES/x.mo": "locales",
    "usr/lib/locale/C.utf8/LC_CTYPE": "locales",
    "srv/logo.JPG": "pictures",
    "srv/app.jar": "Java",
    "srv/data.tar": "archives",
    "usr/include/a.h": "headers and static libraries",
    "usr/share/fonts/a.woff2": "fonts",
    "var/lib/dpkg/status": "package databases",
    "srv/data": "other",
}


@pytest.mark.parametrize("path", KIND_OF)
def test_the_kind_of_a_file(path):
    assert kinds_of(stored_files(lay([f"{path}:3"]))) == [KindBytes(KIND_OF[path], 3, 1)]


def test_what_can_be_executed_is_a_program():
    stack = lay(["bin/sh:3"])
    stack.layers[0].table.mode[:] = 0o755
    assert kinds_of(stored_files(stack))[0].name == "programs"


def test_the_kind_with_most_bytes_comes_first_and_hidden_copies_count():
    stack = lay(["a.png:3", "b.py:5"], ["a.png:4", "-b.py"])
    assert kinds_of(stored_files(stack)) == [KindBytes("pictures", 7, 2), KindBytes("Python", 5, 1)]


def test_all_kinds_together_are_all_files():
    dice = random.Random(3)
    for _ in range(20):
        stack = Stack.from_layers([StackLayer(as_table(members)) for members in thrown(dice)])
        stored = stored_files(stack)
        kinds = kinds_of(stored)
        assert sum(kind.bytes for kind in kinds) == stored.stored_bytes
        assert sum(kind.files for kind in kinds) == len(stored)
