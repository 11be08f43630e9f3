"""pull, push, copy, tags and deletes, with a registry in this process: what is sent, what is not, and what is left after a failure."""

import json
import os

import pytest

from builders import BuiltIndex, docker_archive, file, folder, image, layer, oci_archive, oci_layout
from command_line import layertui
from layertui.core.engines.registry.transfer import blob_upload
from small_registry import sha256, small_registry

LARGE = os.urandom(300_000)
DEMO = image([layer([folder("etc"), file("etc/motd", b"hello\n")]), layer([file("large", LARGE)])], tags=["demo:1.0"])
OTHER = image([layer([file("other", b"other")])], tags=["other:1"], compress="gzip")
OLD = image([layer([file("old", LARGE[:1000])])], tags=["old:1"], schema="docker", compress="gzip")


@pytest.fixture
def served():
    with small_registry() as found:
        yield found


@pytest.fixture
def demo(tmp_path):
    layertui("load", "-i", docker_archive(DEMO, tmp_path / "demo.tar")).ok()


@pytest.fixture
def chunks(monkeypatch):
    """Blobs of more than 20,000 bytes go in chunks of 50,000."""
    monkeypatch.setattr(blob_upload, "_SMALL", 20_000)
    monkeypatch.setattr(blob_upload, "_CHUNK", 50_000)


def pushed(served, name="shop/demo", tag="1.0"):
    """What a tag leads to, whole: manifest, config and layers."""
    _, manifest = served.manifests[name, served.tags[name, tag]]
    parsed = json.loads(manifest)
    assert all((name, one["digest"]) in served.blobs for one in (parsed["config"], *parsed["layers"]))
    for (_, digest), content in served.blobs.items():
        assert sha256(content) == digest
    return parsed


def ids():
    return {row["id"] for row in layertui("images", "--json").ok().json}


def forget():
    """Remove every image from the store."""
    for row in layertui("images", "--json").ok().json:
        layertui("rmi", "-f", row["id"]).ok()


# ---------------------------------------------------------------- push


def test_push_sends_an_image_and_pull_brings_the_same_back(served, demo):
    name = f"{served.host}/shop/demo:1.0"
    done = layertui("push", "demo:1.0", name).ok()
    assert done.lines == [f"Pushed image: {name}", served.tags["shop/demo", "1.0"]]
    assert pushed(served)["config"]["digest"] == DEMO.id
    forget()
    done = layertui("pull", name).ok()
    assert done.lines == [
        f"Digest: {served.tags['shop/demo', '1.0']}",
        f"Status: Downloaded newer image for {name}",
        name,
    ]
    assert ids() == {DEMO.id}
    assert layertui("pull", name).ok().lines[1] == f"Status: Image is up to date for {name}"
    assert layertui("cat", name, "/etc/motd").ok().text == "hello\n"
    assert layertui("fsck").code == 0


def test_a_second_push_and_a_second_copy_ask_by_head_alone(served, demo, tmp_path):
    name = f"{served.host}/shop/demo:1.0"
    layertui("push", "demo:1.0", name).ok()
    served.seen.clear()
    layertui("push", "demo:1.0", name).ok()
    layertui("copy", f"docker://{name}", f"docker://{name}").ok()
    other = [one for one in served.seen if not one.startswith("HEAD ") and one != "GET /v2/"]
    assert other == []
    assert served.count("HEAD") == 3
    archive = f"docker-archive:{docker_archive(DEMO, tmp_path / 'again.tar')}"
    layertui("copy", archive, f"docker://{name}").ok()
    served.seen.clear()
    layertui("copy", archive, f"docker://{name}").ok()
    assert [one for one in served.seen if not one.startswith("HEAD ") and one != "GET /v2/"] == []


def test_layers_that_the_repository_has_are_not_sent_again(served, demo, tmp_path):
    layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").ok()
    more = image([*DEMO.layers, layer([file("more", b"more")])], tags=["more:1"])
    layertui("load", "-i", docker_archive(more, tmp_path / "more.tar")).ok()
    served.seen.clear()
    layertui("push", "more:1", f"{served.host}/shop/demo:more").ok()
    assert served.count("POST") == 2  # the new layer and the config
    pushed(served, tag="more")


