"""Packages of a stack: who brought them, whether they are hidden again, how many bytes they have, and who owns which file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import file, folder, hardlink, opaque, symlink, whiteout
from layertui.core.analysis.packages.find_packages import LayerPackages, find_owner, find_packages
from layertui.core.analysis.packages.packages_note import pack, unpack
from layertui.core.errors import Cancelled
from layertui.core.layers.table.entry import Kind
from layertui.core.progress import Progress
from package_databases import apk_installed, dpkg_status, go_executable, pom, rpm_header, rpm_sqlite, stack_of, zip_of

STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info"


def brought(found):
    return [(one.package.name, one.package.version, one.layer, one.hidden_in, one.size) for one in found.packages]


def owners(found):
    """The owner of each file that has one."""
    rows = [row for row in range(len(found.view)) if found.owner[row] >= 0]
    return {found.view.path(row): found.packages[found.owner[row]].package.name for row in rows}


def holds_the_law(found):
    return sum(one.size for one in found.shown) + found.unowned_size == found.view.total_size


def test_dpkg_packages_with_their_files_and_bytes():
    found = find_packages(
        stack_of(
            [
                file(STATUS, dpkg_status(("bash", "5.2"), ("libc6", "2.36"))),
                file(f"{INFO}/bash.list", "/.\n/bin\n/bin/bash\n/usr\n/usr/doc\n"),
                file(f"{INFO}/libc6:amd64.list", "/.\n/lib\n/lib/libc.so\n"),
                file("bin/bash", b"x" * 100),
                file("lib/libc.so", b"y" * 30),
                file("srv/own", b"z" * 7),
            ]
        )
    )
    assert brought(found) == [("bash", "5.2", 1, None, 100), ("libc6", "2.36", 1, None, 30)]
    assert owners(found) == {"/bin/bash": "bash", "/lib/libc.so": "libc6"}
    assert "/srv/own" in [found.view.path(row) for row in found.unowned.tolist()]
    assert found.owner_of("/bin") is None
    assert found.owner_of("/nope") is None
    assert found.owner_of("/") is None
    assert found.owner_of("/bin/bash").package.package.title == "dpkg bash 5.2"
    assert holds_the_law(found)
    assert found.problems == ()


def test_a_diversion_moves_the_files_of_all_packages_but_one():
    """dpkg-divert(1): dash keeps its /bin/sh, bash's is at /bin/sh.distrib; /bin/ed of both is moved by the administrator."""
    moved = "/bin/sh\n/bin/sh.distrib\ndash\n/bin/ed\n/bin/ed.real\n:\n/bin/a\n/bin/../a\n:\n/bin/cut"
    found = find_packages(
        stack_of(
            [
                file(STATUS, dpkg_status(("bash", "5.2"), ("dash", "0.5"))),
                file("var/lib/dpkg/diversions", moved),
                file(f"{INFO}/bash.list", "/.\n/bin\n/bin/sh\n/bin/bash\n/bin/a\n"),
                file(f"{INFO}/dash.list", "/.\n/bin\n/bin/sh\n/bin/ed\n/bin/cut\n"),
                *(file(f"bin/{name}", name) for name in ("sh", "sh.distrib", "bash", "ed", "ed.real", "a", "cut")),
            ]
        )
    )
    assert owners(found) == {
        "/bin/sh": "dash",
        "/bin/sh.distrib": "bash",
        "/bin/bash": "bash",
        "/bin/ed.real": "dash",  # and nobody owns /bin/ed
        "/bin/a": "bash",
        "/bin/cut": "dash",
    }
    assert holds_the_law(found)


def test_diversions_are_those_of_the_layer_that_is_looked_at():
    base = [
        file(STATUS, dpkg_status(("bash", "5.2"))),
        file(f"{INFO}/bash.list", "/.\n/bin/sh\n"),
        file("bin/sh", "x"),
    ]
    above = [
        file("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.real\n:\n"),
        file("bin/sh.real", "x"),
        file("bin/sh", "y"),
    ]
    assert owners(find_packages(stack_of(base))) == {"/bin/sh": "bash"}
    assert owners(find_packages(stack_of(base, above))) == {"/bin/sh.real": "bash"}
    assert owners(find_packages(stack_of(base, above, [whiteout("var/lib/dpkg/diversions")]))) == {"/bin/sh": "bash"}


