"""Image configs as a dozen writers wrote them over ten years."""

import json

import pytest

from layertui.core.errors import Damaged, NotAnImage
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.digest import DiffID, digest_of
from layertui.core.oci.image_config import ExecConfig, HistoryEntry, ImageConfig, RootFS

DIFF_ID = DiffID(digest_of(b"layer"))
FULL = {
    "architecture": "arm",
    "os": "linux",
    "variant": "v7",
    "os.version": "1.2",
    "created": "2026-01-02T03:04:05.678Z",
    "author": "me",
    "config": {
        "User": "1:2",
        "ExposedPorts": {"80/tcp": {}},
        "Env": ["A=b", "C="],
        "Entrypoint": ["/e"],
        "Cmd": ["c", "d"],
        "Healthcheck": {"Test": ["CMD", "x"], "Interval": 5},
        "Volumes": {"/v": {}},
        "WorkingDir": "/w",
        "Labels": {"k": "v"},
        "OnBuild": ["RUN x"],
        "StopSignal": "SIGINT",
        "Shell": ["/bin/bash", "-c"],
        "Hostname": "h",
        "ArgsEscaped": True,
    },
    "rootfs": {"type": "layers", "diff_ids": [str(DIFF_ID)]},
    "history": [
        {"created": "2026-01-02T03:04:05Z", "created_by": "ADD x", "comment": "c", "author": "a"},
        {"created_by": "ENV y", "empty_layer": True, "odd": [1]},
    ],
    "docker_version": "20.10",
    "moby.buildkit.trace": {"deep": [None, {"x": 1.5}]},
}


def config(**fields):
    return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": []}, **fields}).encode()


def test_every_field_known_or_not_is_written_again():
    read = ImageConfig.from_bytes(json.dumps(FULL).encode())
    assert json.loads(read.to_bytes()) == FULL
    assert ImageConfig.from_bytes(read.to_bytes()) == read


def test_fields_are_found_where_they_belong():
    read = ImageConfig.from_bytes(json.dumps(FULL).encode())
    assert read.platform == Platform("linux", "arm", "v7", "1.2")
    assert read.rootfs == RootFS((DIFF_ID,))
    assert read.rootfs.chain_ids == (DIFF_ID,)
    assert read.history[1] == HistoryEntry(created_by="ENV y", empty_layer=True, extra={"odd": [1]})
    assert read.config.exposed_ports == ("80/tcp",)
    assert read.config.extra == {"Hostname": "h", "ArgsEscaped": True}


@pytest.mark.parametrize("key", sorted(set(FULL) - {"rootfs", "docker_version", "moby.buildkit.trace", "os.version"}))
def test_null_is_not_there(key):
    fields = dict(FULL)
    del fields[key]
    without = ImageConfig.from_bytes(json.dumps(fields).encode())
    assert ImageConfig.from_bytes(json.dumps({**fields, key: None}).encode()) == without


@pytest.mark.parametrize("key", sorted(set(FULL["config"]) - {"Hostname", "ArgsEscaped"}))
def test_null_is_not_there_in_the_config_either(key):
    assert ImageConfig.from_bytes(config(config={key: None})).config == ExecConfig()


def test_an_empty_entrypoint_is_not_a_missing_one():
    read = ImageConfig.from_bytes(config(config={"Entrypoint": [], "Cmd": None}))
    assert (read.config.entrypoint, read.config.cmd) == ((), None)
    assert json.loads(read.to_bytes())["config"] == {"Entrypoint": []}


def test_a_command_written_as_one_text_is_one_word():
    assert ImageConfig.from_bytes(config(config={"Cmd": "top"})).config.cmd == ("top",)


def test_a_label_without_value_is_empty():
    assert ImageConfig.from_bytes(config(config={"Labels": {"a": None}})).config.labels == {"a": ""}


def test_a_null_step_is_an_empty_step():
    assert ImageConfig.from_bytes(config(history=[None])).history == (HistoryEntry(),)


def test_an_image_for_no_system_is_for_linux():
    assert ImageConfig.from_bytes(config(os=None)).platform == Platform("linux", "amd64")


@pytest.mark.parametrize("content", [b"{}", b'{"rootfs":null}', b'{"config":{},"architecture":"amd64"}'])
def test_no_rootfs_no_image(content):
    with pytest.raises(NotAnImage, match="no rootfs"):
        ImageConfig.from_bytes(content)


def test_no_layers_are_an_image_all_the_same():
    assert ImageConfig.from_bytes(b'{"rootfs":{"type":"layers","diff_ids":null}}').rootfs == RootFS()


@pytest.mark.parametrize(
    "fields",
    [
        {"rootfs": []},
        {"rootfs": {"diff_ids": [1]}},
        {"rootfs": {"diff_ids": ["sha256:x"]}},
        {"config": 5},
        {"history": {}},
        {"history": [3]},
        {"history": [{"created_by": 3}]},
        {"config": {"Env": [1]}},
        {"config": {"Env": {"a": "b"}}},
        {"config": {"Labels": {"a": 1}}},
        {"config": {"Labels": []}},
        {"config": {"User": 0}},
        {"architecture": 64},
    ],
)
def test_wrong_types_are_reported_in_one_line(fields):
    with pytest.raises(Damaged) as caught:
        ImageConfig.from_bytes(config(**fields))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"), ("yesterday", None), (1767323045, None), ([], None)],
)
def test_times_come_out_in_utc_or_not_at_all(written, read):
    assert ImageConfig.from_bytes(config(created=written)).created == read
    assert ImageConfig.from_bytes(config(history=[{"created": written}])).history[0].created == read