@pytest.mark.parametrize("mounts", [True, False])
def test_blobs_of_another_repository_are_mounted_where_the_registry_does_that(served, demo, mounts):
    served.mounts = mounts
    first = f"{served.host}/shop/demo:1.0"
    layertui("push", "demo:1.0", first).ok()
    served.seen.clear()
    layertui("copy", f"docker://{first}", f"docker://{served.host}/backup/demo:1.0").ok()
    assert served.count("POST", "mount=.*&from=shop%2Fdemo") == 3
    assert served.count("PUT", "/blobs/") == (0 if mounts else 3)
    assert served.count("GET", "/blobs/sha256") == (0 if mounts else 3)
    assert pushed(served, "backup/demo") == pushed(served)


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("min_chunk", [None, 120_000])
def test_large_blobs_go_in_chunks(served, demo, chunks, absolute, min_chunk):
    served.absolute, served.min_chunk = absolute, min_chunk
    layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").ok()
    size = len(DEMO.layers[1])
    assert served.count("PATCH") == -(-size // (min_chunk or 50_000))
    pushed(served)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "patches"),
    [
        ({"cut": 20_000}, 7),  # the rest of all is one chunk less
        ({"status": 503}, 8),
        ({"status": 429, "headers": {"Retry-After": "0"}}, 8),
        ({"status": 404}, 8),
    ],
)
def test_an_upload_that_is_broken_off_goes_on_where_the_registry_is(served, demo, chunks, fault, patches):
    served.fault("PATCH", **fault)
    layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").ok()
    assert len(DEMO.layers[1]) == 307_200
    assert served.count("PATCH") == patches
    pushed(served)


def test_an_upload_that_the_registry_forgets_begins_anew(served, demo, chunks):
    served.fault("PATCH", status=404)
    served.fault("GET", "/uploads/", status=404)
    layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").ok()
    assert served.count("POST") == 4
    pushed(served)


def test_a_registry_that_refuses_says_why_in_one_line_and_no_tag_is_written(served, demo):
    served.fault("PUT", "/manifests/", status=400, body=b'{"errors":[{"code":"DENIED","message":"quota\\nexceeded"}]}')
    done = layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").failed()
    assert "DENIED: quota exceeded" in done.err
    assert served.tags == {}
    layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").ok()


@pytest.mark.parametrize("at", ["/uploads/", "/manifests/"])
def test_a_registry_whose_disk_is_full_says_so_and_has_no_tag(served, demo, at):
    body = b'{"errors":[{"code":"UNKNOWN","message":"write: no space left on device"}]}'
    served.fault("(PUT|PATCH)", at, status=507, body=body, times=9)
    done = layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").failed()
    assert f"registry {served.host}" in done.err
    assert "507" in done.err
    assert "no space left on device" in done.err
    assert served.tags == {}
    served.faults.clear()
    layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").ok()
    pushed(served)
    assert ids() == {DEMO.id}


def test_a_layer_that_is_damaged_here_is_not_finished_there(served, demo):
    blobs = [path for path in _blobs() if path.name == sha256(DEMO.layers[1]).removeprefix("sha256:")]
    (blob,) = blobs
    blob.chmod(0o600)
    with blob.open("r+b") as file:
        file.seek(2000)
        file.write(b"damaged")
    done = layertui("push", "demo:1.0", f"{served.host}/shop/demo:1.0").failed()
    assert "digest" in done.err
    assert served.tags == {}
    assert ("shop/demo", sha256(DEMO.layers[1])) not in served.blobs


def _blobs():
    from pathlib import Path

    return Path(os.environ["LAYERTUI_STORE"]).glob("blobs/sha256/*")


# ---------------------------------------------------------------- pull


@pytest.mark.slow
def test_a_pull_that_is_broken_off_goes_on_by_range(served, demo):
    name = f"{served.host}/shop/demo:1.0"
    layertui("push", "demo:1.0", name).ok()
    forget()
    served.seen.clear()
    served.fault("GET", sha256(DEMO.layers[1]), cut=100_000)
    layertui("pull", name).ok()
    assert ids() == {DEMO.id}
    assert served.count("GET", sha256(DEMO.layers[1])) == 2


