"""Names so long that there is none for their whiteout in a layer tar: everything else can be done with them."""

import io

import pytest

from builders import file, folder, layer
from layertui.core.engines.file_protocols import ReversibleLayer
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from writable_layers import box_in

LONG, OTHER = "a" * 255, "b" * 252
BASE = layer([folder("d"), file(f"d/{LONG}", b"old"), file("f", b"f")])


@pytest.fixture
def own(tmp_path, store_folder):
    box_in(store_folder, tmp_path, BASE)
    inspector = Inspector(Settings.load(store=store_folder))

    def layer() -> ReversibleLayer:
        found = inspector.containers.files.writable_layer("box")
        assert isinstance(found, ReversibleLayer)
        return found

    return layer


def content(own, path):
    with own().source(path).open() as file:
        return file.read()


def test_files_with_long_names_are_made_changed_moved_and_removed(own):
    own().write("/d/new", io.BytesIO(b"so that the folder is in the layer"))
    own().write(f"/d/{OTHER}", io.BytesIO(b"mine"))
    own().write(f"/d/{OTHER}", io.BytesIO(b"again"))
    own().rename(f"/d/{OTHER}", f"/{OTHER}")
    own().take_back(own().rename_reversibly(f"/{OTHER}", "/short"))
    own().unlink(f"/d/{LONG}")
    own().take_back(own().unlink_reversibly(f"/{OTHER}"))
    own().unlink(f"/{OTHER}")
    own().mkdir(f"/d/{LONG}")
