"""Every limit, lowered by its setting, in every way in: one line that names it, nothing left half done, and the store is sound."""

import os

import pytest

from builders import docker_archive, file, folder, image, layer, oci_archive, oci_layout
from command_line import layertui
from hostile.archives import zero_layer
from layertui.core.bounds import PREFIX, Bounds
from layertui.core.errors import UsageError
from rawtar import END, extended, long, member

pytestmark = pytest.mark.slow

TARS = {
    "ENTRIES": (5, layer([file(f"d{number}") for number in range(9)])),
    "NAMES": (1000, b"".join(long(b"%d" % number * 200) + member(b"x") for number in range(9)) + END),
    "PATH": (100, layer([file("n" * 90 + "/f" * 9)])),
    "DEPTH": (3, layer([file("a/b/c/d/e")])),
    "PUT_DEPTH": (3, layer([file("a/b/c/d/e")])),
    "HEADER": (600, extended((b"SCHILY.xattr.user.a", b"x" * 900)) + member(b"f") + END),
    "GLOBAL_HEADER": (600, extended((b"SCHILY.xattr.user.a", b"x" * 900), kind=b"g") + member(b"f") + END),
    "UNPACKED": (100_000, layer([file("f", b"x" * 200_000)])),
}
LOOKING = {"layers": ("layers",), "ls": ("ls", "-R"), "tree": ("tree",), "which": ("which",), "export": ("extract",)}


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def names_limit(done, name):
    """The one line has the limit's name, and its value."""
    done.failed()
    assert f"{PREFIX}{name} " in done.err
    assert f"{int(os.environ[PREFIX + name]):,}" in done.err


def words(verb, path, tmp_path):
    return {
        "layers": ("layers", path),
        "ls": ("ls", "-R", path),
        "cat": ("cat", path, "/f"),
        "compare": ("compare", path, path.parent / "b"),
        "extract": ("extract", path, "/", tmp_path / "out"),
        "load": ("load", path),
        "history": ("history", path),
    }[verb]


def archives(tmp_path, tar):
    (tmp_path / "a").mkdir()
    yield oci_archive(image([tar], tags=["a:1"]), tmp_path / "a" / "a.tar")
    yield oci_archive(image([tar], tags=["a:1"], compress="gzip"), tmp_path / "a" / "z.tar")
    yield oci_layout(image([tar], tags=["a:1"]), tmp_path / "a" / "layout")


WAYS = [
    *(
        (name, verb)
        for name in ("ENTRIES", "NAMES", "HEADER", "GLOBAL_HEADER")
        for verb in ("layers", "ls", "extract", "history")
    ),
    *(("PATH", verb) for verb in ("layers", "ls", "extract")),
    ("DEPTH", "extract"),
    ("UNPACKED", "extract"),
]


@pytest.mark.parametrize(("name", "verb"), WAYS)
def test_looking_and_writing_out(name, verb, tmp_path, store, monkeypatch):
    most, tar = TARS[name]
    for path in archives(tmp_path, tar):
        layertui(*words(verb, path, tmp_path), store=store)
        monkeypatch.setenv(PREFIX + name, str(most))
        names_limit(layertui(*words(verb, path, tmp_path), store=store / "low"), name)
        monkeypatch.delenv(PREFIX + name)


@pytest.mark.parametrize("name", ["HEADER", "GLOBAL_HEADER", "NAMES", "ENTRIES"])
@pytest.mark.parametrize("verb", ["load", "import"])
def test_taking_in(name, verb, tmp_path, store, monkeypatch):
    most, tar = TARS[name]
    path = oci_archive(image([tar], tags=["a:1"]), tmp_path / "a.tar")
    monkeypatch.setenv(PREFIX + name, str(most))
    said = {"stdin": tar} if verb == "import" else {}
    names_limit(layertui(verb, *(["-", "b:1"] if verb == "import" else [path]), store=store, **said), name)
    monkeypatch.delenv(PREFIX + name)
    assert layertui("--json", "images", store=store).json == []
    layertui("fsck", store=store).ok()
    layertui("load", path, store=store).ok()


@pytest.mark.parametrize("name", ["ENTRIES", "NAMES", "PUT_DEPTH", "HEADER", "GLOBAL_HEADER", "UNPACKED"])
def test_cp_into_a_container(name, tmp_path, store, monkeypatch):
    layertui("load", oci_archive(image([layer([folder("etc")])], tags=["a:1"]), tmp_path / "a.tar"), store=store).ok()
    layertui("create", "--name", "box", "a:1", "true", store=store).ok()
    most, tar = TARS[name]
    monkeypatch.setenv(PREFIX + name, str(most))
    names_limit(layertui("cp", "-", "box:/", stdin=tar, store=store), name)