@pytest.mark.slow
def test_the_next_pull_fetches_only_what_the_last_one_did_not(served, demo):
    name = f"{served.host}/shop/demo:1.0"
    layertui("push", "demo:1.0", name).ok()
    forget()
    served.fault("GET", sha256(DEMO.layers[1]), cut=100_000)
    served.fault("GET", sha256(DEMO.layers[1]), status=403)
    layertui("pull", name).failed()
    assert ids() == set()
    served.seen.clear()
    served.ranges_asked.clear()
    layertui("pull", name).ok()
    assert ids() == {DEMO.id}
    assert served.count("GET", sha256(DEMO.layers[0])) == 0
    assert served.count("GET", sha256(DEMO.layers[1])) == 1
    assert f"bytes=100000-{len(DEMO.layers[1]) - 1}" in served.ranges_asked
    assert layertui("fsck").code == 0


@pytest.mark.slow
def test_bytes_of_another_digest_are_refused_and_nothing_is_kept(served, demo):
    name = f"{served.host}/shop/demo:1.0"
    layertui("push", "demo:1.0", name).ok()
    forget()
    wrong = bytes(len(DEMO.layers[1]) - 20_000) + DEMO.layers[1][-20_000:]
    served.fault("GET", sha256(DEMO.layers[1]), body=wrong, times=9)
    layertui("pull", name).failed()
    assert ids() == set()
    served.faults.clear()
    layertui("pull", name).ok()
    assert layertui("fsck").code == 0


@pytest.mark.slow
def test_layers_that_the_store_has_are_not_fetched(served, demo, tmp_path):
    more = image([*DEMO.layers, layer([file("more", b"more")])], tags=["more:1"])
    layertui("load", "-i", docker_archive(more, tmp_path / "more.tar")).ok()
    layertui("push", "more:1", f"{served.host}/shop/more:1").ok()
    layertui("rmi", "more:1").ok()
    served.seen.clear()
    layertui("pull", f"{served.host}/shop/more:1").ok()
    assert served.count("GET", "/blobs/") == 2  # the config and one layer


@pytest.mark.slow
def test_pull_of_an_index_takes_the_platform_that_is_asked_for(served, tmp_path):
    here, arm = (image([layer([file("p", name.encode())])], architecture=name) for name in ("amd64", "arm64"))
    layout = oci_layout(BuiltIndex([here, arm], tags=["multi:1"]), tmp_path / "layout")
    name = f"docker://{served.host}/shop/multi:1"
    layertui("copy", "--all", f"oci:{layout}:multi:1", name).ok()
    assert json.loads(served.manifests["shop/multi", served.tags["shop/multi", "1"]][1])["manifests"]
    layertui("pull", "--platform", "linux/arm64", name).ok()
    assert ids() == {arm.id}
    done = layertui("pull", "--platform", "linux/s390x", name).failed()
    assert "s390x" in done.err
    served.seen.clear()
    layertui("copy", "--all", name, f"docker://{served.host}/copy/multi:1").ok()
    assert served.tags["copy/multi", "1"] == served.tags["shop/multi", "1"]
    layertui("copy", "--all", name, f"oci:{tmp_path / 'back'}:1").ok()
    assert (tmp_path / "back" / "index.json").read_bytes().count(served.tags["shop/multi", "1"].encode()) == 1
    assert "leave --all out" in layertui("copy", "--all", name, "embedded:x").failed(2).err


def test_what_is_not_there_is_one_line(served):
    assert "nope" in layertui("pull", f"{served.host}/shop/nope:1").failed().err
    assert "no image" in layertui("push", "nope:1", f"{served.host}/shop/nope:1").failed().err


# ---------------------------------------------------------------- copy


@pytest.mark.parametrize("built", [DEMO, OTHER, OLD], ids=["plain", "gzip", "docker-types"])
@pytest.mark.slow
def test_copies_keep_the_id_from_place_to_place(served, tmp_path, built):
    at = f"docker://{served.host}"
    places = [
        f"{at}/shop/a:1",
        f"oci:{tmp_path / 'layout'}:one",
        f"{at}/shop/b:1",
        f"docker-archive:{tmp_path / 'a.tar'}:x:1",
        "embedded:x:1",
        f"oci-archive:{tmp_path / 'b.tar'}:1",
        f"{at}/shop/c:1",
        "embedded:y:1",
    ]
    source = f"oci-archive:{oci_archive(built, tmp_path / 'in.tar')}"
    for place in places:
        assert layertui("copy", source, place).ok().lines[0].startswith("Copied image: ")
        if place.startswith("docker://"):
            name = place.removeprefix(f"{at}/").partition(":")[0]
            assert pushed(served, name, "1")["config"]["digest"] == built.id
        else:
            assert layertui("inspect", place).ok().json[0]["Id"] == built.id
        source = place
    assert served.tags["shop/a", "1"] == served.tags["shop/b", "1"] == built.digest
    assert {row["id"] for row in layertui("images", "--json").ok().json} == {built.id}


