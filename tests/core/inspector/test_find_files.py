"""Files found across engines and archives: in order, each layer searched once, cancelled in the middle, nothing left open."""

import os
from dataclasses import replace

import pytest

from builders import docker_archive, file, image, layer, oci_layout
from layertui.core.analysis.search import layer_search
from layertui.core.analysis.search.content_tests import ContainsText
from layertui.core.analysis.search.file_query import FileQuery
from layertui.core.analysis.search.globs import Glob
from layertui.core.errors import Cancelled
from layertui.core.images.archive.layout_archive import _parsed_index
from layertui.core.inspector import Inspector
from layertui.core.inspector import find_files as find_files_module
from layertui.core.inspector.find_files import FilesInImage, NotSearched, find_files
from layertui.core.oci.manifest import Index
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from two_engines import two_engines

BASE = layer([file("etc/motd", "hello\n"), file("etc/issue", "x")])
OURS = [
    image([BASE, layer([file(f"srv/{number}", "own")])], tags=[f"shop:{number}"], config={"Env": [f"N={number}"]})
    for number in range(3)
]
THEIRS = image([BASE, layer([file("etc/motd", "theirs\n")])], tags=["their:1"])
MOTD = FileQuery(name=Glob("motd"))


@pytest.fixture
def inspector(tmp_path):
    with two_engines(tmp_path, OURS[::-1], [THEIRS]) as made:
        yield made


def found(inspector, query=MOTD, *names, progress=None, all_engines=False):
    rows = []
    for one in find_files(inspector, query, names, all_engines=all_engines, progress=progress or Progress()):
        assert isinstance(one, FilesInImage), one
        rows += [(one.image, entry.path) for entry, _ in one.files.entries()]
    return rows


def test_all_engines_the_default_one_first(inspector):
    shops = [(f"shop:{number}", "/etc/motd") for number in range(3)]
    assert found(inspector) == shops
    assert found(inspector, all_engines=True) == [*shops, ("two:their:1", "/etc/motd")]
    for name, path in found(inspector, all_engines=True):
        with inspector.read(inspector.open(name), path) as content:
            assert content.read() in (b"hello\n", b"theirs\n")


def test_an_engine_that_does_not_answer_and_the_others(inspector, monkeypatch):
    monkeypatch.setattr(type(inspector), "engine_names", lambda _: ["one", "nowhere", "two"])
    answers = list(find_files(inspector, MOTD, all_engines=True, progress=Progress()))
    assert [one.name for one in answers if isinstance(one, NotSearched)] == ["nowhere"]
    assert len(answers) == 5


def test_each_layer_is_searched_once(inspector, monkeypatch):
    searched, read = counted(monkeypatch)
    query = FileQuery(name=Glob("[mi]*"), content=ContainsText(b"hello"))
    assert len(found(inspector, query)) == 3
    assert len(searched) == 4  # the base, and one of each
    assert len(read) == 1


@pytest.mark.parametrize("is_known", [False, True])
def test_each_layer_of_a_layout_in_a_folder_is_searched_once(tmp_path, monkeypatch, is_known):
    """Each of its images is opened and closed by itself."""
    oci_layout(OURS, tmp_path / "archives/layout")
    query = FileQuery(name=Glob("[mi]*"), content=ContainsText(b"hello"))
    with Inspector(Settings(tmp_path / "store")) as inspector:
        if is_known:
            assert len(found(inspector, query, str(tmp_path / "archives"))) == 3
        searched, read = counted(monkeypatch)
        assert len(found(inspector, query, str(tmp_path / "archives"))) == 3
    assert len(searched) == 4
    assert len(read) == 1


def test_what_an_archive_only_claims_to_be_the_same_is_searched(tmp_path):
    """A layer with the DiffID of another: neither stands for the other."""
    honest = image([BASE], tags=["honest:1"])
    false = image([layer([file("etc/motd-of-another", "x")])], tags=["false:1"])
    false = replace(false, config=honest.config)  # which has the DiffIDs
    docker_archive(honest, tmp_path / "a.tar")
    docker_archive(false, tmp_path / "b.tar", old=True)
    with Inspector(Settings(tmp_path / "store")) as inspector:
        rows = found(inspector, FileQuery(name=Glob("motd*")), str(tmp_path))
    assert [path for _, path in rows] == ["/etc/motd", "/etc/motd-of-another"]


def test_a_search_is_cancelled_between_two_images(inspector):
    progress = Progress()
    answers = find_files(inspector, MOTD, progress=progress)
    assert isinstance(next(answers), FilesInImage)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(answers)


def test_a_folder_of_archives_leaves_none_open(tmp_path):
    for number, built in enumerate(OURS):
        docker_archive(built, tmp_path / f"{number}.tar")
    with Inspector(Settings(tmp_path / "store")) as inspector:
        assert len(found(inspector, MOTD, str(tmp_path))) == 3
        # Opened and closed before, so that it can be opened again and read.
        assert len(found(inspector, FileQuery(content=ContainsText(b"own")), str(tmp_path))) == 3
        fds = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_there(fd)]
        assert [one for one in fds if one.startswith(str(tmp_path)) and one.endswith(".tar")] == []


def test_the_index_of_a_layout_is_parsed_once_and_no_image_of_it_left_open(tmp_path, monkeypatch):
    layout = oci_layout(OURS, tmp_path / "layout")
    parsed = []
    parse = Index.from_bytes
    monkeypatch.setattr(Index, "from_bytes", lambda content: parsed.append(content) or parse(content))
    _parsed_index.cache_clear()
    with Inspector(Settings(tmp_path / "store")) as inspector:
        answers = find_files(inspector, MOTD, [str(layout)], progress=Progress())
        assert len([one for one in answers if isinstance(one, FilesInImage)]) == 3
        assert len(parsed) == 1
        fds = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_there(fd)]
        # The one that was opened by the layout's name, to know that it has several images.
        assert len([one for one in fds if one == str(layout)]) <= 1


def test_the_tables_of_the_last_layers_only_are_kept(inspector, monkeypatch):
    """A table may hold a file of the cache open."""
    monkeypatch.setattr(layer_search, "_REMEMBERED", 2)
    search = layer_search.LayerSearch(FileQuery(name=Glob("[mi0-9]*"), content=ContainsText(b"o")))
    monkeypatch.setattr(find_files_module, "LayerSearch", lambda _: search)
    assert [path for _, path in found(inspector, search.query)] == [
        path for number in range(3) for path in ("/etc/motd", f"/srv/{number}")
    ]
    assert len(search._named) == 2
    assert search._passing.keys() <= search._named.keys()


def counted(monkeypatch):
    """The tables in which names, and the layers in which contents are searched from now on."""
    searched, read = [], []
    named, passing = layer_search.rows_named, layer_search.rows_with_content

    def count_names(table, *rest):
        searched.append(table)
        return named(table, *rest)

    def count_contents(layer_, rows, *rest):
        read.append(layer_)
        return passing(layer_, rows, *rest)

    monkeypatch.setattr(layer_search, "rows_named", count_names)
    monkeypatch.setattr(layer_search, "rows_with_content", count_contents)
    return searched, read


def _is_there(fd):
    return os.path.lexists(f"/proc/self/fd/{fd}")
