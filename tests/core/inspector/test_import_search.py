"""What an import was exported from: found among many images, of which few are looked into."""

import io

import pytest

from builders import docker_archive, file, image, layer
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.inspector.import_search import MOST_VIEWED, origin_of
from layertui.core.progress import quiet
from layertui.core.settings import Settings

OTHERS = MOST_VIEWED + 2
FAR, NEAR = 1 << 20, 10  # bytes that the other images have more than what was exported


@pytest.fixture
def inspector(tmp_path):
    inspector = Inspector(Settings(tmp_path / "store"))
    yield inspector
    inspector.close()


def load(inspector, tmp_path, name, size):
    top = layer([file("big", b"0" * size), file("name", name.encode())])
    built = image([layer([file("etc/motd", b"1")]), top], tags=[name], config={"Cmd": ["sh"]})
    inspector.images.load(docker_archive(built, tmp_path / "image.tar"))


def import_box(inspector, tmp_path):
    """The container `box`, exported and imported."""
    inspector.containers.export("box", tmp_path / "box.tar")
    inspector.images.import_(tmp_path / "box.tar", "flat:1")


def import_gone(inspector, tmp_path):
    """An import of a container of `shop:1` that is there no more."""
    load(inspector, tmp_path, "shop:1", 3000)
    inspector.containers.create("shop:1", CreateOptions(name="box"))
    import_box(inspector, tmp_path)
    inspector.containers.remove("box")


@pytest.fixture
def viewed(monkeypatch):
    """The names of what was looked into."""
    found, view = set(), Inspector.view

    def noted(self, subject, **options):
        found.add(subject.name)
        return view(self, subject, **options)

    monkeypatch.setattr(Inspector, "view", noted)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("more", [FAR, NEAR])
def test_of_many_images_those_of_the_nearest_size_are_looked_into(inspector, tmp_path, viewed, more):
    for number in range(OTHERS):
        load(inspector, tmp_path, f"app:{number}", 3000 + more + number)
    import_gone(inspector, tmp_path)
    assert origin_of(inspector, "flat:1", quiet()) == str(inspector.open("shop:1").image.id)
    assert len(viewed) == 2  # the import itself, and the nearest


@pytest.mark.slow
def test_no_more_than_some_are_looked_into_where_none_fits(inspector, tmp_path, viewed):
    import_gone(inspector, tmp_path)
    inspector.images.remove("shop:1")
    for number in range(OTHERS):
        load(inspector, tmp_path, f"app:{number}", 3000 + FAR + number)
    assert origin_of(inspector, "flat:1", quiet()) is None
    assert len(viewed) == 1 + MOST_VIEWED


def test_what_a_container_wrote_counts_with_its_image(inspector, tmp_path, viewed):
    load(inspector, tmp_path, "shop:1", 3000)
    inspector.containers.create("shop:1", CreateOptions(name="idle"))
    container = inspector.containers.create("shop:1", CreateOptions(name="box"))
    inspector.containers.files.writable_layer(container.id).put_tar(
        io.BytesIO(layer([file("log", b"1" * 70_000)])), "/"
    )
    import_box(inspector, tmp_path)
    assert origin_of(inspector, "flat:1", quiet()) == "container:box"
    assert len(viewed) == 2
