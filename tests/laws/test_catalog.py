"""A question to the catalog has the answer of `find` and `analyze` run image by image: whatever the images, and the conditions."""

import random

import pytest

from builders import docker_archive
from catalog_stage import asked, family, fill, need_extra, own_settings, thrown_archives
from laws.test_find import Asked
from layertui.core.analysis.search.file_query import FileQuery
from layertui.core.analysis.search.globs import Glob
from layertui.core.inspector import Inspector
from layertui.core.inspector.find_files import FilesInImage, find_files
from layertui.core.layers.table.entry import Kind
from layertui.core.progress import Progress

pytestmark = pytest.mark.slow


def image_by_image(settings, folder, query):
    """What `find` says of each archive of a folder."""
    found = []
    with Inspector(settings) as inspector:
        for one in find_files(inspector, query, [str(folder)], progress=Progress()):
            assert isinstance(one, FilesInImage), one
            found += [facts(one.image, entry, visible) for entry, visible in one.files.entries()]
    return found


def facts(name, entry, visible):
    link = entry.link if entry.kind is Kind.SYMLINK else entry.hardlink_to
    attributes = (entry.kind.word, entry.mode, entry.uid, entry.gid, entry.size, entry.mtime)
    return (name, entry.path, entry.layer, visible, *attributes, link)


def by_catalog(place, query, digest=None):
    from layertui.core.catalog.questions.find_paths import CatalogQuery, find_paths

    with asked(place) as database:
        return [
            (row.image, row.path, row.layer, row.visible, *row[2:9])
            for row in find_paths(database, CatalogQuery(query, digest))
        ]


@pytest.mark.parametrize("seed", range(8))
def test_find_has_the_answers_of_find(seed, tmp_path):
    need_extra()
    dice = random.Random(seed)
    settings, archives = own_settings(tmp_path), tmp_path / "archives"
    thrown_archives(archives, dice, 4)
    answer = fill(tmp_path / "catalog", archives, settings=settings)
    assert (answer.images, answer.problems) == (4, [])
    some = 0
    for _ in range(40):
        one = Asked(dice)
        one.text = None
        query = one.query(hidden=dice.random() < 0.5)
        expected = image_by_image(settings, archives, query)
        assert by_catalog(tmp_path / "catalog", query, one.digest) == expected
        some += bool(expected)
    assert some > 5


def test_packages_and_their_files_are_those_of_analyze(tmp_path):
    need_extra()
    from layertui.core.catalog.questions.catalog_packages import catalog_packages

    settings, archives = own_settings(tmp_path), tmp_path / "archives"
    archives.mkdir()
    for number, made in enumerate(family(3, 12)):
        docker_archive(made, archives / f"{number:02}.tar")
    fill(tmp_path / "catalog", archives, settings=settings)
    expected, sizes = set(), {}
    with Inspector(settings) as inspector:
        for path in sorted(map(str, archives.iterdir())):
            subject = inspector.open(path)
            for one in inspector.analysis.packages(subject).shown:
                package = one.package
                expected.add((path, package.kind, package.name, package.version, one.layer, one.size))
            report = inspector.analysis.size_report(subject, contents=False)
            sizes[path] = (report.stored.stored_bytes, report.stored.hidden_bytes)
    with asked(tmp_path / "catalog") as database:
        rows = catalog_packages(database, None)[0].to_pylist()
        found = {(row["image"], row["type"], row["name"], row["version"], row["layer"], row["size"]) for row in rows}
        summed = database.rows(
            "SELECT image, list_sum(stored)::BIGINT AS stored, list_sum(hidden)::BIGINT AS hidden"
            " FROM images JOIN stacks USING (chain_id)"
        )
    assert found == expected
    assert {row["image"]: (row["stored"], row["hidden"]) for row in summed} == sizes
    assert len(expected) == 12
    owned = 0
    for name in ("openssl", "zlib", "curl"):
        query = FileQuery(package=name, name=Glob("*"))
        expected_files = image_by_image(settings, archives, query)
        assert by_catalog(tmp_path / "catalog", query) == expected_files
        owned += len(expected_files)
    assert owned >= 6
