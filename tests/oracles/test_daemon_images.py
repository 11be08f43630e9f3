"""Images of real daemons: opened from their folders and through their API alone they are what the daemon's own `save` gives."""

import json

import pytest

from builders import file, folder, hardlink, image, layer, opaque, symlink, whiteout
from daemon_engines import FIXTURES, each_daemon, engine_on, lent
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.engines.daemon.images.daemon_folder import DaemonFolder
from layertui.core.engines.daemon.images.daemon_images import DaemonImages
from layertui.core.engines.daemon.local_images.containers_storage import containers_storage
from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet
from layertui.core.settings import Settings

MANY = [file(f"many/{'n' * 100}{n}", b"%d" % n) for n in range(1500)]
BASE = layer([folder("etc"), file("etc/motd", b"hello"), file("etc/old", b"1"), folder("many"), *MANY])
NEXT = layer(
    [
        folder("etc"),
        whiteout("etc/old"),
        file("etc/motd", b"changed", uid=1000, gid=100),
        hardlink("etc/motd2", "etc/motd"),
        symlink("etc/link", "/etc/motd"),
        file("suid", b"#!", mode=0o4755),
        file("attributes", b"x", xattrs={"user.note": b"1"}),
        file("big", b"0123456789" * 70_000),
    ]
)
TOP = layer([folder("many"), opaque("many"), file("many/only", b"one")])
SHOP = image([BASE, NEXT, TOP], tags=["shop:1.0"], history=["base", "next", "top"])


def images_of(daemon, folder, *, readable):
    """As of a new process, with the daemon's folders or without."""
    settings = Settings(store=folder / ("direct" if readable else "streamed"))
    catalog = Catalog(settings.cache)
    client = DaemonClient(Endpoint(daemon.kind, daemon.kind, daemon.address))
    return DaemonImages(client, settings, lambda: catalog, DaemonFolder(client, readable=readable)), catalog


def seen(image, catalog):
    """All that is to be seen of an image: its identities, and each row of its tree with what is in the files."""
    stack = catalog.stack(image.layers)
    rows = []
    for entry in stack.view():
        content = b""
        if entry.kind.name == "FILE":
            with stack.open(entry) as raw:
                content = raw.read()
        rows.append(
            (
                entry.path,
                entry.kind,
                entry.mode,
                entry.uid,
                entry.gid,
                entry.mtime,
                entry.link,
                dict(entry.xattrs),
                content,
            )
        )
    return image.id, image.config_bytes, image.diff_ids, rows


def through(layer):
    with layer.open() as raw:  # its end proves digest and size
        return sum(len(piece) for piece in iter(lambda: raw.read(1 << 20), b""))


@pytest.mark.parametrize("readable", [True, False], ids=["folders", "api"])
@pytest.mark.parametrize("name", each_daemon())
def test_an_image_is_what_its_own_save_gives(request, name, readable, tmp_path):
    with lent(request, name, tmp_path, SHOP):
        daemon = request.getfixturevalue(FIXTURES[name])
        saved = tmp_path / "saved.tar"
        saved.write_bytes(daemon.run("save", "shop:1.0").stdout)
        with open_archive(saved) as archive:
            expected = seen(archive.images[0], Catalog(None))
        assert expected[0] == SHOP.id
        for _ in range(2):
            images, catalog = images_of(daemon, tmp_path, readable=readable)
            found = images.open("shop:1.0", None, quiet())
            assert (type(found.blobs).__name__ == "StreamedBlobs") is not readable
            assert seen(found, catalog) == expected
            stated = daemon.text("image", "inspect", "--format", "{{json .RepoDigests}}", "shop:1.0")
            assert found.repo_digests == tuple(json.loads(stated))
            assert [through(one) for one in found.layers] == [one.size for one in found.layers]
            (listed,) = images.list()
            assert listed.id == SHOP.id


@pytest.mark.parametrize("name", each_daemon(without=("docker",)))
def test_podmans_store_without_its_service(request, name, tmp_path):
    with lent(request, name, tmp_path, SHOP):
        daemon = request.getfixturevalue(FIXTURES[name])
        info, catalog = daemon.text("info", "--format", "{{.Store.GraphRoot}}"), Catalog(None)
        images = containers_storage(type(tmp_path)(info))
        (one,) = images.list()
        assert (one.id, one.diff_ids) == (SHOP.id, SHOP.diff_ids)
        through_service = engine_on(daemon, tmp_path).images.open("shop:1.0", None, quiet())
        assert seen(images.open("shop:1.0", None, quiet()), catalog) == seen(through_service, Catalog(None))
