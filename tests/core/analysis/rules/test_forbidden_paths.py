import pytest

from layertui.core.analysis.rules.forbidden_paths import matching_paths
from laying import lay

STACK = lay(
    ["etc/key.pem:1", "root/.ssh/id_rsa:1", "srv/a/b.pem:1", "srv/link.pem->x", "old.pem:1"],
    ["-old.pem", "etc/key.pem:2", "root/.ssh.d/x:1"],
)


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("*.pem", ["/etc/key.pem", "/old.pem", "/srv/a/b.pem", "/srv/link.pem"]),
        ("id_*", ["/root/.ssh/id_rsa"]),
        (".ssh", ["/root/.ssh"]),
        ("/root/.ssh/*", ["/root/.ssh/id_rsa"]),
        ("root/.ssh", ["/root/.ssh"]),
        ("/root/.ssh/", ["/root/.ssh"]),
        ("/srv/*.pem", ["/srv/a/b.pem", "/srv/link.pem"]),
        ("*/b.pem", ["/srv/a/b.pem"]),
        ("/[er]*/*.pem", ["/etc/key.pem"]),
        ("/none/*", []),
        ("*.PEM", []),
    ],
)
def test_paths_that_match(glob, paths):
    assert matching_paths(STACK, glob, 1, 2) == paths


def test_only_what_the_layers_of_a_range_store():
    assert matching_paths(STACK, "*.pem", 2, 2) == ["/etc/key.pem"]
    assert matching_paths(lay(), "*", 1, 0) == []
