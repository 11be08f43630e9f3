"""An image opened from a catalog shows, as of each layer, what it shows when its layers are read; and two of them differ by the same files."""

import random

import pytest

from builders import docker_archive
from catalog_stage import family, fill, need_extra, own_settings, thrown_archives
from layertui.core.engines.discover import CATALOG
from layertui.core.inspector import Inspector
from layertui.core.layers.table.entry import Kind
from layertui.core.settings import Settings

pytestmark = pytest.mark.slow


def facts(view):
    """What is recorded of each entry that a view shows; of a marker the path alone."""
    return [
        (one.path, one.kind, one.layer, one.change)
        if one.kind >= Kind.WHITEOUT
        else (one.path, one.kind, one.mode, one.uid, one.gid, one.size, one.mtime, one.link, one.layer, one.change)
        for one in (view.entry(at) for at in range(len(view)))
    ]


def differences(report):
    """The paths that differ, and by what; what is not recorded is left out."""
    left_out = {"xattrs", "dev"}
    found = ((one.path, one.kind, tuple(name for name in one.fields if name not in left_out)) for one in report.files)
    return [one for one in found if one[1] != "modified" or one[2]]


@pytest.mark.parametrize("seed", range(8))
def test_a_recorded_image_shows_what_its_layers_have(seed, tmp_path):
    need_extra()
    dice = random.Random(seed)
    settings, archives = own_settings(tmp_path), tmp_path / "archives"
    thrown_archives(archives, dice, 3)
    assert fill(settings.catalog, archives, settings=settings).problems == []
    with Inspector(settings) as inspector, Inspector(Settings(tmp_path / "other")) as plain:
        assert CATALOG in inspector.engine_names()
        for path in map(str, sorted(archives.iterdir())):
            recorded, read = inspector.open(f"catalog:{path}"), plain.open(path)
            assert (recorded.image.id, recorded.image.digest) == (read.image.id, read.image.digest)
            for upto in range(len(read.image.layers) + 1):
                assert facts(inspector.view(recorded, upto=upto)) == facts(plain.view(read, upto=upto)), upto
            for only in range(1, len(read.image.layers) + 1):
                mine, theirs = inspector.view(recorded, only=only), plain.view(read, only=only)
                assert facts(mine) == facts(theirs), only
        zero, one = (str(archives / f"{number}.tar") for number in range(2))
        mine = inspector.compare(inspector.open(f"catalog:{zero}"), inspector.open(f"catalog:{one}"))
        theirs = plain.compare(plain.open(zero), plain.open(one))
        assert differences(mine) == differences(theirs)
        mixed = inspector.compare(inspector.open(zero), inspector.open(f"catalog:{one}"))
        assert differences(mixed) == differences(theirs)


def test_a_recorded_image_has_the_packages_that_its_layers_have(tmp_path):
    need_extra()
    settings, archives = own_settings(tmp_path), tmp_path / "archives"
    archives.mkdir()
    for number, made in enumerate(family(5, 8)):
        docker_archive(made, archives / f"{number}.tar")
    assert fill(settings.catalog, archives, settings=settings).problems == []
    with Inspector(settings) as inspector, Inspector(Settings(tmp_path / "other")) as plain:
        paths = sorted(map(str, archives.iterdir()))
        for path in paths:
            recorded, read = inspector.open(f"catalog:{path}"), plain.open(path)
            mine, theirs = inspector.analysis.packages(recorded), plain.analysis.packages(read)
            assert theirs.packages
            assert (mine.packages, mine.problems) == (theirs.packages, ())
            assert mine.owner.tolist() == theirs.owner.tolist()
        changed = [
            one.analysis.package_changes(
                one.compare(one.open(f"{prefix}{paths[0]}"), one.open(f"{prefix}{path}")).files
            )
            for path in paths[1:]
            for one, prefix in ((inspector, "catalog:"), (plain, ""))
        ]
        assert any(one.changes for one in changed)
        assert [(one.changes, one.problems) for one in changed[::2]] == [
            (one.changes, one.problems) for one in changed[1::2]
        ]
