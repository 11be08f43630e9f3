"""Save then load is the same image: ID, tags, history, layers; and no damaged archive changes a store."""

import io
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import docker_archive, file, folder, image, layer, oci_archive, whiteout
from laws.examples import examples
from layertui.core.errors import LayertuiError
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.archive.save_archive import COMPRESSIONS, FORMS, save
from layertui.core.images.history_steps import steps
from layertui.core.store.store_check import fsck
from layertui.core.store.store_layout import Store

CONTENTS = [
    layer([folder("etc"), file("etc/motd", b"hello")]),
    layer([whiteout("etc/motd"), file("a", b"a" * 2000)]),
    layer([]),
    layer([file("b", b"b", mode=0o4755)]),
]
TAGS = ["demo:1.0", "demo:latest", "host.example:5000/a/b:v1", "x:1"]
MADE = st.builds(
    lambda layers, history, tags, compress, schema, how: image(
        layers,
        history=history,
        empty=[n for n in range(len(history)) if n % 3 == 1],
        tags=sorted(tags),
        compress=compress,
        schema=schema,
        config=how,
    ),
    st.lists(st.sampled_from(CONTENTS), max_size=4),
    st.lists(st.sampled_from(["ADD a /", "ENV A=1", "RUN x\ny", "", "RUN /bin/sh -c é # buildkit"]), max_size=5),
    st.sets(st.sampled_from(TAGS), max_size=2),
    st.sampled_from(["none", "gzip", "zstd"]),
    st.sampled_from(["oci", "docker"]),
    st.sampled_from([{}, {"Env": ["A=b"], "Cmd": ["sh"]}, {"Labels": None, "Unknown": [1]}]),
)


def facts(one):
    commands = [(step.created_by, step.created, step.empty_layer, step.diff_id) for step in steps(one)]
    return one.id, one.config_bytes, sorted(map(str, one.names)), one.diff_ids, commands


@examples(60)
@given(MADE, st.sampled_from(FORMS), st.sampled_from(COMPRESSIONS))
def test_save_then_load_is_the_same_image(built, form, compress):
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        first, second = Store(place / "first"), Store(place / "second")
        before = stack.enter_context(open_archive(oci_archive(built, place / "in.tar"))).image()
        stored = first.put(before, before.names).image
        out = io.BytesIO()
        save([(stored, stored.names)], out, form=form, compress=compress, spool=place)
        (place / "out.tar").write_bytes(out.getvalue())
        carried = stack.enter_context(open_archive(place / "out.tar")).image()
        after = second.put(carried, carried.names).image
        assert facts(before) == facts(stored) == facts(after)
        assert fsck(first).ok
        assert fsck(second).ok


DEMO = image(CONTENTS[:2], history=["ADD a /", "RUN b"], tags=["demo:1.0"])


def archives():
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.tar"
        yield docker_archive(DEMO, path, old=True).read_bytes()
        yield docker_archive(DEMO, path).read_bytes()
        yield oci_archive(image(CONTENTS[:2], tags=["demo:1.0"], compress="gzip"), path).read_bytes()


ARCHIVES = list(archives())


@examples(300)
@given(st.sampled_from(ARCHIVES), st.data())
@pytest.mark.slow
def test_an_archive_with_a_wrong_byte_brings_the_right_image_or_none(content, data):
    """A wrong byte may lie where nothing counts (padding, a mode of the outer tar); it may change a tag, never an image."""
    at = data.draw(st.integers(0, len(content) - 1))
    wrong = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    _load_or_refuse(wrong)


@examples(100)
@given(st.sampled_from(ARCHIVES), st.data())
def test_an_archive_that_is_cut_off_brings_the_right_image_or_none(content, data):
    _load_or_refuse(content[: data.draw(st.integers(0, len(content)))])


def _load_or_refuse(content):
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.tar"
        path.write_bytes(content)
        store = Store(Path(place) / "store")
        try:
            with open_archive(path, spool=Path(place)) as found:
                for one in found.images:
                    store.put(one, one.names)
        except LayertuiError as error:
            assert "\n" not in str(error)  # noqa: PT017
            assert store.images() == ()
            assert list(store.blobs.listed()) == []
        else:
            for one in store.images():
                assert one.diff_ids == DEMO.diff_ids
        assert fsck(store).ok
