"""ChangeRules, with paths that are what they seem, but for one symlink."""

import pytest

from layertui.core.engines.daemon.files.change_rules import ChangeRules
from layertui.core.engines.daemon.files.path_lookup import PathLookup, mounts_of
from layertui.core.errors import Conflict


class Paths(PathLookup):
    def __init__(self, mounts):
        super().__init__(None, None, mounts)

    def resolve(self, path, *, follow=True):
        return "/shut/x" if path == "/link" and follow else path


def rules(*, read_only=False, status="exited", title="Docker Engine"):
    inspected = {
        "Mounts": [
            {"Type": "volume", "Destination": "/vol", "RW": True},
            {"Type": "bind", "Destination": "/shut/", "RW": False},
            {"Type": "bind", "Destination": "/etc/one", "RW": True},
            "no object",
        ],
        "HostConfig": {"ReadonlyRootfs": read_only, "Tmpfs": {"/mem": ""}},
        "State": {"Status": status},
    }
    return ChangeRules(inspected, Paths(mounts_of(inspected)), title)


@pytest.mark.parametrize("path", ["/vol", "/vol/", "/vol/../vol", "/etc", "/etc/one", "/etc/hosts", "/shut", "/proc"])
def test_nothing_is_removed_at_or_around_a_mount(path):
    with pytest.raises(Conflict, match="something is mounted at"):
        rules().require_no_mount(path)


@pytest.mark.parametrize("path", ["/srv", "/vol/x", "/etc/one.more", "/etc/group", "/link"])
def test_what_lies_beside_or_in_a_mount_is_removed(path):
    rules().require_no_mount(path)


def test_what_is_mounted_read_only_stays_by_whichever_path():
    for path in ("/shut/x", "/shut", "/link", "/vol/../shut/x"):
        with pytest.raises(Conflict, match="mounted volume is marked read-only"):
            rules().require_change(path)
    rules().require_change("/link", follow=False)
    rules().require_change("/vol/x")


def test_a_root_that_is_read_only_stays_and_what_is_mounted_over_it_does_not():
    for path in ("/srv/x", "/tmpx", "/etc"):
        with pytest.raises(Conflict, match="container rootfs is marked read-only"):
            rules(read_only=True).require_change(path)
    for path in ("/vol/x", "/tmp/x", "/etc/one"):
        rules(read_only=True).require_change(path)


@pytest.mark.parametrize(
    ("status", "title", "why"),
    [
        ("created", "Docker Engine", "exists only while the container runs"),
        ("exited", "Podman", "exists only while the container runs"),
        ("running", "Docker Engine", "no call of Docker Engine reaches"),
    ],
)
def test_memory_that_a_daemon_does_not_reach_is_not_written_below(status, title, why):
    with pytest.raises(Conflict, match=why):
        rules(status=status, title=title).require_change("/mem/x")


def test_memory_that_podman_reaches_is_written_to():
    rules(status="running", title="Podman").require_change("/mem/x")
