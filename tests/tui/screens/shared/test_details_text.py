"""What is said of images, layers, containers and files: each identity by its name, each size to the byte."""

from dataclasses import replace

import pytest

from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.engines.image_values import summary as image_summary
from layertui.core.images.history_steps import Step
from layertui.core.layers.table.entry import Entry, Kind
from layertui.tui.screens.home.home_questions import Listing, layer_rows
from layertui.tui.screens.shared.details_text import (
    command_parts,
    config_parts,
    container_parts,
    entry_parts,
    exact,
    image_parts,
    layer_parts,
    log_parts,
    writable_layer_parts,
)
from tui_sample import NOW, SampleInspector


@pytest.fixture(scope="module")
def inspector(tmp_path_factory):
    return SampleInspector(tmp_path_factory.mktemp("sample"))


def by_name(parts):
    """Values by their names; further values of one name follow it."""
    found, last = {}, ""
    for part in parts:
        last = part.name.strip() or last
        if part.name:
            found.setdefault(last, []).append(part.text)
    return found


def text(parts):
    return "\n".join(part.text for part in parts)


def test_a_size_to_the_byte():
    assert exact(1_240_000) == "1.24MB (1,240,000 bytes)"
    assert exact(None) == "not counted yet"
    assert (exact(999), exact(1)) == ("999 bytes", "1 byte")


def test_an_image_under_its_identities(inspector):
    image = inspector.all_images[2]
    said = by_name(image_parts(image, 1_734_105, NOW))
    assert said["name"] == ["busybox:latest", "registry.example.org/base/busybox:1.37"]
    assert said["image ID"] == [str(image.id)]
    assert said["manifest digest"] == [str(image.digest)]
    assert said["created"] == ["2026-01-02 03:04:05 UTC, 20 minutes ago"]
    assert said["size"] == ["1.73MB (1,734,105 bytes)"]


def test_of_a_manifest_that_was_made_up_nothing_is_shown(inspector):
    pulled = f"registry.example/shop@sha256:{'a' * 64}"
    image = replace(inspector.all_images[2], manifest_is_made=True, stated_digests=(pulled,))
    said = by_name(image_parts(image, None, NOW))
    assert said["in a registry"] == [pulled]
    assert not {"manifest digest", "manifest type"} & set(said)
    assert str(image.digest) not in text(image_parts(replace(image, stated_digests=None), None, NOW))


def test_an_image_that_has_another_id_in_its_engine(inspector):
    image = inspector.all_images[2]
    summary = replace(image_summary(image), engine_id=image.digest)
    listing = Listing("docker", (summary,), (), {}, {}, None)
    said = by_name(image_parts(image, None, NOW, listing.own_id(image)))
    assert (said["image ID"], said["ID in docker"]) == ([str(image.id)], [str(image.digest)])
    assert Listing("docker", (image_summary(image),), (), {}, {}, None).own_id(image) is None


def test_a_layer_under_its_identities_and_what_it_did(inspector):
    subject = inspector.open("demo:2.0")
    summary, step = inspector.layers(subject)[2], inspector.history(subject)[3]
    said = by_name(layer_parts(summary, step, NOW))
    layer = subject.image.layers[2]
    assert said["DiffID"] == [str(layer.diff_id)]
    assert said["ChainID"] == [str(layer.chain_id)]
    assert said["digest"] == [str(layer.digest)]
    assert said["holds"] == ["64 entries; 61 added, 1 modified"]
    assert said["created by"] == ["RUN apk add python3 && rm -rf /root/.cache"]


def test_an_writable_layer_has_no_identities(inspector):
    subject = inspector.open("container:kind_banzai")
    said = by_name(writable_layer_parts(7, inspector.layers(subject)[-1]))
    assert said["changes"] == ["2 added, 1 modified, 1 removed"]
    assert said["identities"][0].startswith("none")
    assert set(by_name(writable_layer_parts(7, None))) == {"identities"}


def test_a_container_and_why_it_cannot_start(inspector):
    container = replace(inspector.containers.get("test_export"), reason="exit\x1b[31m")
    parts = container_parts(container, 0, "no runtime passed its probe", NOW)
    said = by_name(parts)
    assert said["status"][0] == "Created"
    assert "no process, no namespaces" in text(parts)
    assert said["cannot start"] == ["no runtime passed its probe"]
    assert said["reason"] == ["exit\\x1b[31m"]


def test_a_command_is_shown_step_by_step_and_as_it_was_recorded(inspector):
    step = inspector.history(inspector.open("demo:2.0"))[3]
    lines = [part.text for part in command_parts(step, None)]
    assert lines == [
        "Step of layer 3",
        "RUN apk add python3",
        "  && rm -rf /root/.cache",
        "As recorded",
        "RUN /bin/sh -c apk add python3 && rm -rf /root/.cache # buildkit",
    ]


def test_without_a_step_the_command_is_the_containers(inspector):
    assert "while true; do date; sleep 1; done" in text(command_parts(None, inspector.containers.get("kind_banzai")))
    assert "No history is recorded" in text(command_parts(None, None))


def test_the_config_and_a_config_that_says_nothing(inspector):
    said = by_name(config_parts(inspector.open("demo:2.0")))
    assert said["Env"] == ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]
    assert said["org.opencontainers.image.title"] == ["demo"]
    bare = config_parts(inspector.open(str(inspector.all_images[3].id)))
    assert "as `import` makes it" in text(bare)


def test_an_entry_with_all_that_hangs_on_it():
    entry = Entry("/a\nb", Kind.FILE, 0o4755, 1000, 100, 42, 0, uname="app", gname="users", layer=2, hardlink_to="/x")
    parts = entry_parts(replace(entry, xattrs={"user.n\x1b": b"\xff1"}), 7)
    assert parts[0].text == "/a\\x0ab"
    assert parts[1].text.split("  ") == [
        "-rwsr-xr-x",
        "4755",
        "1000:100 (app:users)",
        "42 bytes",
        "1970-01-01 00:00",
        "layer\u00a02",
    ]
    assert "another name of /x" in text(parts)
    assert "user.n\\x1b = \\udcff1" in text(parts)
    assert "the\u00a0writable\u00a0layer" in text(entry_parts(entry, 2))


def test_logs_mark_what_went_to_standard_error():
    parts = log_parts(
        [LogLine("stdout", "2026-01-02T03:24:01Z", b"a\r\n"), LogLine("stderr", "2026-01-02T03:24:02Z", b"b")]
    )
    assert [(part.name, part.text, part.word) for part in parts] == [
        ("  03:24:01", "a", ""),
        ("! 03:24:02", "b", "changed"),
    ]
    assert "No output yet" in text(log_parts([]))


def test_rows_of_layers_stand_top_first_with_steps_in_their_places(inspector):
    subject = inspector.open("container:kind_banzai")
    steps = inspector.history(subject, sizes=False)
    rows = layer_rows(steps, {}, subject.container)
    assert [(row.kind, row.number) for row in rows] == [
        ("own", 7),
        ("layer", 6),
        ("layer", 5),
        ("step", 4),
        ("layer", 4),
        ("layer", 3),
        ("layer", 2),
        ("step", 1),
        ("layer", 1),
    ]
    assert all(row.size is None and row.changed is None for row in rows)
    counted = layer_rows(steps, {one.number: one for one in inspector.layers(subject)}, subject.container)
    assert [(row.added, row.modified, row.removed) for row in counted if row.kind == "own"] == [(2, 1, 1)]


def test_a_layer_without_a_command_shows_its_comment():
    assert layer_rows((Step(comment="Imported from -", empty_layer=True),), {}, None)[0].command == "Imported from -"
