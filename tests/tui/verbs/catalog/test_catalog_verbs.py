"""`layertui catalog` as a user has it: a whole journey, its forms of answers, and what it refuses."""

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from builders import docker_archive, file, image, layer, symlink
from catalog_stage import PACKAGES, as_bytes, family, need_extra
from command_line import layertui
from layertui.tui.verbs.catalog.catalog_place import csv_lines

ROOT = Path(__file__).resolve().parents[4]


def test_without_the_extra_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("layertui.core.catalog.extra.find_spec", lambda name: None)
    for words in (["add", "embedded"], ["find", "--name", "x"], ["sql", "SELECT 1"], ["bases"], ["compact"]):
        done = layertui("catalog", *words, store=tmp_path / "store").failed(1)
        assert "pip install 'layertui[catalog]'" in done.err


def test_nothing_of_the_extra_is_imported_for_who_does_not_use_it(tmp_path):
    code = (
        "import sys\nfrom layertui.tui.verbs.commands import run\n"
        "run(['catalog', '--help']); run(['find', '--help']); run(['images'])\n"
        f"assert not {{*sys.modules}} & {{*{PACKAGES!r}}}, sys.modules\n"
    )
    environment = {**os.environ, "LAYERTUI_STORE": str(tmp_path / "store")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A catalog of ten images, filled by the command."""
    need_extra()
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "archives").mkdir()
    for number, one in enumerate(family(12, 10)):
        docker_archive(one, folder / f"archives/{number}.tar")
    odd = layer([file("e\x1b[31mvil\n\udcff", "x"), symlink("li\x1bnk", "/e\x1b"), file("café", "x")])
    docker_archive(image([odd], tags=["odd:1"]), folder / "archives/odd.tar")
    store = folder / "store"
    done = layertui(
        "catalog", "add", "--catalog", folder / "c", "--workers", "1", folder / "archives", store=store
    ).ok()
    assert done.text.startswith("11 images added, 0 unchanged; ")
    again = layertui("catalog", "add", "--catalog", folder / "c", folder / "archives", "--json", store=store).ok().json
    assert (again["images"], again["unchanged"]) == (0, 11)
    return folder


@pytest.fixture
def catalog(place):
    return lambda *words: layertui("catalog", *words, "--catalog", place / "c", store=place / "store")


pytestmark = pytest.mark.slow


def test_find_in_all_forms(catalog, place):
    rows = catalog("find", "--name", "app", "--json").ok().json
    assert len(rows) == 10
    assert rows[0] | {"image": "", "diff_id": "", "size": 0, "mode": ""} == {
        "image": "",
        "path": "/srv/0/app",
        "type": "file",
        "mode": "",
        "uid": 0,
        "gid": 0,
        "size": 0,
        "mtime": rows[0]["mtime"],
        "link": None,
        "layer": 3,
        "diff_id": "",
        "visible": True,
        "hidden_in": None,
    }
    expected = layertui("--json", "find", "--name", "app", place / "archives", store=place / "store").ok().json
    assert [(row["image"], row["path"], row["mode"]) for row in rows] == [
        (row["image"], row["path"], row["mode"]) for row in expected
    ]
    as_csv = list(csv.DictReader(io.StringIO(catalog("find", "--name", "app", "--csv").ok().text)))
    assert [row["path"] for row in as_csv] == [row["path"] for row in rows]
    assert [row["path"] for row in as_bytes(catalog("find", "--name", "app", "--arrow").ok().out)] == [
        row["path"] for row in rows
    ]
    text = catalog("find", "--name", "app").ok().lines
    assert text == [f"{row['image']}:{row['path']}" for row in rows]
    assert catalog("find", "--name", "nothing").ok().text == ""
    assert catalog("find", "--name", "app", "--image", "*/3.tar").ok().lines == [f"{place}/archives/3.tar:/srv/3/app"]


def test_hidden_versions_and_layers(catalog):
    shown = catalog("find", "--name", "*.so", "--json").ok().json
    both = catalog("find", "--name", "*.so", "--hidden", "--json").ok().json
    assert len(both) == 10
    assert 0 < len(shown) < 10
    assert all(row["hidden_in"] == 3 for row in both if not row["visible"])
    assert "(hidden in 3)" in catalog("find", "--name", "*.so", "--hidden", "-l").ok().text


def test_names_cannot_act_on_the_terminal(catalog):
    for words in (["find", "--image", "*odd*"], ["find", "--image", "*odd*", "-l"], ["sql", "SELECT name FROM files"]):
        done = catalog(*words).ok()
        assert "\x1b" not in done.text
    rows = catalog("find", "--image", "*odd*", "--json").ok().json
    assert [row["path"] for row in rows] == ["/café", "/e\x1b[31mvil\n\udcff", "/li\x1bnk"]
    assert len(catalog("find", "--regex", "vil.", "--json").ok().json) == 0
    assert len(catalog("find", "--name", "caf?", "--json").ok().json) == 1


def test_neither_can_names_of_columns_as_csv(monkeypatch):
    """A query may make names of columns of what is in the rows."""
    csv_of = lambda: "".join(csv_lines(["a\x1b[2J"], iter([["b\x1b[2J"]])))  # noqa: E731
    assert csv_of() == "a\x1b[2J\nb\x1b[2J\n"
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: True))
    assert "\x1b" not in csv_of()


def test_packages_by_version(catalog):
    every = catalog("packages", "--json").ok().json
    assert len(every) == 10
    name = every[0]["name"]
    own = [row for row in every if row["name"] == name]
    minor = sorted(int(row["version"].split(".")[2].partition("-")[0]) for row in own)
    limit = minor[-1]  # so that 3.0.9 is before 3.0.10
    old = catalog("packages", f"{name} < 3.0.{limit}", "--json").ok().json
    new = catalog("packages", name, ">=", f"3.0.{limit}", "--json").ok().json
    assert new
    assert len(old) + len(new) == len(own)
    assert len(old) == sum(number < limit for number in minor)
    assert len(catalog("packages", f"{name[:3]}*", "--csv").ok().lines) == len(own) + 1
    catalog("packages", "openssl <").failed(2)


def test_sizes_bases_layers_and_what_would_be_free(catalog, place):
    bases = catalog("bases", "--json").ok().json
    assert sum(row["images"] for row in bases) <= 10
    assert all(len(row["on_it"]) == row["images"] for row in bases)
    sizes = catalog("sizes", "--json", "--by", "label:team").ok().json
    assert {row["name"] for row in sizes} == {"a", "b"}
    assert all(row["bytes"] == row["unique_bytes"] + row["shared_bytes"] for row in sizes)
    catalog("sizes", "--by", "colour").failed(2)
    names = [row["name"] for row in catalog("sizes", "--json").ok().json]
    assert sorted(names) == sorted(f"{place}/archives/{name}.tar" for name in (*range(10), "odd"))
    layers = catalog("layers", "--json").ok().json
    everything = catalog(
        "would-free", *(f"{place}/archives/{n}.tar" for n in range(10)), f"{place}/archives/odd.tar", "--json"
    )
    assert everything.ok().json["bytes"] == sum(row["size"] for row in layers)
    one = catalog("would-free", f"{place}/archives/0.tar", "--json").ok().json
    own = {row["diff_id"] for row in layers if row["images"] == 1}
    assert {row["diff_id"] for row in one["layers"]} <= own
    assert catalog("would-free", f"{place}/archives/0.tar").ok().text.startswith(f"{one['bytes']} bytes of files")
    catalog("would-free", "nothing:1").failed(1)


def test_what_changed(catalog):
    assert {row["change"] for row in catalog("diff", "1d", "--json").ok().json} == {"added"}
    assert catalog("diff", "2020-01-01", "2020-01-02", "--json").ok().json == []
    catalog("diff", "yesterday").failed(2)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_parquet('layertui://../../etc/passwd')",
        "SELECT * FROM read_parquet('layertui:///etc/passwd')",
        "SELECT * FROM read_parquet('file:///etc/passwd')",
        "SELECT * FROM read_parquet('s3://bucket/x')",
        "SELECT * FROM read_json('https://127.0.0.1/x')",
        "SELECT getenv('HOME')",
        "COPY (SELECT 1) TO '/tmp/layertui-written'",
        "COPY (SELECT 1 AS a) TO 'layertui://files/evil.parquet'",
        "ATTACH '/tmp/layertui-written.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "CREATE TABLE x AS SELECT 1",
        "DELETE FROM images_log",
        "EXPORT DATABASE '/tmp/layertui-written'",
        "SELECT 1; SELECT 2",
        "SELECT",
        "",
    ],
)
def test_a_query_reads_the_catalog_and_nothing_else(catalog, query):
    done = catalog("sql", query)
    assert done.code in (1, 2), done.text
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert "root:" not in done.text
    assert not [name for name in os.listdir("/tmp") if name.startswith("layertui-written")]


def test_a_query_of_ones_own(catalog):
    rows = catalog("sql", "SELECT type, count(*) AS n FROM files GROUP BY type ORDER BY n DESC", "--json").ok().json
    assert rows[0]["type"] == "file"
    assert catalog("sql", "SELECT * FROM paths WHERE path = '/etc/os-release'", "--csv").ok().lines
    catalog("sql", "SELECT 1", "--csv", "--json").failed(2)


def test_no_catalog_is_one_line(tmp_path):
    need_extra()
    done = layertui("catalog", "find", "--name", "x", "--catalog", tmp_path / "none", store=tmp_path / "s").failed(1)
    assert "catalog add" in done.err
    layertui("catalog", "find", "--name", "x", "--catalog", "nosuch://place", store=tmp_path / "s").failed(2)


def test_a_parquet_file_that_is_none_is_one_line(place, tmp_path):
    import shutil

    copy = tmp_path / "c"
    shutil.copytree(place / "c", copy)
    for path in (copy / "files").iterdir():
        path.write_bytes(b"PAR1" + os.urandom(200) + b"PAR1")
    layertui("catalog", "find", "--name", "x", "--catalog", copy, store=tmp_path / "s").failed(1)


def test_names_behind_the_catalog_are_completed(place, monkeypatch):
    monkeypatch.setenv("LAYERTUI_CATALOG", str(place / "c"))

    def completed(*words):
        return layertui("completion", "zsh", "--complete", "--", *words, store=place / "store").ok().lines

    assert "catalog:" in completed("layers", "cat")
    assert f"catalog:{place}/archives/3.tar" in completed("layers", f"catalog:{place}/arch")
    assert completed("layers", "catalog:nothing") == []
    assert completed("compare", f"catalog:{place}/archives/od") == [f"catalog:{place}/archives/odd.tar"]


def test_would_free_in_all_forms(catalog, place):
    name = f"{place}/archives/3.tar"
    layers = catalog("would-free", name, "--json").ok().json["layers"]
    assert layers
    rows = list(csv.DictReader(io.StringIO(catalog("would-free", name, "--csv").ok().text)))
    assert [{**row, "bytes": int(row["bytes"]), "stored_bytes": int(row["stored_bytes"])} for row in rows] == layers
    assert as_bytes(catalog("would-free", name, "--arrow").ok().out) == layers
    shared = [f"{place}/archives/{number}.tar" for number in range(10)]
    assert as_bytes(catalog("would-free", *shared, "--arrow").ok().out)


@pytest.fixture
def own(place, tmp_path):
    """A copy of the catalog, to be damaged."""
    shutil.copytree(place / "c", tmp_path / "c")
    return tmp_path / "c", lambda *words: layertui("catalog", *words, "--catalog", tmp_path / "c", store=tmp_path / "s")


def test_a_half_written_state_is_named(own):
    folder, catalog = own
    state = max((folder / "state").iterdir())
    state.write_bytes(state.read_bytes()[:50])
    for words in (["layers"], ["find"], ["add", folder], ["compact"]):
        assert f"{folder}: state/{state.name} is damaged" in catalog(*words).failed(1).err


def test_a_file_that_is_damaged_or_gone_is_named_in_one_line(own):
    folder, catalog = own
    path = min((folder / "files").iterdir())
    path.write_bytes(path.read_bytes()[:100])
    for words in (["find"], ["compact"]):
        done = catalog(*words).failed(1)
        assert path.name in done.err
        assert "report" not in done.err
    path.unlink()
    for words in (["find"], ["compact"]):
        done = catalog(*words).failed(1)
        assert f"files/{path.name} is not there" in done.err
        assert "NotFound" not in done.err
