"""images, load, save, import, tag, rmi, history, layers, inspect: as docker says it, and as JSON."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from builders import (
    BuiltIndex,
    digest_of,
    docker_archive,
    file,
    folder,
    image,
    layer,
    oci_archive,
    oci_layout,
    whiteout,
)
from command_line import layertui

BASE = layer([folder("etc"), file("etc/motd", b"hello\n")])
TOP = layer([file("app/run", b"run", mode=0o755)])
DEMO = image(
    [BASE, TOP],
    history=[
        "ADD rootfs /",
        "ENV A=b",
        {"created_by": "RUN two", "created": "2026-01-02T05:04:05+02:00", "comment": "c"},
    ],
    empty=[1],
    tags=["demo:1.0", "demo:latest"],
    config={"Env": ["A=b"], "Cmd": ["sh"], "Labels": {"a": "b"}},
)
OTHER = image([TOP], tags=["other:1"], compress="gzip")


@pytest.fixture
def demo(tmp_path):
    path = docker_archive(DEMO, tmp_path / "demo.tar")
    assert layertui("load", "-i", path).ok().lines == ["Loaded image: demo:1.0", "Loaded image: demo:latest"]
    return path


def ids():
    return {row["id"] for row in layertui("images", "--json").ok().json}


# ---------------------------------------------------------------- images


def test_no_images_is_a_header_alone():
    assert layertui("images").ok().text == "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n"
    assert layertui("images", "--json").ok().json == []
    assert layertui("images", "-q").ok().out == b""


def test_images(demo):
    header, *rows = layertui("images").ok().lines
    assert header.split() == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
    assert [row.split()[:3] for row in rows] == [["demo", tag, DEMO.id[7:19]] for tag in ("1.0", "latest")]
    assert all(row.endswith(" 9B") for row in rows)
    assert layertui("images", "-q").ok().lines == [DEMO.id[7:19]] * 2
    assert layertui("images", "-q", "--no-trunc").ok().lines == [DEMO.id] * 2


def test_images_as_json(demo):
    (row,) = layertui("images", "--json").ok().json
    assert row["id"] == DEMO.id
    assert row["tags"] == ["demo:1.0", "demo:latest"]
    assert row["diff_ids"] == list(DEMO.diff_ids)
    assert row["digests"]
    assert (row["created"], row["architecture"], row["os"]) == ("2026-01-02T03:04:05Z", "amd64", "linux")
    assert row["size"] == 9
    assert row["stored_size"] > len(BASE) + len(TOP)


def test_images_of_a_repository(demo, tmp_path):
    layertui("load", docker_archive(OTHER, tmp_path / "other.tar")).ok()
    assert [row["tags"] for row in layertui("images", "--json", "other").ok().json] == [["other:1"]]
    assert [row["tags"] for row in layertui("images", "--json", "demo:1.0").ok().json] == [["demo:1.0"]]
    assert layertui("images", "--json", "none").ok().json == []


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("demo*", {"demo:1.0", "demo:latest"}),
        ("*:1.0", {"demo:1.0"}),
        ("host.example/*/demo", {"host.example/team/demo:1.0"}),
        ("*/team/dem?:1*", {"host.example/team/demo:1.0"}),
        ("[do]*:1.*", {"demo:1.0"}),
        ("*", {"demo:1.0", "demo:latest"}),
        ("none*", set()),
    ],
)
def test_images_by_a_pattern(demo, pattern, shown):
    layertui("tag", "demo:1.0", "host.example/team/demo:1.0").ok()
    assert {tag for row in layertui("images", "--json", pattern).ok().json for tag in row["tags"]} == shown


def test_an_image_without_a_name_is_shown(tmp_path):
    nameless = DEMO.tagged()
    assert layertui("load", oci_archive(nameless, tmp_path / "x.tar")).ok().lines == [f"Loaded image ID: {DEMO.id}"]
    assert layertui("images").ok().lines[1].split()[:2] == ["<none>", "<none>"]
    assert layertui("images", "--json").json[0]["tags"] == []


@pytest.mark.parametrize("what", ["manifest", "config"])
@pytest.mark.parametrize("damage", ["gone", "altered"])
def test_a_damaged_image_is_reported(demo, tmp_path, what, damage):
    store = Path(os.environ["LAYERTUI_STORE"])
    layertui("load", docker_archive(OTHER, tmp_path / "other.tar")).ok()
    index = json.loads((store / "index.json").read_bytes())
    manifest = next(one["digest"] for one in index["manifests"] if "other" in str(one["annotations"]))
    path = store / "blobs/sha256" / (manifest if what == "manifest" else OTHER.id)[7:]
    path.unlink()
    if damage == "altered":
        path.write_bytes(b"{}")
    for words in (["images"], ["images", "--json"], ["images", "-q"], ["images", "demo"]):
        done = layertui(*words)
        assert (done.code, done.err) == (0, "warning: 1 image cannot be read; `layertui fsck` lists them\n")
        assert done.out
    assert [row["id"] for row in layertui("images", "--json").json] == [DEMO.id]
    layertui("fsck", "--repair").ok()
    assert layertui("images").ok().err == ""


# ---------------------------------------------------------------- load and save


def test_load_of_one_platform_of_several(tmp_path):
    arm, mainframe = (image([BASE], architecture=name) for name in ("arm64", "s390x"))
    path = oci_archive(BuiltIndex((arm, mainframe), ("multi:1",)), tmp_path / "multi.tar")
    assert layertui("load", "--platform", "linux/s390x", path).ok().lines == ["Loaded image: multi:1"]
    assert [row["architecture"] for row in layertui("images", "--json").ok().json] == ["s390x"]
    layertui("load", "--platform", "linux/riscv64", "-", stdin=path.read_bytes()).failed(1)
    layertui("load", "--platform", "linux/", path).failed(2)


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
def test_what_was_loaded_is_looked_into_without_being_read_again(tmp_path, compress):
    store = Path(os.environ["LAYERTUI_STORE"])
    layertui("load", docker_archive(image([BASE, TOP], tags=["seen:1"], compress=compress), tmp_path / "seen.tar")).ok()
    for blob in (store / "blobs/sha256").iterdir():
        if not blob.read_bytes().startswith(b"{"):
            blob.chmod(0o644)
            blob.write_bytes(bytes(blob.stat().st_size))
    assert b"motd" in layertui("ls", "-R", "seen:1", "/").ok().out
    assert "Damaged" not in layertui("layers", "seen:1").ok().err


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("name", ["etc/.wh.", "../etc/passwd"])
def test_a_layer_that_nobody_could_look_into_is_not_taken_in(tmp_path, name, compress):
    """As docker refuses it; and the store is as it was."""
    odd = layer([folder("etc"), file(name, b"x")])
    path = docker_archive(image([odd], tags=["odd:1"], compress=compress), tmp_path / "odd.tar")
    done = layertui("load", path)
    assert done.code == 1
    assert done.err.startswith("error: layer 1 of odd:1: ")
    assert layertui("images").ok().out.count(b"\n") == 1
    store = Path(os.environ["LAYERTUI_STORE"])
    assert not [path for folder in ("blobs", "tmp") for path in (store / folder).rglob("*") if path.is_file()]


def test_load_from_stdin_and_from_several_files(tmp_path):
    one, two = docker_archive(DEMO, tmp_path / "a.tar"), oci_layout(OTHER, tmp_path / "layout")
    assert layertui("load", stdin=one.read_bytes()).ok().lines[0] == "Loaded image: demo:1.0"
    assert layertui("load", "-", stdin=one.read_bytes()).ok().lines[0] == "Loaded image: demo:1.0"
    done = layertui("load", "-i", one, two, "--json").ok()
    assert done.json == [{"id": DEMO.id, "tags": ["demo:1.0", "demo:latest"]}, {"id": OTHER.id, "tags": ["other:1"]}]
    assert ids() == {DEMO.id, OTHER.id}


def test_a_tag_that_moves_is_reported(demo, tmp_path):
    thief = docker_archive(OTHER.tagged("demo:1.0"), tmp_path / "thief.tar")
    refused = layertui("load", "--no-clobber", thief).failed(1)
    assert "demo:1.0" in refused.err
    assert ids() == {DEMO.id}
    done = layertui("load", thief).ok()
    assert done.err.startswith("warning: demo:1.0")
    assert DEMO.id[7:19] in done.err
    assert {row["id"]: row["tags"] for row in layertui("images", "--json").json} == {
        DEMO.id: ["demo:latest"],
        OTHER.id: ["demo:1.0"],
    }


def test_what_cannot_be_loaded(tmp_path):
    (tmp_path / "text").write_text("hello " * 200)
    layertui("load", tmp_path / "text").failed(1)
    layertui("load", tmp_path / "nowhere").failed(1)
    layertui("load", "--json", stdin=b"").failed(1)
    assert layertui("fsck").ok()


@pytest.mark.parametrize("form", ["both", "docker", "oci"])
@pytest.mark.parametrize("compress", [None, "none", "gzip"])
def test_save_then_load_keeps_id_names_and_history(demo, tmp_path, store_folder, form, compress):
    words = [*(["--format", form] if form != "both" else []), *(["--compress", compress] if compress else [])]
    path = tmp_path / "saved.tar"
    assert layertui("save", "-o", path, *words, "demo:1.0").ok().out == b""
    assert layertui("load", path, store=store_folder).ok().lines == ["Loaded image: demo:1.0"]
    (row,) = layertui("images", "--json", store=store_folder).json
    assert (row["id"], row["tags"]) == (DEMO.id, ["demo:1.0"])
    there = layertui("history", "--json", "demo:1.0", store=store_folder).ok().json
    assert there == layertui("history", "--json", "demo:1.0").ok().json


def test_save_to_stdout_in_both_forms(demo):
    assert {"manifest.json", "index.json", "oci-layout"} <= names_in(layertui("save", "demo:1.0").ok().out)


def names_in(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return set(tar.getnames())


def saved_tags(*names):
    with tarfile.open(fileobj=io.BytesIO(layertui("save", *names).ok().out)) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    return sorted(tag for entry in manifest for tag in entry["RepoTags"] or [])


def test_a_bare_repository_saves_all_its_tags_and_an_id_none(demo):
    assert saved_tags("demo") == ["demo:1.0", "demo:latest"]
    assert saved_tags("demo:latest") == ["demo:latest"]
    assert saved_tags(DEMO.id) == []
    assert saved_tags(DEMO.id[7:19], "demo:1.0") == ["demo:1.0"]


def test_what_cannot_be_saved_leaves_no_file(demo, tmp_path):
    layertui("save", "-o", tmp_path / "half.tar", "demo:1.0", "missing").failed(1)
    layertui("save", "-o", tmp_path, "demo:1.0").failed(1)
    layertui("save", "-o", tmp_path / "no" / "folder.tar", "demo:1.0").failed(1)
    layertui("save", "-o", tmp_path / "part.tar", "demo:1.0@1").failed(2)
    layertui("save", "-o", "/dev/full", "demo:1.0").failed(1)
    assert [path.name for path in tmp_path.iterdir()] == ["demo.tar"]


def test_layers_that_the_other_side_has_can_be_left_out(demo, tmp_path):
    layertui("load", docker_archive(OTHER, tmp_path / "other.tar")).ok()
    whole, part = tmp_path / "whole.tar", tmp_path / "part.tar"
    layertui("save", "-o", whole, "demo:1.0").ok()
    layertui("save", "-o", part, "--without", "other:1", "demo:1.0").ok()
    assert names_in(whole.read_bytes()) - names_in(part.read_bytes()) == {f"blobs/sha256/{DEMO.diff_ids[1][7:]}"}


# ---------------------------------------------------------------- import, tag, rmi


def test_import_makes_one_layer_and_one_row(tmp_path):
    tar = tmp_path / "root.tar"
    tar.write_bytes(BASE)
    done = layertui("import", tar, "flat:1").ok()
    assert done.text.startswith("sha256:")
    (step,) = layertui("history", "--json", "flat:1").ok().json
    assert (step["comment"], step["created_by"], step["size"], step["layer"]) == ("Imported from -", "", 6, 1)
    assert layertui("images", "--json").json[0]["id"] == done.text.strip()


def test_import_takes_a_message_changes_and_a_platform(tmp_path):
    words = ["-m", "by hand", "-c", "CMD ls", "-c", "ENV X=y", "--platform", "linux/arm64/v8"]
    done = layertui("import", *words, "-", "flat:1", "--json", stdin=BASE).ok()
    (row,) = layertui("inspect", "flat:1").ok().json
    assert row["Id"] == done.json["id"]
    assert row["Architecture"] == "arm64"
    assert row["Config"]["Env"] == ["X=y"]
    assert row["Comment"] == "by hand"


def test_what_cannot_be_imported(tmp_path):
    layertui("import", tmp_path / "nowhere.tar").failed(1)
    layertui("import", "-", stdin=b"this is not a tar" * 100).failed(1)
    layertui("import", "-", "UPPER", stdin=BASE).failed(2)
    layertui("import", "-", "-c", "RUN ls", stdin=BASE).failed(2)
    layertui("import", "-", "--platform", "bogus", stdin=BASE).failed(2)
    layertui("import", "-", stdin=BASE[:700]).failed(1)
    assert layertui("images", "--json").json == []
    assert layertui("fsck").ok()


def test_tag(demo):
    assert layertui("tag", "demo:1.0", "localhost:5000/a/b").ok().out == b""
    assert "localhost:5000/a/b:latest" in layertui("images", "--json").json[0]["tags"]
    layertui("tag", "missing", "x").failed(1)
    layertui("tag", "demo:1.0", "Not A Name").failed(2)


def test_rmi_takes_names_away_one_by_one(demo):
    assert layertui("rmi", "demo:latest").ok().lines == ["Untagged: demo:latest"]
    assert ids() == {DEMO.id}
    assert layertui("rmi", "demo:1.0").ok().lines == ["Untagged: demo:1.0", f"Deleted: {DEMO.id}"]
    assert ids() == set()


def test_rmi_by_id_of_an_image_with_several_names_needs_force(demo):
    refused = layertui("rmi", DEMO.id).failed(1)
    assert "demo:latest" in refused.err
    assert layertui("rmi", "-f", DEMO.id[7:17]).ok()
    assert ids() == set()


def test_rmi_goes_on_after_a_name_that_is_missing(demo):
    done = layertui("rmi", "missing", "demo:latest")
    assert done.code == 1
    assert done.err.count("error: ") == 1
    assert done.lines == ["Untagged: demo:latest"]


def test_rmi_by_force_is_content_where_nothing_is_there(demo):
    done = layertui("rmi", "-f", "missing").ok()
    assert done.err.startswith("error: no image missing")


# ---------------------------------------------------------------- history, layers, inspect


def test_history_as_docker_prints_it(demo):
    header, *rows = layertui("history", "demo:1.0").ok().lines
    assert [header.find(word) for word in ("IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT")] == sorted(
        header.find(word) for word in ("IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT")
    )
    assert [row.split()[0] for row in rows] == [DEMO.id[7:19], "<missing>", "<missing>"]
    assert "RUN two" in rows[0]
    assert "months ago" in rows[0] or "ago" in rows[0]
    assert layertui("history", "-q", "demo:1.0").ok().lines == [DEMO.id[7:19], "<missing>", "<missing>"]
    assert layertui("history", "-q", "--no-trunc", "demo:1.0").ok().lines[0] == DEMO.id


def test_history_as_json(demo):
    newest, middle, oldest = layertui("history", "--json", "demo:1.0").ok().json
    assert newest == {
        "created_by": "RUN two",
        "created": "2026-01-02T03:04:05Z",
        "comment": "c",
        "author": None,
        "size": 3,
        "empty_layer": False,
        "diff_id": DEMO.diff_ids[1],
        "chain_id": DEMO.chain_ids[1],
        "layer": 2,
    }
    assert (middle["empty_layer"], middle["size"], middle["layer"], middle["diff_id"]) == (True, 0, None, None)
    assert oldest["layer"] == 1


def test_a_long_command_is_cut_without_no_trunc(tmp_path):
    command = "RUN " + "x" * 100 + "\t\x1b[31m end"
    path = docker_archive(image([BASE], history=[command], tags=["long:1"]), tmp_path / "long.tar")
    assert "x…" in layertui("history", path).ok().lines[1]
    assert "x \\x1b[31m end" in layertui("history", "--no-trunc", path).ok().lines[1]
    assert layertui("history", "--json", path).json[0]["created_by"] == command


def test_layers_without_history_and_steps_without_layers(tmp_path):
    bare = docker_archive(image([BASE, TOP], history=["ADD one"]), tmp_path / "bare.tar")
    rows = layertui("history", "--json", bare).ok().json
    assert [(row["created_by"], row["layer"]) for row in rows] == [(None, 2), ("ADD one", 1)]
    more = docker_archive(image([BASE], history=["ADD one", "RUN two"]), tmp_path / "more.tar")
    done = layertui("history", "--json", more).ok()
    assert [(row["created_by"], row["layer"]) for row in done.json] == [("RUN two", None), ("ADD one", 1)]
    assert done.err.startswith("warning: ")


def test_history_as_a_dockerfile(demo):
    lines = layertui("history", "--dockerfile", "demo:1.0").ok().lines
    assert lines[0] == "FROM scratch"
    assert [line for line in lines if line and line[0] != "#"][1:] == [
        *("ADD rootfs /", "ENV A=b", "RUN two"),
        *('LABEL "a"="b"', 'CMD ["sh"]'),  # of the config alone
    ]
    assert "# layer 2, 3B" in lines
    found = layertui("history", "--dockerfile", "--json", "demo:1.0").ok().json
    assert found["base"] is None
    assert found["steps"][2] == {
        "instruction": "RUN",
        "arguments": "two",
        "lines": ["RUN two"],
        "layer": 2,
        "diff_id": DEMO.diff_ids[1],
        "size": 3,
        "format": "other",
        "certain": True,
        "notes": ["comment: c"],
        "waste": [],
    }


def test_a_dockerfile_says_what_each_step_wastes(tmp_path):
    base = layer([file("var/lib/apt/lists/a", b"x" * 500), file("srv/app", b"y" * 300)])
    built = image([base, layer([whiteout("var/lib/apt/lists"), file("srv/app", b"z")])], history=["RUN one", "RUN two"])
    path = docker_archive(built, tmp_path / "wasteful.tar")
    lines = layertui("history", "--dockerfile", path).ok().lines
    at = lines.index("# layer 1, 800B")
    assert lines[at + 1 : at + 3] == [
        "# wastes 500B: leaves apt lists behind (1 file); end the RUN of apt-get update with `rm -rf /var/lib/apt/lists/*`",
        "RUN one",
    ]
    at = lines.index("# layer 2, 1B")
    assert [line.partition(";")[0] for line in lines[at + 1 : at + 3]] == [
        "# wastes 500B: removes or hides files of lower layers (1 file)",
        "# wastes 300B: stores files of lower layers again (1 file)",
    ]
    first, second, *_ = layertui("history", "--dockerfile", "--json", path).ok().json["steps"]
    assert [(one["kind"], one["what"], one["bytes"]) for one in first["waste"]] == [("left behind", "apt lists", 500)]
    assert [(one["kind"], one["what"]) for one in second["waste"]] == [("removed later", None), ("stored again", None)]


def test_a_dockerfile_of_layers_that_cannot_be_read(tmp_path):
    """The steps are known without the layers; what they waste is not."""
    folder = oci_layout(image([BASE], history=["RUN one"], tags=["x:1"]), tmp_path / "layout")
    blob = folder / "blobs/sha256" / digest_of(BASE)[7:]
    blob.write_bytes(BASE[:700] + b"?" * 300 + BASE[1000:])
    done = layertui("history", "--dockerfile", folder)
    if done.code == 0:
        assert "RUN one" in done.lines
        assert done.err.startswith("warning: what the steps waste is not known: ")
    else:
        assert done.err.startswith("error: ")


def test_layers(demo):
    header, *rows = layertui("layers", "demo:1.0").ok().lines
    assert header.split()[:2] == ["LAYER", "SIZE"]
    assert [row.split()[0] for row in rows] == ["1", "2"]
    assert layertui("layers", "demo:1.0", "--json").ok().json[1] == {
        "number": 2,
        "diff_id": DEMO.diff_ids[1],
        "chain_id": DEMO.chain_ids[1],
        "digest": DEMO.diff_ids[1],
        "media_type": "application/vnd.oci.image.layer.v1.tar",
        "size": 3,
        "stored_size": len(TOP),
        "entries": 1,
        "added": 2,
        "modified": 0,
        "removed": 0,
        "created_by": "RUN two",
    }


def test_inspect_has_dockers_keys(demo):
    (row,) = layertui("inspect", "demo:1.0").ok().json
    assert row["Id"] == DEMO.id
    assert row["RepoTags"] == ["demo:1.0", "demo:latest"]
    assert row["RootFS"] == {"Type": "layers", "Layers": list(DEMO.diff_ids)}
    assert (row["Architecture"], row["Os"], row["Size"]) == ("amd64", "linux", 9)
    assert (row["Config"]["Cmd"], row["Config"]["Env"], row["Config"]["Labels"]) == (["sh"], ["A=b"], {"a": "b"})
    assert row["Created"] == "2026-01-02T03:04:05Z"


def test_inspect_of_several_names_and_of_an_archive(demo):
    done = layertui("inspect", "demo:1.0", "missing")
    assert (done.code, len(done.json)) == (1, 1)
    assert done.err.startswith("error: missing")
    layertui("inspect", "--json", "demo:1.0", "missing").failed(1)
    assert layertui("inspect", demo).ok().json[0]["Id"] == DEMO.id
