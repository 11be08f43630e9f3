"""The size map by package: each package with the files that it owns, hidden copies of them too, and the rest."""

from builders import file, image, layer, whiteout
from layertui.core.inspector.look.size_maps import NO_PACKAGE
from tui_world import World

STATUS = b"".join(
    b"Package: %s\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n" % name for name in (b"a", b"b")
)


def test_parts_are_the_whole(tmp_path):
    base = layer(
        [
            file("var/lib/dpkg/status", STATUS),
            file("var/lib/dpkg/info/a.list", b"/.\n/usr\n/usr/a\n/usr/gone\n"),
            file("var/lib/dpkg/info/b.list", b"/.\n/usr\n/usr/b\n"),
            file("usr/a", b"a" * 1000),
            file("usr/b", b"b" * 200),
            file("usr/gone", b"g" * 30),
            file("srv/own", b"o" * 4),
        ]
    )
    world = World(tmp_path, image([base, layer([file("usr/a", b"A" * 500), whiteout("usr/gone")])], tags=["pack:1"]))
    maps = world.inspector.analysis.size_maps(world.inspector.open("pack:1"))
    found = maps.by("package")
    sizes = {found.colours[group]: size for group, size in enumerate(found.by_colour()) if size}
    assert sizes["dpkg a 1"] >= 1500
    assert sizes["dpkg b 1"] >= 200
    assert sum(sizes.values()) == maps.by().describe_one().size
    assert sum(sizes.values()) - sizes["dpkg a 1"] - sizes["dpkg b 1"] == sizes[NO_PACKAGE]
    inside = [
        found.path(node) for node in range(len(found.tree)) if found.group_of(node) == found.colours.index("dpkg a 1")
    ]
    assert "/usr/a" in inside
    assert "/usr/b" not in inside
