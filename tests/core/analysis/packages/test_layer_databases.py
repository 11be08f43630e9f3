"""The packages of a stack are the same whether its databases are read, or known from what was noted of each layer by itself."""

import random

import pytest

from builders import file, hardlink, opaque, whiteout
from layertui.core.analysis.packages.find_packages import find_packages
from layertui.core.analysis.packages.layer_databases import LayerDatabases
from layertui.core.analysis.packages.read_layer_databases import read_layer_databases
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.progress import Progress
from package_databases import (
    apk_installed,
    dpkg_status,
    go_executable,
    pom,
    rpm_header,
    rpm_ndb,
    rpm_sqlite,
    stack_of,
    zip_of,
)

INFO = "var/lib/dpkg/info"


class Noted:
    """The contents of a layer of which the databases alone are known."""

    def __init__(self, databases):
        self._databases = databases

    def databases(self):
        return self._databases

    def open(self, entry):
        pytest.fail(f"{entry.path} was read")


def noted(stack):
    """The same stack, without the bytes of its layers."""
    layers = []
    for layer in stack.layers:
        packed = read_layer_databases(Stack.from_layers([layer]), Progress()).pack()
        layers.append(StackLayer(layer.table, Noted(LayerDatabases.unpack(packed))))
    return Stack.from_layers(layers)


def facts(found):
    return found.packages, found.owner.tolist(), found.problems, found.may_pass


def members(dice):
    """One of each kind of database, in one of a few versions, some damaged."""
    version = f"{dice.randrange(3)}.0"
    jar = zip_of(pom("a", "lib", version) | {"inner.jar": zip_of({"x": b""})})
    header = rpm_header("bash", version, "1", ["/bin/bash"])
    every = [
        [file("var/lib/dpkg/status", dpkg_status(("one", version), ("two", "1")))],
        [file(f"{INFO}/one.list", f"/.\n/usr/one{version}\n/bin/bash\n"), file(f"usr/one{version}", "1" * 50)],
        [file(f"{INFO}/two.md5sums", "0" * 32 + "  srv/two\n"), file("srv/two", version)],
        [file("var/lib/dpkg/diversions", "/bin/bash\n/bin/bash.real\none\n")],
        [file("lib/apk/db/installed", apk_installed({("musl", version): {"lib": ["ld.so"]}})), file("lib/ld.so", "x")],
        [file("var/lib/rpm/rpmdb.sqlite", rpm_sqlite(header)), file("bin/bash", "bash")],
        [file("var/lib/rpm/Packages.db", rpm_ndb(header))],
        [file("var/lib/rpm/Packages.db", b"no database" * 400)],
        [file(f"srv/lib-{version}.jar", jar)],
        [file("srv/damaged.jar", jar[: len(jar) // 2])],
        [file("srv/first.jar", jar), hardlink("srv/second.jar", "srv/first.jar")],
        [file("usr/bin/tool", go_executable(f"path\ta\nmod\ta.org/tool\tv{version}\n", before=600_000), mode=0o755)],
        [file("usr/bin/other", b"\x7fELF" + b"0" * 600_000, mode=0o755)],
        [file("usr/bin/cut", go_executable("mod\ta\tv1\n", before=600_000)[:600_100], mode=0o755)],
        [file(f"py/{version}.dist-info/METADATA", f"Name: py\nVersion: {version}\n")],
        [file(f"py/{version}.dist-info/RECORD", "py/a.py,,\n"), file("py/a.py", "a")],
        [file("app/node_modules/left/package.json", f'{{"name": "left", "version": "{version}"}}')],
        [whiteout("var/lib/dpkg/status")],
        [opaque("srv")],
    ]
    return [one for some in dice.sample(every, dice.randrange(1, 12)) for one in some]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_noted_of_layers_gives_what_reading_them_gives(seed):
    dice = random.Random(seed)
    stack = stack_of(*(members(dice) for _ in range(dice.randrange(1, 5))))
    known = noted(stack)
    for upto in range(1, len(stack) + 1):
        assert facts(find_packages(known, upto=upto)) == facts(find_packages(stack, upto=upto))


def test_a_file_of_another_size_and_a_link_to_another_layer_are_read():
    jar = zip_of(pom("a", "lib", "1"))
    stack = stack_of([file("a.bin", jar)], [hardlink("b.jar", "a.bin")])
    assert [one.package.name for one in find_packages(stack).packages] == ["a:lib"]
    with pytest.raises(pytest.fail.Exception, match=r"a\.bin was read"):
        find_packages(noted(stack))
    notes = read_layer_databases(stack_of([file("b.jar", jar)]), Progress())
    assert notes.get(b"b.jar", len(jar)) is not None
    assert notes.get(b"b.jar", len(jar) + 1) is None
    assert notes.get(b"a.jar", len(jar)) is None


@pytest.mark.parametrize("seed", range(40))
def test_bytes_of_anybody_are_notes_or_nothing(seed):
    dice = random.Random(seed)
    packed = bytearray(read_layer_databases(stack_of(members(random.Random(seed % 4))), Progress()).pack())
    if dice.random() < 0.3:
        del packed[dice.randrange(len(packed)) :]
    for _ in range(dice.randrange(1, 4)):
        if packed:
            packed[dice.randrange(min(len(packed), 400))] = dice.randrange(256)
    found = LayerDatabases.unpack(bytes(packed))
    assert found is None or isinstance(found.pack(), bytes)
