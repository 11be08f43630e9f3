import pytest

from layertui.core.engines.daemon.images.image_answers import has_manifest_ids, summary_of

_ID = f"sha256:{'a' * 64}"


def _held(architecture, *, kind="image", available=True):
    platform = {"Platform": {"architecture": architecture, "os": "linux"}}
    return {"ID": _ID, "Kind": kind, "Available": available, "ImageData": platform}


@pytest.mark.parametrize(
    ("row", "platform"),
    [
        ({}, ("", "")),
        ({"Arch": "arm64", "Os": "linux"}, ("arm64", "linux")),
        ({"Arch": None, "Os": 7}, ("", "")),
        ({"Manifests": [_held("amd64"), _held("unknown", kind="attestation")]}, ("amd64", "linux")),
        ({"Manifests": [_held("amd64"), _held("arm64", available=False)]}, ("amd64", "linux")),
        ({"Manifests": [_held("amd64"), _held("arm64")]}, ("", "")),
        ({"Manifests": [None, {"Kind": "image", "Available": True, "ImageData": "x"}]}, ("", "")),
        ({"Manifests": "x"}, ("", "")),
    ],
)
def test_the_platform_of_an_image_as_far_as_the_list_says_it(row, platform):
    found = summary_of({"Id": _ID, **row}, None)
    assert (found.architecture, found.os) == platform


@pytest.mark.parametrize("names", [None, True, 7, "x y", {}, [None, 7, "a b"]])
def test_names_that_are_none(names):
    row = {"Id": _ID, "RepoTags": names, "RepoDigests": names}
    assert summary_of(row, None).names == ()
    assert has_manifest_ids([row]) is None


MANIFEST = f"sha256:{'b' * 64}"


def test_digests_in_a_store_without_manifests():
    row = {
        "Id": _ID,
        "RepoDigests": [f"localhost:5000/a@{MANIFEST}", "b@<none>", "<none>@<none>", "c@sha256:\x1b", None],
    }
    found = summary_of(row, None)
    assert (found.digest, found.pulled_digests) == (None, (("localhost:5000/a", MANIFEST),))


def test_the_id_in_a_store_with_manifests_is_the_digest():
    row = {"Id": MANIFEST, "RepoDigests": [f"a@{MANIFEST}"]}
    found = summary_of(row, lambda _: _ID)
    assert (found.id, found.engine_id, found.digest, found.pulled_digests) == (_ID, MANIFEST, MANIFEST, ())
    assert summary_of(row, lambda _: None).digest == MANIFEST
