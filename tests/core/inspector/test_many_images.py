"""A layout of very many images: the choice among them reads its index, and then the one image that was chosen."""

import json

import pytest

from builders import file, image, layer, oci_layout
from layertui.core.errors import Ambiguous, Damaged
from layertui.core.images.archive import layout_choices
from layertui.core.images.archive.archive_members import FolderMembers
from layertui.core.inspector.names.open_archives import OpenArchives
from layertui.core.inspector.names.spelling import read_spelling
from layertui.core.progress import quiet

BASE = layer([file("base", b"0")])
MANY = [image([BASE, layer([file(f"own{number}", b"1")])], tags=[f"app:{number}"]) for number in range(20)]


@pytest.fixture
def looked_at(monkeypatch):
    """The files of layouts that were opened, or asked for their size."""
    found = []
    for method in ("open", "size"):
        before = getattr(FolderMembers, method)

        def noted(self, path, before=before):
            found.append(path)
            return before(self, path)

        monkeypatch.setattr(FolderMembers, method, noted)
    return found


@pytest.fixture
def archives(monkeypatch):
    monkeypatch.setattr(layout_choices, "_FEW", 10)
    found = OpenArchives(None)
    yield found
    found.close()


def opened(archives, name):
    return archives.image(read_spelling(str(name)), None, quiet())


def choices(archives, folder):
    with pytest.raises(Ambiguous) as raised:
        opened(archives, folder)
    return raised.value


def change_entries(folder, change):
    index = json.loads((folder / "index.json").read_bytes())
    change(index["manifests"])
    (folder / "index.json").write_text(json.dumps(index))


def test_only_the_index_is_read(tmp_path, archives, looked_at):
    folder = oci_layout(MANY, tmp_path / "layout")
    error = choices(archives, folder)
    assert set(looked_at) == {"index.json", "manifest.json"}
    assert "holds 20 images; choose one: app:0, app:1" in str(error)
    assert str(error).endswith("and 8 more")
    looked_at.clear()
    assert opened(archives, error.choices[7].name).id == MANY[7].id
    # The manifest, the config, and whether both layers are there.
    assert len({path for path in looked_at if path.startswith("blobs/")}) == 4


def test_few_images_are_listed_by_platform_too(tmp_path, archives):
    error = choices(archives, oci_layout(MANY[:10], tmp_path / "layout"))
    assert all("linux/" in choice.title for choice in error.choices)


def test_a_name_that_several_images_have_chooses_none(tmp_path, archives):
    folder = oci_layout(MANY, tmp_path / "layout")
    change_entries(folder, lambda entries: entries[1].update(annotations=entries[0]["annotations"]))
    found = [opened(archives, choice.name).id for choice in choices(archives, folder).choices[:3]]
    assert found == [one.id for one in MANY[:3]]


def test_an_image_with_two_names_is_one(tmp_path, archives):
    folder = oci_layout(MANY, tmp_path / "layout")
    change_entries(folder, lambda entries: entries[1].update(digest=entries[0]["digest"], size=entries[0]["size"]))
    error = choices(archives, folder)
    assert "app:0, app:1" in error.choices[0].title
    assert len(error.choices) == 19


def test_an_image_without_a_name_is_read(tmp_path, archives):
    folder = oci_layout(MANY, tmp_path / "layout")
    change_entries(folder, lambda entries: entries[3].pop("annotations"))
    error = choices(archives, folder)
    assert opened(archives, error.choices[3].name).id == MANY[3].id


def test_a_damaged_image_does_not_hide_the_others(tmp_path, archives):
    folder = oci_layout(MANY, tmp_path / "layout")
    (folder / "blobs/sha256" / MANY[0].digest.removeprefix("sha256:")).write_bytes(b"{}")
    found = choices(archives, folder).choices
    assert opened(archives, found[1].name).id == MANY[1].id
    with pytest.raises(Damaged):
        opened(archives, found[0].name)
