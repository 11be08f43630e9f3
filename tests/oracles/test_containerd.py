"""containerd's images, read from the files of one that runs: they are what `ctr` lists and exports."""

import pytest

from builders import docker_archive, file, image, layer, oci_archive
from layertui.core.engines.daemon.local_images.containerd_images import ContainerdImages
from layertui.core.images.archive.archive import open_archive
from layertui.core.progress import quiet

BASE = layer([file("etc/motd", b"hello")])
SHOP = image([BASE, layer([file("app", b"2")])], tags=["shop:1.0"], compress="gzip")
BOX = image([BASE], tags=["box:1", "box:2"])
MANY = 200


def listed(ctr, namespace):
    """Name and digest of each image."""
    rows = [line.split() for line in ctr.text("-n", namespace, "images", "ls").splitlines()[1:]]
    return sorted((row[0], row[2]) for row in rows)


def ours(containerd, namespace):
    return sorted((row.name, str(row.target)) for row in ContainerdImages(containerd.root, namespace).named())


@pytest.mark.slow
def test_what_ctr_lists_and_exports(containerd, layertui, tmp_path, monkeypatch):
    ctr = containerd.ctr
    shop = oci_archive(SHOP, tmp_path / "shop.tar")
    box = docker_archive(BOX, tmp_path / "box.tar")
    ctr.run("images", "import", "--no-unpack", shop)
    ctr.run("-n", "k8s.io", "images", "import", "--no-unpack", shop)
    ctr.run("-n", "k8s.io", "images", "import", "--no-unpack", box)
    ctr.run("-n", "moby", "images", "import", "--no-unpack", box)
    for namespace in ("default", "k8s.io", "moby"):
        assert ours(containerd, namespace) == listed(ctr, namespace) != []
    # More names than one page has, some of them removed again.
    names = [f"docker.io/library/many:{number}" for number in range(MANY)]
    ctr.run("images", "tag", "docker.io/library/shop:1.0", *names)
    ctr.run("images", "rm", *names[::3])
    assert ours(containerd, "default") == listed(ctr, "default")
    assert len(ours(containerd, "default")) == 1 + MANY - len(names[::3])

    found = ContainerdImages(containerd.root).open("shop:1.0", None, quiet())
    ctr.run("images", "export", tmp_path / "export.tar", "docker.io/library/shop:1.0")
    with open_archive(tmp_path / "export.tar") as archive:
        exported = archive.image()
        assert found.id == exported.id == SHOP.id
        assert found.digest == exported.digest
        for one, other in zip(found.layers, exported.layers, strict=True):
            with one.open() as mine, other.open() as theirs:
                assert mine.read() == theirs.read()

    monkeypatch.setenv("LAYERTUI_CONTAINERD", str(containerd.root))
    assert layertui.text("ls", "containerd:[moby]box:2", "/etc") == "/etc/motd"
    assert {one["id"] for one in layertui.json("--engine", "containerd", "images")} == {SHOP.id, BOX.id}