def test_a_layout_keeps_what_it_had_and_a_name_moves(tmp_path):
    first = oci_archive(DEMO, tmp_path / "first.tar")
    second = oci_archive(OTHER, tmp_path / "second.tar")
    layout = tmp_path / "layout"
    for source, name in ((first, "a"), (second, "b"), (second, "a")):
        layertui("copy", f"oci-archive:{source}", f"oci:{layout}:{name}").ok()
    entries = json.loads((layout / "index.json").read_bytes())["manifests"]
    assert {one["annotations"]["org.opencontainers.image.ref.name"]: one["digest"] for one in entries} == {
        "a": OTHER.digest,
        "b": OTHER.digest,
    }


def test_a_folder_with_other_files_is_no_layout(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").write_text("dear")
    done = layertui(
        "copy", f"oci-archive:{oci_archive(DEMO, tmp_path / 'a.tar')}", f"oci:{tmp_path / 'home'}:x"
    ).failed()
    assert "no OCI layout" in done.err
    assert os.listdir(tmp_path / "home") == ["letter"]


def test_a_layout_is_a_folder(tmp_path):
    (tmp_path / "file").write_text("mine")
    done = layertui("copy", f"oci-archive:{oci_archive(DEMO, tmp_path / 'a.tar')}", f"oci:{tmp_path / 'file'}:x")
    assert done.failed().err == f"error: {tmp_path / 'file'}: is not a folder\n"
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("destination", "code"),
    [("./file.tar", 2), ("container:x", 2), ("docker://host.example/UPPER:1", 2), ("embedded:", 2), ("oci:", 2)],
)
def test_a_destination_that_is_none_is_a_wrong_usage(demo, destination, code):
    layertui("copy", "demo:1.0", destination).failed(code)


# ---------------------------------------------------------------- tags, and deletes


@pytest.mark.slow
def test_tags_come_from_all_pages(served, demo):
    for number in range(8):
        layertui("push", "demo:1.0", f"{served.host}/shop/demo:{number}").ok()
    served.seen.clear()
    expected = [str(number) for number in range(8)]
    assert layertui("tags", f"docker://{served.host}/shop/demo").ok().lines == expected
    assert layertui("tags", "--json", f"docker://{served.host}/shop/demo").ok().json == expected
    assert served.count("GET", "tags/list") == 6
    layertui("tags", f"docker://{served.host}/shop/demo:1").failed(2)


@pytest.fixture
def two_tags(served, demo):
    for tag in ("one", "two"):
        layertui("push", "demo:1.0", f"{served.host}/shop/demo:{tag}").ok()
    return f"docker://{served.host}/shop/demo"


def test_rmi_deletes_a_tag_alone_where_the_registry_can(served, two_tags):
    assert layertui("rmi", f"{two_tags}:one").ok().lines == [f"Untagged: {served.host}/shop/demo:one"]
    assert set(served.tags) == {("shop/demo", "two")}


def test_rmi_does_not_delete_other_tags_unless_it_is_forced(served, two_tags):
    served.deletes = "digest"
    done = layertui("rmi", f"{two_tags}:one").failed()
    assert "two" in done.err
    assert len(served.tags) == 2
    layertui("rmi", "-f", f"{two_tags}:one").ok()
    assert served.tags == {}


def test_rmi_deletes_the_manifest_of_its_only_tag(served, two_tags):
    layertui("rmi", f"{two_tags}:two").ok()
    served.deletes = "digest"
    layertui("rmi", f"{two_tags}:one").ok()
    assert served.tags == {}
    assert "shop/demo:one" in layertui("rmi", f"{two_tags}:one").failed().err


def test_a_registry_that_allows_no_deletes_says_so(served, two_tags):
    served.deletes = "none"
    done = layertui("rmi", "-f", f"{two_tags}:one").failed()
    assert done.err == f"error: registry {served.host} does not allow deletes\n"
    assert len(served.tags) == 2
