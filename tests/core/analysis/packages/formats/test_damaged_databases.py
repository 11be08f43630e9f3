"""What every parser does with a file that is cut off, changed or made up: some packages, then a reason; nothing else is raised."""

import contextlib
import io
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.packages.formats import (
    apk_packages,
    dpkg_packages,
    go_packages,
    java_packages,
    node_packages,
    python_packages,
    rpm_database,
)
from layertui.core.errors import Damaged, LimitExceeded
from package_databases import apk_installed, dpkg_status, go_executable, pom, rpm_header, rpm_ndb, rpm_sqlite, zip_of

HEADERS = [rpm_header(f"p{number}", "1", "2", [f"/usr/f{number}", "/etc/x"]) for number in range(3)]
MODULES = "path\tx.org/cmd\nmod\tx.org\tv1.0\ndep\ty.org\tv2\th1:\n"


def of_go(content, path):
    return go_packages.go_packages(io.BytesIO(content), path)


def of_log(content, path):
    whole = rpm_sqlite(*HEADERS)
    return rpm_database.sqlite_packages(rpm_database.with_log(whole, content), path)


def listed(content, path):
    del path
    yield from (dpkg_packages.listed_files(content), dpkg_packages.summed_files(content))


def recorded(content, path):
    del path
    return [
        *python_packages.recorded_files(content, b"usr/lib/x.dist-info"),
        *python_packages.installed_files(content, b"x"),
    ]


INNER = zip_of({"META-INF/MANIFEST.MF": "Implementation-Title: t\nImplementation-Version: 1\n"})
LOG = b"\x37\x7f\x06\x82" + (3007000).to_bytes(4, "big") + (4096).to_bytes(4, "big") + bytes(20)
FRAME = (1).to_bytes(4, "big") + (len(rpm_sqlite(*HEADERS)) // 4096).to_bytes(4, "big") + bytes(16)
WHOLE = {
    "dpkg": (dpkg_packages.dpkg_packages, dpkg_status(("a", "1"), ("b", "2")).encode()),
    "dpkg lists": (listed, b"/.\n/usr\n/usr/bin\n/usr/bin/x\n"),
    "apk": (apk_packages.apk_packages, apk_installed({("a", "1"): {"x/y": ["z"]}, ("b", "2"): {}}).encode()),
    "rpm": (rpm_database.sqlite_packages, rpm_sqlite(*HEADERS)),
    "rpm log": (of_log, LOG + FRAME + rpm_sqlite(*HEADERS)[:4096]),
    "rpm ndb": (rpm_database.ndb_packages, rpm_ndb(*HEADERS)),
    "python": (python_packages.python_packages, b"Name: a\nVersion: 1\n\ntext"),
    "python record": (recorded, b'a.py,sha256=x,3\n"b,c",,\n../../bin/a,,\n'),
    "node": (node_packages.node_packages, b'{"name": "a", "version": "1", "x": [1, {}]}'),
    "go": (of_go, go_executable(MODULES)),
    "go, 32 bits": (of_go, go_executable(MODULES, wide=False)),
    "java": (java_packages.java_packages, zip_of({**pom("g", "a", "1"), "lib/b-2.jar": INNER})),
}


def read(parser, content):
    """What is found, up to the reason why there is no more."""
    found = []
    with contextlib.suppress(Damaged, LimitExceeded):
        found.extend(islice(parser(content, "/x/a-1.jar"), 1000))
    return found


@pytest.mark.parametrize("kind", WHOLE)
def test_the_whole_one_has_packages(kind):
    assert read(*WHOLE[kind])


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_cut_off(kind, data):
    parser, content = WHOLE[kind]
    read(parser, content[: data.draw(st.integers(0, len(content)))])


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_with_changed_bytes(kind, data):
    parser, content = WHOLE[kind]
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        piece = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"]))
        )
        changed[at : at + len(piece)] = piece
    read(parser, bytes(changed))


@pytest.mark.parametrize("kind", WHOLE)
@given(content=st.binary(max_size=300))
def test_made_up(kind, content):
    parser, whole = WHOLE[kind]
    read(parser, content)
    read(parser, whole[:64] + content)


def test_texts_that_are_bombs_end_it(monkeypatch):
    monkeypatch.setattr(java_packages, "_UNPACKED", 50_000)
    bombs = {f"META-INF/maven/g/a{number}/pom.properties": "artifactId=a\n" + "#" * 20_000 for number in range(9)}
    with pytest.raises(Damaged):
        list(java_packages.java_packages(zip_of(bombs), "/x.jar"))


def test_jars_in_jars_end_at_the_third_level():
    content = zip_of(pom("g", "deep", "0"))
    for level in range(1, 6):
        content = zip_of({**pom("g", f"level{level}", "1"), "in/x.jar": content})
    names = [record.package.name for record in java_packages.java_packages(content, "/x.jar")]
    assert names == ["g:level5", "g:level4", "g:level3"]


@pytest.mark.parametrize(
    ("parser", "content"),
    [
        (apk_packages.apk_packages, apk_installed({("a", "1"): {"x": list("0123456789")}}).encode()),
        (rpm_database.sqlite_packages, rpm_sqlite(rpm_header("a", "1", "1", [f"/{number}" for number in range(10)]))),
    ],
)
def test_more_files_than_are_looked_at(parser, content, lower):
    lower(entries=9)
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_ENTRIES"):
        list(parser(content, "/x"))


def test_paths_that_are_too_long_are_left_out(lower):
    lower(path=20)
    long = b"/a" * 20
    assert dpkg_packages.listed_files(b"/x\n" + long + b"\n/y\n") == b"x\ny\n"
    assert dpkg_packages.summed_files(b"0  x\n0  " + long + b"\n") == b"x\n"
    assert python_packages.installed_files(long + b"\nx\n", b"f") == b"f\0x\n"
    (package,) = apk_packages.apk_packages(b"P:a\nV:1\nF:" + long + b"\nR:b\nF:x\nR:c\n", "/x")
    assert package.files == b"x\0c\n"


@pytest.mark.parametrize(
    ("parser", "path", "content", "names", "why"),
    [
        (
            dpkg_packages.dpkg_packages,
            "/var/lib/dpkg/status",
            b"Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: install ok inst",
            ["a", "b"],
            "the package b in it has no version",
        ),
        (
            dpkg_packages.dpkg_packages,
            "/var/lib/dpkg/status",
            b"Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\nDescription: cut o",
            ["a", "b"],
            "it is cut off inside a line",
        ),
        (apk_packages.apk_packages, "/lib/apk/db/installed", b"P:a\nV:1\n\nP:b\n", ["a", "b"], "the package b in it"),
        (apk_packages.apk_packages, "/lib/apk/db/installed", b"P:a\nV:1\nF:usr\nR:bi", ["a"], "it is cut off inside"),
        (python_packages.python_packages, "/x/METADATA", b"Name: a\n", ["a"], "the package a in it has no version"),
    ],
)
def test_a_database_that_was_cut_off_says_so_after_its_packages(parser, path, content, names, why):
    found = []
    with pytest.raises(Damaged, match=why):
        found.extend(one.package.name for one in parser(content, path))
    assert found == names
