"""Which package a jar is: names and manifests as they are in real jars, of which one or the other says something else."""

import pytest

from layertui.core.analysis.packages.formats.java_packages import java_packages
from package_databases import pom, zip_of


def manifest(**fields):
    lines = [f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items()]
    return {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n" + "".join(lines)}


def packages(name, files):
    found = java_packages(zip_of(files), f"srv/{name}")
    return [(one.package.name, one.package.version) for one in found]


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("jna-5.13.0.jar", {"Implementation_Version": "5.13.0 (b0)", "Bundle_Version": "5.13.0"}, ("jna", "5.13.0")),
        ("kotlin-stdlib-1.9.10.jar", {"Implementation_Version": "1.9.10-release-459"}, ("kotlin-stdlib", "1.9.10")),
        ("json-path-2.10.0.jar", {"Implementation_Version": "task ':jar' property 'x'"}, ("json-path", "2.10.0")),
        ("log4j-1.2-api-2.17.2.jar", {"Bundle_Version": "2.17.2"}, ("log4j-1.2-api", "2.17.2")),
        ("ssl-2.0.61.Final-linux-x86_64.jar", {"Implementation_Version": "2.0.61.Final"}, ("ssl", "2.0.61.Final")),
        ("oro.jar", {"Implementation_Version": "2.0.8 2003-12-28 11:00:13"}, ("oro", "2.0.8")),
        ("words.jar", {"Implementation_Version": "of the task", "Bundle_Version": '"1.6"'}, ("words", "1.6")),
        ("app.jar", {"Implementation_Title": "The App", "Implementation_Version": "7"}, ("The App", "7")),
        ("-1.0.jar", {"Implementation_Version": "1.0"}, ("-1.0", "1.0")),
        ("plain.jar", {}, ("plain", "")),
    ],
)
def test_the_name_says_the_version_and_the_manifest_where_it_begins(name, fields, expected):
    assert packages(name, manifest(**fields)) == [expected]


def test_a_library_in_a_jar_does_not_give_it_its_name():
    """As in the jars of OpenTelemetry, which have JCTools in them, and no pom of their own."""
    files = manifest(Implementation_Version="1.53.0") | pom("org.jctools", "jctools-core", "4.0.5")
    found = packages("opentelemetry-sdk-trace-1.53.0.jar", files)
    assert found == [("opentelemetry-sdk-trace", "1.53.0"), ("org.jctools:jctools-core", "4.0.5")]


@pytest.mark.parametrize("name", ["maven3-core.jar", "core-of-maven-3.8.7.jar", "maven-3.0-core.jar"])
def test_the_only_pom_is_of_the_jar_itself_unless_the_version_is_another(name):
    """As in Debian's /usr/share/java, where jars have other names."""
    files = manifest(Bundle_Version="3.8.7") | pom("org.apache.maven", "maven-core", "3.8.7")
    assert packages(name, files) == [("org.apache.maven:maven-core", "3.8.7")]
