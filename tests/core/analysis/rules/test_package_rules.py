"""Rules for packages, from the command line and from a file."""

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui
from layertui.core.analysis.packages.package import Package
from layertui.core.analysis.rules.package_rules import forbidden_package


@pytest.mark.parametrize(
    ("written", "package", "forbidden"),
    [
        ("openssl", ("dpkg", "openssl", "3.0.11-1"), True),
        ("openssl", ("dpkg", "libopenssl", "3.0.11-1"), False),
        ("*ssl*", ("dpkg", "libopenssl", "3.0.11-1"), True),
        ("openssl<3.0.15", ("dpkg", "openssl", "3.0.11-1~deb12u2"), True),
        ("openssl < 3.0.15", ("rpm", "openssl", "1:3.0.7-27.el9"), True),
        ("openssl<3.0.15", ("apk", "openssl", "3.1.4-r5"), False),
        ("apk:openssl", ("dpkg", "openssl", "3.0.11-1"), False),
        ("libstdc++6>=12", ("dpkg", "libstdc++6", "12.2.0-14"), True),
        ("Django>=4,<4.2.16", ("python", "django", "4.2.9"), True),
        ("python:ruamel.yaml", ("python", "ruamel_yaml", "0.18"), True),
        ("lodash<4.17.21", ("node", "lodash", "4.17.20"), True),
        ("@babel/core<7", ("node", "@babel/core", "7.0.0-rc.1"), True),
        ("golang.org/x/net<0.17.0", ("go", "golang.org/x/net", "v0.17.0"), False),
        ("log4j-core<2.17.1", ("java", "log4j-core", "2.14.1"), True),
        ("thing<2", ("python", "thing", "latest"), True),
        ("thing", ("python", "thing", "latest"), True),
    ],
)
def test_which_packages_are_forbidden(written, package, forbidden):
    assert (forbidden_package(written).why(Package(*package)) is not None) is forbidden


@pytest.mark.parametrize(
    "written", ["", "<3", "a b", "openssl<", "openssl 3", "python:django<four", "apk:a<1-1", "[z-a]"]
)
def test_a_value_that_is_none_is_exit_code_2(tmp_path, written):
    path = docker_archive(image([layer([file("a", b"a")])]), tmp_path / "app.tar")
    if not written:  # an empty value disables a rule
        assert layertui("analyze", "--ci", "--max-size", "9", "--forbid-package", written, path).code == 0
    else:
        layertui("analyze", "--ci", "--forbid-package", written, path).failed(2)


STATUS = b"".join(
    b"Package: %s\nStatus: install ok installed\nVersion: %s\nArchitecture: all\n\n" % package
    for package in ((b"openssl", b"3.0.11-1~deb12u2"), (b"tool", b"1.2-3"))
)


@pytest.fixture
def debian(tmp_path):
    packages = layer([file("var/lib/dpkg/status", STATUS)])
    made = image([layer([file("a", b"a")]), packages], history=["ADD rootfs", "RUN apt-get install openssl"])
    return docker_archive(made, tmp_path / "app.tar")


def test_the_package_its_layer_and_step(debian):
    done = layertui(
        "analyze", "--ci", "--json", "--forbid-package", "openssl<3.0.15", "--forbid-package", "telnet", debian
    )
    assert done.code == 1
    openssl, telnet = done.json["rules"]
    assert openssl["findings"] == [
        {
            "path": "/var/lib/dpkg/status",
            "kind": "dpkg openssl 3.0.11-1~deb12u2",
            "line": None,
            "layer": 2,
            "hidden": False,
        }
    ]
    assert (openssl["limit"], openssl["value"], telnet["pass"]) == ("openssl<3.0.15", 1, True)
    text = layertui("analyze", "--ci", "--forbid-package", "openssl<3.0.15", debian).text
    assert "1 package is openssl<3.0.15" in text
    assert "dpkg openssl 3.0.11-1~deb12u2, layer 2 (RUN apt-get install openssl)" in text
    assert layertui("analyze", "--ci", "--forbid-package", "openssl<3.0.11", debian).code == 0


def test_how_many_packages_there_may_be(debian):
    assert layertui("analyze", "--ci", "--max-packages", 2, debian).code == 0
    assert "2 is above 1" in layertui("analyze", "--ci", "--max-packages", 1, debian).text


def test_a_database_that_cannot_be_read_is_no_pass(tmp_path):
    path = docker_archive(
        image([layer([file("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0")])]), tmp_path / "app.tar"
    )
    assert "rpmdb.sqlite" in layertui("analyze", "--ci", "--forbid-package", "openssl", path).failed(2).err


def test_a_file_of_these_rules(debian, tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "rules: {noSecrets: true, allowSecret: ['*.pem'], maxPackages: 2, forbidPackage: ['openssl<3.0.15', telnet]}"
    )
    done = layertui("analyze", "--json", "--ci-config", rules, debian).ok()
    assert [(rule["name"], rule["pass"]) for rule in done.json["rules"]] == [
        ("max-packages", True),
        ("forbid-package", False),
        ("forbid-package", True),
        ("no-secrets", True),
    ]
    layertui("analyze", "--allow-secret", "*.pem", debian).failed(2)
