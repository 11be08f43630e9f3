"""Packages, their versions and their files, as the package managers themselves say them."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

import peer_alpine
from absent import absent, need
from layertui.core.analysis.packages.find_packages import find_packages
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from peers import Missing, Tool

pytestmark = [pytest.mark.oracle, pytest.mark.slow]


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options)
    return done.stdout


def packages_in(root, paths):
    """What is found in a layer of these paths below a root; folders with all in them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path in sorted(paths):
            tar.add(Path(root) / path, arcname=path)
    table = read_table(io.BytesIO(out.getvalue()))
    return find_packages(
        Stack.from_layers([StackLayer(table, TarballContent(table, lambda: io.BytesIO(out.getvalue())))])
    )


def files_of(found, name):
    """The files and symlinks that the package with this name owns."""
    numbers = [number for number, one in enumerate(found.packages) if one.package.name == name]
    return {found.view.path(row) for number in numbers for row in found.files_of(number).tolist()}


DPKG = ("bash", "coreutils", "libc-bin", "tar", "base-passwd")


def real(path):
    """The path without symlinks above it."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def test_dpkg_says_the_same_of_this_system():
    need("dpkg-query")
    listed = {name: run("dpkg-query", "-L", name).splitlines() for name in DPKG}
    expected = {
        name: {real(path) for path in paths if os.path.lexists(path) and not os.path.isdir(path)}
        for name, paths in listed.items()
    }
    links = [path for path in ("bin", "sbin", "lib", "lib64") if os.path.islink(f"/{path}")]
    database = ["var/lib/dpkg/status", "var/lib/dpkg/info"]
    found = packages_in("/", [*links, *database, *(path[1:] for paths in expected.values() for path in paths)])
    assert {name: files_of(found, name) for name in DPKG} == expected
    form = "${Package} ${Version} ${Architecture} ${db:Status-Status}\n"
    said = [line.split() for line in run("dpkg-query", "-W", "-f", form).splitlines()]
    there = sorted((name, version, arch) for name, version, arch, state in said if state == "installed")
    ours = [(one.package.name, one.package.version, one.package.arch) for one in found.packages]
    assert sorted(one for one in ours if one[0] in {name for name, *_ in there}) == there


_DIVERTED = re.compile(r"(?:diverted by \S+ to|locally diverted to): (/.*)")


def diverted_list(root, admin, name):
    """What `dpkg-query -L` says: each path where the package's file really is, without folders."""
    lines = run("dpkg-query", f"--admindir={admin}", "-L", name).splitlines()
    found = []
    for line in lines:
        if line.startswith("/"):
            found.append(line)
        elif (moved := _DIVERTED.fullmatch(line)) is not None:
            found[-1] = moved[1]
        else:
            assert line.startswith("package diverts others to: /"), line
    return {path for path in found if os.path.lexists(f"{root}{path}") and not os.path.isdir(f"{root}{path}")}


@pytest.fixture
def diverting_root(tmp_path):
    """A tree into which dpkg has installed two packages; one diverts a file of the other, the administrator another one."""
    need("dpkg-deb", "dpkg", "dpkg-divert")
    root = tmp_path / "root"
    admin = root / "var/lib/dpkg"
    (admin / "info").mkdir(parents=True)
    (admin / "updates").mkdir()
    (admin / "status").touch()
    (root / "usr/local").mkdir(parents=True)
    (root / "usr/local/own").write_text("no package has it")
    every = ["--root", root, "--force-not-root", "--force-bad-path", "--log", tmp_path / "log"]
    divert = ["dpkg-divert", "--admindir", admin, "--instdir", root, "--add", "--rename"]
    run(*divert, "--package", "wrapper", "--divert", "/usr/bin/tool.real", "/usr/bin/tool")
    run(*divert, "--local", "--divert", "/etc/tool.conf.dist", "/etc/tool.conf")
    for name, files in (
        ("tool", ("usr/bin/tool", "usr/bin/tool-extra", "etc/tool.conf")),
        ("wrapper", ("usr/bin/tool", "usr/share/wrapper")),
    ):
        tree = tmp_path / name
        for path in files:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(f"{path} of {name}")
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
        )
        run("dpkg-deb", "--build", tree, tmp_path / f"{name}.deb")
        run("dpkg", *every, "--install", tmp_path / f"{name}.deb")
    return root


def test_dpkg_says_the_same_where_files_are_diverted(diverting_root):
    root = diverting_root
    found = packages_in(root, ["usr", "etc", "var"])
    admin = root / "var/lib/dpkg"
    expected = {name: diverted_list(root, admin, name) for name in ("tool", "wrapper")}
    assert {name: files_of(found, name) for name in expected} == expected
    assert expected["tool"] == {"/usr/bin/tool.real", "/usr/bin/tool-extra", "/etc/tool.conf.dist"}
    assert expected["wrapper"] == {"/usr/bin/tool", "/usr/share/wrapper"}
    for path in sorted(expected["wrapper"]):
        said = run("dpkg-query", f"--admindir={admin}", "-S", path).splitlines()[-1]
        assert found.owner_of(path).package.package.name in said.partition(":")[0].split(", ")