def test_a_path_that_leads_through_a_symlinked_folder():
    found = find_packages(
        stack_of(
            [
                symlink("bin", "usr/bin"),
                file(STATUS, dpkg_status(("bash", "5.2"), ("zsh", "5.9"))),
                file(f"{INFO}/bash.list", "/.\n/bin\n/bin/bash\n/etc/nothing\n"),
                file(f"{INFO}/zsh.list", "/.\n/bin\n"),
                file("usr/bin/bash", b"x" * 100),
            ]
        )
    )
    assert owners(found) == {"/usr/bin/bash": "bash"}


def test_only_the_layers_that_touch_a_database_bring_packages():
    found = find_packages(
        stack_of(
            [
                file(STATUS, dpkg_status(("a", "1"), ("b", "1"))),
                file(f"{INFO}/a.list", "/.\n/a\n"),
                file(f"{INFO}/b.list", "/.\n/b\n"),
                file("a", b"11"),
                file("b", b"222"),
            ],
            [file("srv/x", b"5")],
            [
                file(STATUS, dpkg_status(("a", "1"), ("b", "2"), ("c", "1"))),
                file(f"{INFO}/b.list", "/.\n/b2\n"),
                whiteout("b"),
                file("b2", b"4444"),
                file(f"{INFO}/c.list", "/.\n/c\n"),
                file("c", b"55555"),
            ],
            [file(STATUS, dpkg_status(("a", "1"), ("b", "2"))), whiteout(f"{INFO}/c.list"), whiteout("c")],
        )
    )
    assert brought(found) == [("a", "1", 1, None, 2), ("b", "1", 1, 3, 3), ("b", "2", 3, None, 4), ("c", "1", 3, 4, 5)]
    assert [one.replaced for one in found.packages] == [False, True, False, False]
    assert found.by_layer() == [LayerPackages(1, 2, 5, 1, 1), LayerPackages(3, 2, 9, 1, 0)]
    assert holds_the_law(found)
    assert found.since(3).by_layer() == [LayerPackages(3, 2, 9, 1, 0)]
    assert [one.package.version for one in found.since(3).shown] == ["2"]
    assert found.since(3).owner_of("/a").package.package.name == "a"


def test_as_of_a_layer_nothing_above_it_counts():
    stack = stack_of([file(STATUS, dpkg_status(("a", "1")))], [file(STATUS, dpkg_status(("b", "1")))])
    assert brought(find_packages(stack, upto=1)) == [("a", "1", 1, None, 0)]
    assert brought(find_packages(stack)) == [("a", "1", 1, 2, 0), ("b", "1", 2, None, 0)]


def test_a_database_that_is_removed_hides_its_packages():
    stack = stack_of([file(STATUS, dpkg_status(("a", "1")))], [whiteout("var/lib/dpkg")])
    assert brought(find_packages(stack)) == [("a", "1", 1, 2, 0)]


def test_a_package_that_comes_again_after_a_while_came_twice():
    stack = stack_of([file("app.jar", zip_of(pom("g", "app", "1")))], [whiteout("app.jar")], [])
    again = stack_of(
        [file("app.jar", zip_of(pom("g", "app", "1")))],
        [whiteout("app.jar")],
        [file("app.jar", zip_of(pom("g", "app", "1")))],
    )
    assert [one[:4] for one in brought(find_packages(stack))] == [("g:app", "1", 1, 2)]
    assert [one[:4] for one in brought(find_packages(again))] == [("g:app", "1", 1, 2), ("g:app", "1", 3, None)]


def test_a_copy_of_the_database_with_another_mode_brings_nothing():
    status = dpkg_status(("a", "1"))
    stack = stack_of([file(STATUS, status)], [file(STATUS, status, mode=0o600)])
    assert brought(find_packages(stack)) == [("a", "1", 1, None, 0)]


def test_what_is_removed_and_not_there_is_no_package():
    for state, count in (("deinstall ok config-files", 0), ("unknown ok not-installed", 0), ("hold ok unpacked", 1)):
        assert len(find_packages(stack_of([file(STATUS, dpkg_status(("a", "1"), state=state))])).packages) == count


