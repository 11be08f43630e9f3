"""Names in an index, added and removed: no other image's entry changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.images.image_index import name_of
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import digest_of
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import IMAGE_NAME, OCI_MANIFEST, REF_NAME
from layertui.core.oci.reference import Reference
from layertui.core.store.image_names import listed, listed_as, named, with_names, without_image, without_name

IMAGES = [Descriptor(OCI_MANIFEST, digest_of(b"%d" % n), n) for n in range(3)]
NAMES = [Reference.parse(text) for text in ("a:1", "a:2", "b:1", "host.example/c:1")]
FOREIGN = Descriptor("application/vnd.example", digest_of(b"foreign"), 7, {"theirs": "kept"})

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("name"), st.sampled_from(IMAGES), st.lists(st.sampled_from(NAMES), max_size=3, unique=True)),
        st.tuples(st.just("unname"), st.sampled_from(NAMES)),
        st.tuples(st.just("delete"), st.sampled_from(IMAGES)),
    ),
    max_size=12,
)


@pytest.mark.slow
@given(STEPS)
def test_an_index_and_a_dictionary_agree(steps):
    index = Index((FOREIGN,))
    owner, there = {}, []
    for what, *rest in steps:
        if what == "name":
            descriptor, names = rest
            index = with_names(index, descriptor, names)
            owner |= dict.fromkeys(names, descriptor.digest)
            there = [*there, *([] if descriptor.digest in there else [descriptor.digest])]
        elif what == "unname":
            index = without_name(index, rest[0])
            owner.pop(rest[0], None)
        else:
            index = without_image(index, rest[0].digest)
            owner = {name: digest for name, digest in owner.items() if digest != rest[0].digest}
            there = [digest for digest in there if digest != rest[0].digest]
        found = listed(index)
        assert {one.descriptor.digest for one in found} == set(there)
        assert {name: one.descriptor.digest for one in found for name in one.names} == owner
        for name in NAMES:
            assert named(index, name) == next((one for one in found if name in one.names), None)
        for one in IMAGES:
            assert listed_as(index, one.digest) == next(
                (own for own in found if own.descriptor.digest == one.digest), None
            )
        assert FOREIGN in index.manifests
        # One entry a name, and one without a name for an image that has none: no more.
        for one in found:
            own = [entry for entry in index.manifests if entry.digest == one.descriptor.digest]
            assert sorted(str(name_of(entry, [])) for entry in own) == sorted(map(str, one.names or (None,)))


@pytest.mark.parametrize("spelled", ["c:1", "docker.io/library/c:1", "library/c:1", "index.docker.io/library/c:1"])
@pytest.mark.parametrize("key", [IMAGE_NAME, REF_NAME])
def test_a_name_is_found_however_another_tool_spells_it(key, spelled):
    entry = Descriptor(OCI_MANIFEST, digest_of(b"x"), 1, {key: spelled})
    found = named(Index((*IMAGES, entry)), Reference.parse("c:1"))
    # What could be a tag alone names nothing in the one of them.
    assert (found is not None) == (name_of(entry, []) is not None)
    assert found is None or found.descriptor.digest == entry.digest


def test_the_first_of_two_images_with_a_name_is_meant():
    entries = [Descriptor(OCI_MANIFEST, one.digest, one.size, {IMAGE_NAME: "docker.io/library/c:1"}) for one in IMAGES]
    assert named(Index(tuple(entries)), Reference.parse("c:1")).descriptor.digest == IMAGES[0].digest