def test_dpkg_says_the_same_of_files_that_no_package_owns(diverting_root):
    root = diverting_root
    found = packages_in(root, ["usr", "etc", "var"])
    owned = {path for name in ("tool", "wrapper") for path in diverted_list(root, root / "var/lib/dpkg", name)}
    there = {f"/{path.relative_to(root)}" for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}
    assert {found.view.path(row) for row in found.unowned.tolist()} == there - owned
    assert "/usr/local/own" in there - owned


def test_dpkg_says_the_same_of_the_diversions_of_this_system():
    need("dpkg-query", "dpkg-divert")
    triplets = Path("/var/lib/dpkg/diversions").read_text().splitlines()
    moved = [*triplets[::3], *triplets[1::3]]
    links = [path for path in ("bin", "sbin", "lib", "lib64") if os.path.islink(f"/{path}")]
    there = [real(path)[1:] for path in moved if os.path.lexists(path)]
    found = packages_in("/", [*links, "var/lib/dpkg/status", "var/lib/dpkg/info", "var/lib/dpkg/diversions", *there])
    names = {one.package.name for one in found.packages}
    expected = {}
    for list_file in Path("/var/lib/dpkg/info").glob("*.list"):
        listed = list_file.read_text().splitlines()
        name = list_file.name.removesuffix(".list").partition(":")[0]
        if name in names and not set(moved).isdisjoint(listed):
            paths = diverted_list("", "/var/lib/dpkg", list_file.name.removesuffix(".list"))
            expected.setdefault(name, set()).update({real(path) for path in paths} & {real(path) for path in moved})
    ours = {name: files_of(found, name) & {real(path) for path in moved} for name in expected}
    assert ours == expected


SPEC = """
Name: {name}
Version: {version}
Release: 3
Summary: x
License: x
BuildArch: noarch
%description
x
%install
mkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/etc %{{buildroot}}/var/log
echo {name} > %{{buildroot}}/usr/bin/{name}
ln -s {name} %{{buildroot}}/usr/bin/{name}-link
echo x > "%{{buildroot}}/etc/{name} with blanks"
%files
/usr/bin/{name}
/usr/bin/{name}-link
"/etc/{name} with blanks"
%dir /var/log
%ghost /var/log/{name}
"""


@pytest.fixture
def rpm_root(tmp_path):
    """A tree into which rpm has installed two packages, and then one of them in a newer version."""
    need("rpm", "rpmbuild")
    root = tmp_path / "root"
    top = ["--define", f"_topdir {tmp_path}/build", "--define", "_build_name_fmt %{NAME}-%{VERSION}.rpm"]
    database = ["--root", root, "--dbpath", "/var/lib/rpm"]
    run("rpm", *database, "--initdb")
    for name, version in (("one", "1"), ("two", "1"), ("one", "2")):
        spec = tmp_path / f"{name}.spec"
        spec.write_text(SPEC.format(name=name, version=version))
        run("rpmbuild", "-bb", *top, spec)
        package = tmp_path / f"build/RPMS/{name}-{version}.rpm"
        run("rpm", *database, "-U", "--nodeps", "--noscripts", package)
    return root


@pytest.mark.skipif(os.geteuid() != 0, reason="rpm needs root for a tree of its own")
def test_rpm_says_the_same_of_a_tree(rpm_root):
    found = packages_in(rpm_root, ["usr", "etc", "var"])
    assert not found.problems
    database = ["--root", rpm_root, "--dbpath", "/var/lib/rpm"]
    said = run("rpm", *database, "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE} %{ARCH}\n").splitlines()
    ours = [f"{one.package.name} {one.package.version} {one.package.arch}" for one in found.packages]
    assert sorted(ours) == sorted(said) == ["one 2-3 noarch", "two 1-3 noarch"]
    for name in ("one", "two"):
        listed = run("rpm", *database, "-q", "--noghost", "-l", name).splitlines()
        assert files_of(found, name) == {path for path in listed if not (rpm_root / path[1:]).is_dir()}


@pytest.fixture(scope="module")
def apk(tmp_path_factory):
    """Runs apk: the one of this machine, or that of a Python package."""
    found = shutil.which("apk")
    try:
        tool = Tool((found,)) if found else peer_alpine.apk(tmp_path_factory.mktemp("apk"))
    except Missing as reason:
        absent(str(reason))
    return tool.text