def test_packages_of_distroless_images():
    found = find_packages(
        stack_of(
            [
                file("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\nArchitecture: amd64\n"),
                file("var/lib/dpkg/status.d/base.md5sums", "d41d8cd98f00b204e9800998ecf8427e  etc/motd\n"),
                file("var/lib/dpkg/status.d/tz", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n"),
                file("var/lib/dpkg/status.d/tzdata.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/tz\n"),
                file("usr/tz", b"123"),
            ]
        )
    )
    assert brought(found) == [("base-files", "12", 1, None, 0), ("tzdata", "2024a", 1, None, 3)]


@pytest.mark.parametrize("path", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_apk_packages(path):
    found = find_packages(
        stack_of(
            [
                file(path, apk_installed({("musl", "1.2"): {"lib": ["ld.so"]}, ("top", "3"): {"": ["README"]}})),
                file("lib/ld.so", b"123"),
                file("README", b"4"),
            ]
        )
    )
    assert brought(found) == [("musl", "1.2", 1, None, 3), ("top", "3", 1, None, 1)]
    assert found.packages[0].package.source == "musl-src"


def test_rpm_packages_and_files_that_are_only_named():
    header = rpm_header("bash", "5.1", "8.el9", ["/usr/bin/bash", "/var/log/bash"], epoch=2, ghosts=["/var/log/bash"])
    found = find_packages(
        stack_of(
            [
                file("usr/lib/sysimage/rpm/rpmdb.sqlite", rpm_sqlite(header)),
                file("usr/bin/bash", b"123"),
                file("var/log/bash", b"4"),
            ]
        )
    )
    assert brought(found) == [("bash", "2:5.1-8.el9", 1, None, 3)]
    assert found.packages[0].package.source == "bash-src"


def test_an_rpm_database_of_a_kind_that_is_not_read():
    found = find_packages(stack_of([file("var/lib/rpm/Packages", b"berkeley")]))
    assert found.packages == ()
    assert len(found.problems) == 1
    assert "/var/lib/rpm/Packages in layer 1: rpm database of a kind that is not read" in found.problems[0]


SITE = "usr/lib/python3/site-packages"


def test_python_packages_have_what_their_record_lists():
    found = find_packages(
        stack_of(
            [
                file(
                    f"{SITE}/foo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n\nName: no\n"
                ),
                file(
                    f"{SITE}/foo-1.0.dist-info/RECORD",
                    'foo.py,sha256=x,1\n../../../bin/foo,,\n"a,b.py",,\n../../../../../x,,\n',
                ),
                file(f"{SITE}/foo.py", b"12"),
                file(f"{SITE}/a,b.py", b"3"),
                file("usr/bin/foo", b"4"),
                file(f"{SITE}/bar.egg-info", "Name: bar\nVersion: 2\n"),
                file(f"{SITE}/baz.egg-info/PKG-INFO", "Name: baz\nVersion: 3\n"),
                file(f"{SITE}/baz.egg-info/installed-files.txt", "../baz.py\n"),
                file(f"{SITE}/baz.py", b"56"),
            ]
        )
    )
    assert [(one.package.name, one.package.version) for one in found.packages] == [
        ("bar", "2"),
        ("baz", "3"),
        ("foo", "1.0"),
    ]
    assert {path: name for path, name in owners(found).items() if "-info" not in path} == {
        f"/{SITE}/foo.py": "foo",
        f"/{SITE}/a,b.py": "foo",
        "/usr/bin/foo": "foo",
        f"/{SITE}/baz.py": "baz",
    }


def test_node_packages_have_their_folders_without_those_of_others():
    found = find_packages(
        stack_of(
            [
                file("app/package.json", '{"name": "app"}'),
                file("app/node_modules/a/package.json", '{"name": "a", "version": "1"}'),
                file("app/node_modules/a/lib/x.js", b"12"),
                file("app/node_modules/a/lib/package.json", '{"name": "no package of its own"}'),
                file("app/node_modules/a/node_modules/b/package.json", '{"name": "b", "version": "2"}'),
                file("app/node_modules/a/node_modules/b/y.js", b"345"),
                file("app/node_modules/@s/c/package.json", '{"name": "@s/c", "version": "3"}'),
                file("app/node_modules/.package-lock.json", b"{}"),
            ]
        )
    )
    assert [(one.package.name, one.package.version) for one in found.packages] == [
        ("@s/c", "3"),
        ("a", "1"),
        ("b", "2"),
    ]
    assert found.owner_of("/app/node_modules/a/lib/x.js").package.package.name == "a"
    assert found.owner_of("/app/node_modules/a/node_modules/b/y.js").package.package.name == "b"
    assert found.owner_of("/app/package.json") == (None,)
    assert holds_the_law(found)


def test_jars_with_what_is_in_them():
    inner = zip_of({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\nImplementation-Version: 9\n"})
    jar = zip_of({**pom("org.x", "web", "4"), "WEB-INF/lib/tiny-9.jar": inner})
    found = find_packages(stack_of([file("opt/web-4.war", jar)]))
    assert brought(found) == [("org.x:web", "4", 1, None, len(jar)), ("tiny", "9", 1, None, 0)]
    assert [one.part for one in found.packages] == [False, True]
    assert found.by_layer() == [LayerPackages(1, 1, len(jar), 0, 0)]


@pytest.mark.parametrize("wide", [True, False])
def test_modules_of_go(wide):
    modules = "path\tx.org/cmd\nmod\tx.org\tv1.0\nbuild\t-x\ndep\ty.org\tv2\th1:\ndep\tz.org\tv3\n=>\tw.org\tv4\n"
    program = go_executable(modules, wide=wide) + bytes(500_000)
    found = find_packages(stack_of([file("bin/app", program, mode=0o755), file("bin/text", program)]))
    assert brought(found) == [
        ("stdlib", "1.22.1", 1, None, 0),
        ("w.org", "v4", 1, None, 0),
        ("x.org", "v1.0", 1, None, len(program)),
        ("y.org", "v2", 1, None, 0),
    ]


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize(
    "layout",
    [
        {"address": 0x36B2BE8, "before": 0x42F68},  # linked by the C compiler: containerd, runc
        {"address": 0x3AC2A98, "constants": 17_000_008, "before": 64},  # so, at any address (PIE): dockerd
        {"address": 0x4BF000, "constants": 0x6F550, "before": 0, "apart": True},  # by Go's own linker, at any address
    ],
)
def test_programs_of_go_that_were_linked_in_other_ways(layout, wide):
    program = go_executable("path\tx.org/cmd\nmod\tx.org\tv1.0\n", wide=wide, **layout) + bytes(500_000)
    assert [one[:2] for one in brought(find_packages(stack_of([file("bin/app", program, mode=0o755)])))] == [
        ("stdlib", "1.22.1"),
        ("x.org", "v1.0"),
    ]


def test_the_packages_of_the_distribution_come_first():
    found = find_packages(
        stack_of(
            [
                file(STATUS, dpkg_status(("python3-foo", "1-1"))),
                file(f"{INFO}/python3-foo.list", f"/.\n/{SITE}/foo.py\n/{SITE}/foo-1.dist-info/METADATA\n"),
                file(f"{SITE}/foo.py", b"12"),
                file(f"{SITE}/foo-1.dist-info/METADATA", "Name: foo\nVersion: 1\n"),
                file(f"{SITE}/foo-1.dist-info/RECORD", "foo.py,,\n"),
            ]
        )
    )
    assert found.owner_of(f"/{SITE}/foo.py").package.package.name == "python3-foo"
    assert [(one.package.name, one.part) for one in found.packages] == [("python3-foo", False), ("foo", True)]


def test_an_inode_counts_once():
    found = find_packages(
        stack_of(
            [
                file(STATUS, dpkg_status(("a", "1"))),
                file(f"{INFO}/a.list", "/.\n/x\n/y\n"),
                file("x", b"12345"),
                hardlink("y", "x"),
            ]
        )
    )
    assert brought(found) == [("a", "1", 1, None, 5)]
    assert holds_the_law(found)


def test_a_damaged_file_gives_what_came_before_and_a_reason():
    database = rpm_sqlite(*(rpm_header(f"p{number}", "1", "1", [f"/f{number}"] * 50) for number in range(40)))
    found = find_packages(
        stack_of(
            [
                file("var/lib/rpm/rpmdb.sqlite", database[:8192]),
                file("a/node_modules/x/package.json", "{"),
                file("b.jar", b"no zip"),
                file("lib/apk/db/installed", apk_installed({("musl", "1"): {}})),
            ]
        )
    )
    assert ("musl", "1") in [(one.package.name, one.package.version) for one in found.packages]
    assert sorted(line.partition(" in layer 1: ")[0] for line in found.problems) == [
        "/a/node_modules/x/package.json",
        "/b.jar",
        "/var/lib/rpm/rpmdb.sqlite",
    ]
    assert holds_the_law(found)


@pytest.mark.parametrize(
    ("limits", "name"),
    [({"packages": 1}, "PACKAGES"), ({"package_database": 50}, "DATABASE"), ({"package_databases": 50}, "DATABASES")],
)
def test_limits_are_named(limits, name, lower):
    lower(**limits)
    found = find_packages(stack_of([file(STATUS, dpkg_status(("a", "1"), ("b", "1")))]))
    assert len(found.packages) < 2
    assert len(found.problems) == 1
    assert (
        f"LAYERTUI_MAX_PACKAGE{name.removeprefix('PACKAGE') if name == 'PACKAGES' else '_' + name} "
        in found.problems[0]
    )


@pytest.mark.parametrize("first", ["/.\n", "/./x\n"])
def test_lists_beyond_the_limit_are_named(first, lower):
    listed = first + "/1\n/2\n/3\n/4\n/5\n"
    stack = stack_of([file(STATUS, dpkg_status(("a", "1"))), file(f"{INFO}/a.list", listed)])
    lower(entries=4)
    assert "LAYERTUI_MAX_ENTRIES" in find_packages(stack).problems[0]


def test_it_can_be_cancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        find_packages(stack_of([file(STATUS, dpkg_status(("a", "1")))]), progress=progress)


def test_nothing_at_all():
    found = find_packages(stack_of([]))
    assert (found.packages, found.unowned_size, found.by_layer()) == ((), 0, [])


NAMES = st.sampled_from(["a", "b", "c", "d/e", "d/f"])


@st.composite
def changes(draw):
    """A layer: packages with versions and files, files of nobody, removals."""
    members = []
    packages = draw(st.none() | st.dictionaries(st.sampled_from(["p", "q"]), st.sampled_from(["1", "2"])))
    if packages is not None:
        members.append(file(STATUS, dpkg_status(*packages.items())))
        for name in packages:
            listed = draw(st.lists(NAMES, unique=True))
            members.append(file(f"{INFO}/{name}.list", "".join(f"/{one}\n" for one in [".", *listed])))
    kept = draw(st.dictionaries(NAMES, st.none() | st.integers(0, 9)))
    members += [whiteout(name) if size is None else file(name, b"x" * size) for name, size in kept.items()]
    if draw(st.booleans()):
        members.append(opaque("d"))
    return [folder("d"), *members]


@pytest.mark.slow
@given(st.lists(changes(), min_size=1, max_size=4))
def test_packages_and_what_no_package_owns_are_all(layers):
    stack = stack_of(*layers)
    for upto in range(1, len(stack) + 1):
        found = find_packages(stack, upto=upto)
        assert holds_the_law(found)
        owned = {int(row) for number in range(len(found.packages)) for row in found.files_of(number)}
        folders = {row for row in range(len(found.view)) if found.view.kind[row] == Kind.DIR}
        assert owned | set(found.unowned.tolist()) | folders == set(range(len(found.view)))
        assert len(owned) + len(found.unowned) + len(folders) == len(found.view)
        assert all(found.packages[number].hidden_in is None for number in set(found.owner.tolist()) if number >= 0)
        assert all(one.hidden_in is None or one.layer < one.hidden_in <= upto for one in found.packages)
        paths = [found.view.path(row) for row in range(len(found.view))]
        assert [find_owner(stack, path, upto=upto) for path in paths] == [found.owner_of(path) for path in paths]
    kept = unpack(stack, pack(found))
    assert (kept.packages, kept.owner.tolist()) == (found.packages, found.owner.tolist())


@pytest.mark.parametrize("packed", [b"", b"\xff" * 8, bytes(8), pack(find_packages(stack_of([file("a", b"1")])))])
def test_what_is_cached_of_another_stack_is_not_used(packed):
    assert unpack(stack_of([]), packed) is None
