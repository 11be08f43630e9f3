"""What is saved is what is loaded: in every form, by the same bytes each time."""

import io
import json
import subprocess
import tarfile

import pytest

from builders import compressed, digest_of, docker_archive, file, folder, image, layer, layout_files, oci_archive, pack
from layertui.core.errors import Cancelled, Damaged, UsageError
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.archive.save_archive import save
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress
from layertui.core.store.store_layout import Store

BASE = layer([folder("etc"), file("etc/motd", b"hello" * 3000)])
TOP = layer([file("app/run", b"#!" * 40_000, mode=0o755)])
DEMO = image(
    [BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["demo:1.0", "a.example/demo:2"]
)
OTHER = image([BASE], tags=["other:1"], schema="docker", compress="gzip")


def saved(tmp_path, *built, names=None, **how):
    with open_archive(oci_archive(built, tmp_path / "in.tar")) as found:
        out = io.BytesIO()
        save([(one, one.names if names is None else names) for one in found.images], out, spool=tmp_path, **how)
    (tmp_path / "out.tar").write_bytes(out.getvalue())
    return tmp_path / "out.tar"


def contents(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


@pytest.mark.parametrize("compress", [None, "none", "gzip", "zstd"])
@pytest.mark.parametrize("form", ["both", "oci", "docker"])
def test_the_same_images_come_back(tmp_path, form, compress):
    path = saved(tmp_path, DEMO, OTHER, form=form, compress=compress)
    with open_archive(path) as found:
        assert [one.id for one in found.images] == [DEMO.id, OTHER.id]
        assert [[str(name) for name in one.names] for one in found.images] == [list(DEMO.tags), list(OTHER.tags)]
        assert [one.config_bytes for one in found.images] == [DEMO.config, OTHER.config]
        assert found.warnings == ()
        kept = {"none": BASE, "gzip": compressed(BASE, "gzip")}
        for one, before in zip(found.images, ("none", "gzip"), strict=True):
            stored = one.layers[0].open().read()
            if compress is None:
                assert stored == kept[before]
            elif compress == "none":
                assert stored == BASE
            assert one.layers[0].media_type.endswith({"none": ".tar"}.get(compress or before, f"+{compress or before}"))


def test_twice_the_same_bytes(tmp_path):
    first = saved(tmp_path, DEMO, OTHER, compress="gzip").read_bytes()
    assert saved(tmp_path, DEMO, OTHER, compress="gzip").read_bytes() == first


def test_the_default_form_is_both(tmp_path):
    found = contents(saved(tmp_path, DEMO))
    assert json.loads(found["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    entries = json.loads(found["index.json"])["manifests"]
    assert [entry["annotations"] for entry in entries] == [
        {
            "io.containerd.image.name": "docker.io/library/demo:1.0",
            "org.opencontainers.image.ref.name": "1.0",
        },
        {"io.containerd.image.name": "a.example/demo:2", "org.opencontainers.image.ref.name": "2"},
    ]
    (row,) = json.loads(found["manifest.json"])
    assert row["RepoTags"] == ["demo:1.0", "a.example/demo:2"]
    assert found[row["Config"]] == DEMO.config
    assert [found[path] for path in row["Layers"]] == [BASE, TOP]
    assert {path for path in found if path.startswith("blobs/")} == {
        f"blobs/sha256/{digest[7:]}" for digest in DEMO.blobs
    }


def test_forms_have_what_is_theirs_alone(tmp_path):
    assert "manifest.json" not in contents(saved(tmp_path, DEMO, form="oci"))
    found = contents(saved(tmp_path, DEMO, form="docker"))
    assert "index.json" not in found
    assert {path for path in found if path.endswith("layer.tar")} == {
        f"{digest_of(content)[7:]}/layer.tar" for content in (BASE, TOP)
    }


def test_members_are_plain(tmp_path):
    with tarfile.open(saved(tmp_path, DEMO)) as tar:
        for member in tar:
            assert (member.mtime, member.uid, member.gid, member.uname) == (0, 0, 0, "")
            assert member.mode == (0o755 if member.isdir() else 0o644)


def test_without_a_name(tmp_path):
    found = contents(saved(tmp_path, DEMO, names=()))
    assert json.loads(found["manifest.json"])[0]["RepoTags"] is None
    (entry,) = json.loads(found["index.json"])["manifests"]
    assert "annotations" not in entry


def test_a_name_by_digest_is_no_tag(tmp_path):
    found = contents(saved(tmp_path, DEMO, names=(Reference.parse(f"demo@{DEMO.digest}"),)))
    assert json.loads(found["manifest.json"])[0]["RepoTags"] is None


def test_shared_layers_once(tmp_path):
    third = image([BASE, BASE, TOP], tags=["third:1"])
    with tarfile.open(saved(tmp_path, DEMO, third)) as tar:
        paths = [member.name for member in tar]
    assert len(paths) == len(set(paths))
    assert sum(path.startswith("blobs/sha256/") for path in paths) == 2 + 2 * 2


@pytest.mark.parametrize("form", ["both", "oci", "docker"])
def test_without_the_layers_of_the_other_side(tmp_path, form):
    path = saved(tmp_path, DEMO, form=form, without=frozenset([digest_of(BASE)]))
    assert BASE not in contents(path).values()
    other_side = Store(tmp_path / "store")
    with open_archive(path) as found, pytest.raises(Damaged, match=digest_of(BASE)):
        other_side.put(found.images[0], found.images[0].names)
    with open_archive(oci_archive(OTHER, tmp_path / "other.tar")) as found:
        other_side.put(found.images[0], found.images[0].names)
    with open_archive(path) as found:
        stored = other_side.put(found.images[0], found.images[0].names).image
    assert stored.id == DEMO.id
    assert [one.diff_id for one in stored.layers] == list(DEMO.diff_ids)


def test_zstd_is_taken_off_for_docker_unless_asked_for(tmp_path):
    built = image([BASE], tags=["z:1"], compress="zstd")
    assert BASE in contents(saved(tmp_path, built)).values()
    assert BASE in contents(saved(tmp_path, built, form="docker")).values()
    assert built.stored[0] in contents(saved(tmp_path, built, form="oci")).values()
    assert BASE not in contents(saved(tmp_path, built, compress="zstd")).values()


def test_gzip_that_gunzip_reads(tmp_path):
    path = saved(tmp_path, DEMO, compress="gzip")
    (row,) = json.loads(contents(path)["manifest.json"])
    stored = contents(path)[row["Layers"][1]]
    assert subprocess.run(["gzip", "-dc"], input=stored, capture_output=True, check=True).stdout == TOP


def test_what_is_damaged_is_not_saved(tmp_path):
    files = layout_files(DEMO)
    path = f"blobs/sha256/{digest_of(TOP)[7:]}"
    files[path] = TOP[:-600] + b"x" + TOP[-599:]
    (tmp_path / "in.tar").write_bytes(pack(files))
    for compress in (None, "gzip"):
        with open_archive(tmp_path / "in.tar") as found, pytest.raises(Damaged, match=digest_of(TOP)):
            save([(found.images[0], ())], io.BytesIO(), compress=compress)


def test_an_option_that_is_none(tmp_path):
    for how in ({"form": "tgz"}, {"compress": "xz"}):
        with pytest.raises(UsageError):
            saved(tmp_path, DEMO, **how)


def test_it_can_be_stopped_and_counts(tmp_path):
    progress = Progress()
    saved(tmp_path, DEMO, progress=progress)
    assert progress.done == progress.total
    with pytest.raises(Cancelled):
        saved(tmp_path, DEMO, progress=Progress(report=Progress.cancel))
    with pytest.raises(Cancelled):
        saved(tmp_path, DEMO, compress="gzip", progress=Progress(report=Progress.cancel))


def test_from_an_old_docker_archive(tmp_path):
    with open_archive(docker_archive(DEMO, tmp_path / "old.tar", old=True)) as found:
        out = io.BytesIO()
        save([(found.images[0], found.images[0].names)], out)
    (tmp_path / "new.tar").write_bytes(out.getvalue())
    with open_archive(tmp_path / "new.tar") as found:
        assert found.images[0].id == DEMO.id
