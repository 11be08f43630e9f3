"""Descriptors and platforms: read strictly, written as they were."""

import pytest

from layertui.core.errors import Damaged, UsageError
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import digest_of
from layertui.core.oci.media_types import OCI_LAYER, REFERENCE_TYPE

DIGEST = digest_of(b"x")


def test_everything_is_written_again_unknown_fields_too():
    obj = {
        "mediaType": OCI_LAYER,
        "digest": str(DIGEST),
        "size": 1,
        "annotations": {"a": "b"},
        "platform": {"architecture": "arm", "os": "linux", "os.version": "1", "variant": "v7", "os.features": ["x"]},
        "urls": ["https://example.org"],
        "artifactType": "z",
    }
    descriptor = Descriptor.from_json(obj)
    assert descriptor.to_json() == obj
    assert descriptor.platform == Platform("linux", "arm", "v7", "1")
    assert descriptor.extra == {"urls": ["https://example.org"], "artifactType": "z"}


def test_null_and_missing_are_the_same():
    obj = {"digest": str(DIGEST), "size": 0, "mediaType": None, "annotations": None, "platform": None}
    assert Descriptor.from_json(obj) == Descriptor("", DIGEST, 0)
    assert Descriptor.from_json({"digest": str(DIGEST), "size": 0, "platform": {"os": None}}).platform == Platform(
        "", ""
    )


@pytest.mark.parametrize(
    "change",
    [
        {"digest": None},
        {"digest": 5},
        {"digest": "sha256:no"},
        {"size": None},
        {"size": -1},
        {"size": True},
        {"size": 1.5},
        {"size": "1"},
        {"mediaType": 7},
        {"annotations": []},
        {"annotations": {"a": 1}},
        {"platform": "linux"},
        {"platform": {"os": 1}},
    ],
)
def test_a_field_of_the_wrong_type_is_damage(change):
    with pytest.raises(Damaged):
        Descriptor.from_json({"mediaType": OCI_LAYER, "digest": str(DIGEST), "size": 1, **change})


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_no_object_is_no_descriptor(value):
    with pytest.raises(Damaged, match="not a JSON object"):
        Descriptor.from_json(value)


def test_annotations_are_added_to_a_new_value():
    descriptor = Descriptor(OCI_LAYER, DIGEST, 1, {"a": "1", "b": "2"})
    assert descriptor.with_annotations({"x.y": "3"}, b="4").annotations == {"a": "1", "b": "4", "x.y": "3"}
    assert descriptor.annotations == {"a": "1", "b": "2"}
    assert len({descriptor, descriptor.with_annotations(a="1")}) == 1


def test_attestations_are_known_by_their_annotation():
    descriptor = Descriptor(OCI_LAYER, DIGEST, 1)
    assert not descriptor.is_attestation
    assert descriptor.with_annotations({REFERENCE_TYPE: "attestation-manifest"}).is_attestation


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux/x86_64", Platform("linux", "amd64")),
        ("Linux/AArch64", Platform("linux", "arm64")),
        ("linux/arm64/v8", Platform("linux", "arm64")),
        ("linux/arm64/8", Platform("linux", "arm64")),
        ("linux/arm64/v9", Platform("linux", "arm64", "v9")),
        ("linux/arm", Platform("linux", "arm", "v7")),
        ("linux/arm/6", Platform("linux", "arm", "v6")),
        ("linux/armhf", Platform("linux", "arm", "v7")),
        ("linux/i686", Platform("linux", "386")),
        ("windows/amd64", Platform("windows", "amd64")),
        ("macos/arm64", Platform("darwin", "arm64")),
        ("riscv64", Platform("linux", "riscv64")),
    ],
)
def test_platforms_are_read_in_any_spelling(text, platform):
    assert Platform.parse(text) == platform


def test_a_system_alone_takes_the_hosts_processor():
    assert Platform.parse("linux") == Platform.host()
    assert Platform.parse(str(Platform.host())) == Platform.host()


def test_a_word_that_is_neither_is_refused():
    with pytest.raises(UsageError, match="neither an operating system nor an architecture"):
        Platform.parse("linus")


@pytest.mark.parametrize("text", ["", "/", "linux/", "/amd64", "a/b/c/d", "linux amd64", "linux/am*64"])
def test_what_is_no_platform_is_wrong_usage(text):
    with pytest.raises(UsageError, match="is not a platform"):
        Platform.parse(text)


def test_a_platform_fits_what_leaves_its_variant_open():
    arm = Platform("linux", "arm", "v7")
    assert arm.fits(Platform.parse("linux/arm"))
    assert not arm.fits(Platform("linux", "arm", "v6"))
    assert Platform("linux", "arm64", "v8").fits(Platform("linux", "arm64"))
    assert Platform("linux", "arm64").fits(Platform("linux", "aarch64", "v8"))
    assert not Platform("linux", "amd64").fits(Platform("linux", "arm64"))
    assert Platform("windows", "amd64", os_version="10").fits(Platform("windows", "amd64"))
    assert not Platform("windows", "amd64").fits(Platform("windows", "amd64", os_version="10"))


def test_platforms_are_shown_as_they_are_written():
    assert str(Platform("linux", "arm", "v7", "5")) == "linux/arm/v7"
    assert str(Platform("linux", "")) == "linux"
