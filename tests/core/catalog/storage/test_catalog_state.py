"""Which files are complete: one writer at a time wins, readers see a whole state, and nothing in a stranger's folder is trusted."""

import json
import os

import pytest

from catalog_stage import need_extra
from layertui.core.catalog.storage.catalog_files import catalog_files
from layertui.core.catalog.storage.catalog_state import (
    CatalogState,
    StoredFile,
    read_state,
    remove_unnamed,
    write_state,
)
from layertui.core.errors import Conflict, Damaged, LayertuiError, NotOurs, UsageError

ONE = StoredFile("files/one.parquet", 3, 100, "a", "c")


@pytest.fixture
def files(tmp_path):
    return catalog_files(str(tmp_path / "catalog"))


def put(files, name, content=b"x"):
    return files.put(name, lambda out: out.write(content))


def test_no_catalog_is_an_empty_one(files):
    assert read_state(files) == CatalogState()


def test_the_newest_state_is_read_and_few_older_ones_are_kept(files):
    state = CatalogState()
    for number in range(20):
        state = state.changed({"files": [StoredFile(f"files/{number}.parquet", number, number)]})
        write_state(files, state)
        assert read_state(files).files == {**dict.fromkeys(read_state(files).files, ()), **state.files}
    assert read_state(files).number == 20
    assert len(files.names("state")) == 8


def test_of_two_writers_of_one_number_the_first_wins(files):
    first = CatalogState().changed({"files": [ONE]})
    write_state(files, first)
    with pytest.raises(Conflict):
        write_state(files, CatalogState().changed({"layers": [StoredFile("layers/x.parquet", 1, 1)]}))
    assert read_state(files).of("files") == (ONE,)


def test_a_file_added_again_is_there_once(files):
    state = CatalogState().changed({"files": [ONE]}).changed({"files": [ONE]})
    assert state.of("files") == (ONE,)


def test_a_file_has_its_name_only_once_it_is_whole(files, tmp_path):
    put(files, "files/one.parquet", b"before")

    def fails(out):
        out.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(LayertuiError, match="No space left"):
        files.put("files/one.parquet", fails)
    assert files.read("files/one.parquet", 100) == b"before"
    assert os.listdir(tmp_path / "catalog/files") == ["one.parquet"]


def test_what_a_killed_run_has_left_goes_after_an_hour(files, tmp_path):
    for name in ("one", "two", "new"):
        put(files, f"files/{name}.parquet")
    for name in ("one", "two"):
        os.utime(tmp_path / f"catalog/files/{name}.parquet", (1, 1))
    state = CatalogState().changed({"files": [ONE]})
    assert remove_unnamed(files, state) == 1
    assert sorted(files.names("files")) == ["new.parquet", "one.parquet"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"format": 2, "number": 1, "files": {}},
        {"format": 1, "number": 2, "files": {}},
        {"format": 1, "number": 1, "files": []},
        {"format": 1, "number": 1, "files": {"files": [["../../etc/passwd", 1, 1, "", ""]]}},
        {"format": 1, "number": 1, "files": {"files": [["layers/x.parquet", 1, 1, "", ""]]}},
        {"format": 1, "number": 1, "files": {"files": [["files/x", "y", 1, "", ""]]}},
        {"format": 1, "number": 1, "files": {"files": [["files/x'y", 1, 1, "", ""]]}},
        {"format": 1, "number": 1, "files": {"files": [["files/x", 1, 1, 5, ""]]}},
        {"format": 1, "number": 1, "files": {"files": "abc"}},
    ],
)
def test_a_state_that_is_none_is_one_line(files, tmp_path, document):
    (tmp_path / "catalog/state").mkdir(parents=True)
    (tmp_path / "catalog/state/000000000001.json").write_text(json.dumps(document))
    with pytest.raises(Damaged) as error:
        read_state(files)
    assert "\n" not in str(error.value)


def test_no_link_is_followed_and_no_pipe_is_waited_for(files, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "catalog/files"
    folder.mkdir(parents=True)
    (folder / "link.parquet").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.parquet")
    (tmp_path / "catalog/layers").symlink_to(tmp_path)
    for name in ("files/link.parquet", "files/pipe.parquet", "layers/secret"):
        with pytest.raises(LayertuiError):
            files.open(name)
    for name in ("../secret", "files/../../secret", "/etc/passwd", "files/a/b", ""):
        with pytest.raises(LayertuiError):
            files.open(name)
    with pytest.raises(LayertuiError):
        files.names("layers")


def test_a_folder_that_others_can_change_is_only_read(files, tmp_path):
    put(files, "files/one.parquet")
    (tmp_path / "catalog").chmod(0o777)
    with pytest.raises(NotOurs):
        put(files, "files/two.parquet")
    assert files.read("files/one.parquet", 10) == b"x"


def test_a_large_file_is_not_read_whole(files):
    put(files, "state/x", b"x" * 100)
    with pytest.raises(Damaged, match="more than 99 bytes"):
        files.read("state/x", 99)


def test_credentials_belong_into_no_url():
    with pytest.raises(UsageError) as error:
        catalog_files("s3://key:secret@bucket/catalog")
    assert "secret" not in str(error.value)
    with pytest.raises(UsageError):
        catalog_files("simplecache::s3://bucket/catalog")


def test_the_files_of_this_machine_are_those_of_a_folder_by_whatever_protocol(tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog").chmod(0o777)
    for protocol in ("file", "local"):
        with pytest.raises(NotOurs):
            put(catalog_files(f"{protocol}://{tmp_path}/catalog"), "files/one.parquet")
    assert os.listdir(tmp_path / "catalog") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_root_writes_no_catalog_where_another_user_chooses_the_place(tmp_path):
    """Though the folder is root's: its name is in a folder of theirs, who may put a link to any other in its place."""
    theirs = tmp_path / "theirs"
    (theirs / "catalog").mkdir(parents=True)
    (tmp_path / "roots").mkdir()
    (theirs / "link").symlink_to(tmp_path / "roots")
    os.chown(theirs, 12345, 12345)
    for place in ("catalog", "new", "link", "link/new"):
        with pytest.raises(NotOurs, match="theirs"):
            put(catalog_files(str(theirs / place)), "files/one.parquet")
    assert sorted(os.listdir(theirs)) == ["catalog", "link"]
    assert os.listdir(theirs / "catalog") == os.listdir(tmp_path / "roots") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "place", ["reference://x", "dir://x", "jupyter://x", "zip:///", "simplecache://x", "blockcache://x"]
)
def test_a_system_that_needs_more_than_a_path_is_one_line(place):
    need_extra()
    with pytest.raises(LayertuiError) as error:
        catalog_files(place)
    assert "\n" not in str(error.value)