def test_cp_of_more_than_is_unpacked(tmp_path, store, monkeypatch):
    layertui("load", oci_archive(image([layer([folder("etc")])], tags=["a:1"]), tmp_path / "a.tar"), store=store).ok()
    layertui("create", "--name", "box", "a:1", "true", store=store).ok()
    (tmp_path / "big").write_bytes(bytes(200_000))
    monkeypatch.setenv(f"{PREFIX}UNPACKED", "100000")
    names_limit(layertui("cp", tmp_path / "big", "box:/", store=store), "UNPACKED")
    monkeypatch.delenv(f"{PREFIX}UNPACKED")
    layertui("cp", tmp_path / "big", "box:/", store=store).ok()
    monkeypatch.setenv(f"{PREFIX}UNPACKED", "100000")
    names_limit(layertui("export", "-o", tmp_path / "out.tar", "box", store=store), "UNPACKED")
    names_limit(layertui("commit", "box", "b:1", store=store), "UNPACKED")
    names_limit(layertui("cp", "box:/big", tmp_path / "back", store=store), "UNPACKED")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("verb", ["layers", "ls", "extract", "load", "history"])
def test_more_than_is_unpacked_of_what_is_compressed(verb, tmp_path, store, monkeypatch):
    path = oci_archive(image([TARS["UNPACKED"][1]], tags=["a:1"], compress="gzip"), tmp_path / "a.tar")
    monkeypatch.setenv(f"{PREFIX}UNPACKED", "100000")
    names_limit(layertui(*words(verb, path, tmp_path), store=store), "UNPACKED")


def test_what_becomes_a_thousand_times_as_much(tmp_path, store, monkeypatch):
    bomb = zero_layer(1200)
    monkeypatch.setenv(f"{PREFIX}RATIO", "200")
    names_limit(layertui("import", "-", "b:1", stdin=bomb, store=store), "RATIO")
    (tmp_path / "whole.tar.gz").write_bytes(bomb)
    names_limit(layertui("load", tmp_path / "whole.tar.gz", store=store), "RATIO")
    names_limit(layertui("history", tmp_path / "whole.tar.gz", store=store), "RATIO")
    assert layertui("--json", "images", store=store).json == []
    layertui("fsck", store=store).ok()
    monkeypatch.setenv(f"{PREFIX}RATIO", "0")
    layertui("import", "-", "b:1", stdin=bomb, store=store).ok()


@pytest.mark.parametrize(("name", "most"), [("JSON", 50), ("JSON_DEPTH", 2)])
@pytest.mark.parametrize("verb", ["history", "load", "layers", "ls"])
def test_documents(name, most, verb, tmp_path, store, monkeypatch):
    for path in archives(tmp_path, layer([file("f")])):
        monkeypatch.setenv(PREFIX + name, str(most))
        names_limit(layertui(*words(verb, path, tmp_path), store=store), name)
        monkeypatch.delenv(PREFIX + name)
        layertui(*words(verb, path, tmp_path), store=store).ok()


@pytest.mark.parametrize(("name", "most"), [("DOCUMENTS", 50), ("LAYERS", 1)])
@pytest.mark.parametrize("verb", ["history", "load", "layers", "ls"])
def test_what_an_archive_leads_to(name, most, verb, tmp_path, store, monkeypatch):
    built = image([layer([file("f")]), layer([file("g")])], tags=["a:1"])
    for path in (
        oci_archive(built, tmp_path / "a.tar"),
        docker_archive(built, tmp_path / "d.tar", old=True),
        oci_layout(built, tmp_path / "layout"),
    ):
        monkeypatch.setenv(PREFIX + name, str(most))
        names_limit(layertui(*words(verb, path, tmp_path), store=store), name)
        monkeypatch.delenv(PREFIX + name)
        layertui(*words(verb, path, tmp_path), store=store).ok()


def test_members_of_an_archive(tmp_path, store, monkeypatch):
    path = oci_archive(image([layer([file("f")])], tags=["a:1"]), tmp_path / "a.tar")
    monkeypatch.setenv(f"{PREFIX}ENTRIES", "2")
    names_limit(layertui("history", path, store=store), "ENTRIES")


def test_what_is_no_limit(monkeypatch, tmp_path, store):
    monkeypatch.setenv(f"{PREFIX}PATH", "many")
    done = layertui("images", store=store).failed(2)
    assert f"{PREFIX}PATH='many'" in done.err
    with pytest.raises(UsageError):
        Bounds.of({f"{PREFIX}JSON": "-1"})
    assert Bounds.of({f"{PREFIX}UNPACKED": "2T", f"{PREFIX}JSON": " 16m", f"{PREFIX}RATIO": ""}) == Bounds(
        unpacked=2 << 40, json=16 << 20
    )
    assert Bounds.of({f"{PREFIX}ENTRIES": "0"}).entries > 1 << 60