@pytest.fixture
def apk_root(apk, tmp_path):
    """A tree into which apk has installed two packages, one of them then in a newer version, and one that replaces a file."""
    root, database = tmp_path / "root", ["--root", tmp_path / "root", "--allow-untrusted", "--no-network"]
    for name, version, files in (
        ("one", "1-r0", ("usr/bin/one", "usr/bin/old", "etc/one with blanks")),
        ("two", "1-r0", ("usr/bin/two", "lib/two.so", "etc/conf")),
        ("one", "2-r3", ("usr/bin/one", "etc/one with blanks")),
        ("three", "3_rc1-r0", ("etc/conf", "srv/three")),
    ):
        tree, package = tmp_path / f"{name}-{version}", tmp_path / f"{name}-{version}.apk"
        for path in files:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(f"{path} of {name}")
        (tree / f"{name}-link").symlink_to(files[0])
        said = {"name": name, "version": version, "arch": "x86_64", "license": "x", "description": "x"}
        said |= {"replaces": "two"} if name == "three" else {}
        about = [word for field, value in said.items() for word in ("--info", f"{field}:{value}")]
        apk("mkpkg", "--files", tree, "--output", package, *about)
        apk(*database, "--arch", "x86_64", "--initdb", "add", package)
    (root / "srv/own").write_text("no package has it")
    return root


def apk_agrees(apk, root):
    """What is found in a tree, once apk has said the same of each package and each file."""

    def said(*words):
        return [line for line in apk("--root", root, "info", *words).splitlines() if line]

    found = packages_in(root, [one.name for one in root.iterdir()])
    assert not found.problems
    ours = {
        one.package.name: f"{one.package.name}-{one.package.version}"
        for one in found.packages
        if one.package.kind == "apk"
    }
    assert sorted(ours.values()) == sorted(said("-v"))
    links = [path for path in ("bin", "sbin", "lib") if (root / path).is_symlink()]
    owned = set()
    for name in ours:
        listed = {f"/{path}" for path in said("--quiet", "--contents", name)}
        assert all(not path.startswith(f"/{link}/") for path in listed for link in links)
        there = {path for path in listed if os.path.lexists(f"{root}{path}")}
        assert files_of(found, name) == there, name
        owned |= there
    for path in sorted(owned)[:: max(1, len(owned) // 20)]:
        assert ours[found.owner_of(path).package.package.name] in said("--who-owns", path)[0]
    there = {f"/{path.relative_to(root)}" for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}
    assert {found.view.path(row) for row in found.unowned.tolist()} == there - owned
    return found, owned, there - owned


@pytest.mark.skipif(os.geteuid() != 0, reason="apk needs root for a tree with owners")
def test_apk_says_the_same_of_a_tree(apk, apk_root):
    found, owned, unowned = apk_agrees(apk, apk_root)
    versions = sorted(f"{one.package.name}-{one.package.version}" for one in found.packages)
    assert versions == ["one-2-r3", "three-3_rc1-r0", "two-1-r0"]
    assert "/usr/bin/old" not in owned
    assert "/etc/conf" in files_of(found, "three")
    assert "/srv/own" in unowned


@pytest.mark.skipif(os.geteuid() != 0, reason="some files of the machine are for root alone")
def test_apk_says_the_same_of_a_machine_with_alpine(apk, tmp_path):
    need("debugfs")
    try:
        root = peer_alpine.tree(tmp_path)
    except Missing as reason:
        absent(str(reason))
    found, owned, unowned = apk_agrees(apk, root)
    assert {"musl", "busybox", "apk-tools", "alpine-baselayout"} <= {one.package.name for one in found.packages}
    assert len(owned) > 300
    assert "/lib/apk/db/installed" in unowned


def test_python_says_the_same_of_an_environment():
    site = Path(next(path for path in sys.path if path.endswith("site-packages")))
    root, inside = site.parents[2], site.relative_to(site.parents[2])
    names = [one for one in site.iterdir() if one.name.endswith(".dist-info")][:40]
    found = packages_in(root, [inside / one.name for one in names])
    expected = [one for one in distributions(path=[str(site)]) if Path(str(one._path)) in names]
    ours = {(one.package.name, one.package.version) for one in found.packages}
    assert ours == {(one.metadata["Name"], one.version) for one in expected}
    for one in expected:
        recorded = {f"/{inside / str(path)}" for path in one.files or ()}
        there = {path for path in recorded if found.view.find(path) is not None}
        assert there - files_of(found, one.metadata["Name"]) == set()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm brings four hundred packages of Debian for one test")
def test_npm_says_the_same_of_a_tree(tmp_path):
    packages = {
        "": ("app", "1.0.0", {"a": "1.0.0", "@s/b": "2.0.0"}),
        "node_modules/a": ("a", "1.0.0", {"c": "3.0.0"}),
        "node_modules/a/node_modules/c": ("c", "3.0.0", {}),
        "node_modules/@s/b": ("@s/b", "2.0.0", {}),
    }
    for folder, (name, version, wanted) in packages.items():
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        said = {"name": name, "version": version, "dependencies": wanted}
        (tmp_path / folder / "package.json").write_text(json.dumps(said))
    found = packages_in(tmp_path, ["package.json", "node_modules"])
    answer = json.loads(run("npm", "ls", "--all", "--json", "--offline", cwd=tmp_path))

    def below(node):
        for name, one in node.get("dependencies", {}).items():
            yield name, one["version"]
            yield from below(one)

    assert sorted((one.package.name, one.package.version) for one in found.packages) == sorted(below(answer))
