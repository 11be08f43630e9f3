import os

import pytest

from layertui.core.containers.model.mounts import Mount, checked, mount, tmpfs, volume
from layertui.core.errors import Conflict, UsageError


def bind(source, target, **more):
    return Mount(kind="bind", source=source, target=target, **more)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("/a:/b", bind("/a", "/b", makes_source=True)),
        ("/a:/b/../c/:ro", bind("/a", "/c", makes_source=True, read_only=True)),
        ("/a:/b:rw,z", bind("/a", "/b", makes_source=True)),
        ("./a:/b", bind(os.path.abspath("a"), "/b", makes_source=True)),
    ],
)
def test_a_volume(spelled, expected):
    assert volume(spelled) == expected


@pytest.mark.parametrize(
    ("read", "spelled", "said"),
    [
        (volume, "a", "absolute"),
        (volume, "/a:", "write FOLDER:PATH"),
        (volume, ":/b", "write FOLDER:PATH"),
        (volume, "n:/b", "not a volume name"),
        (volume, "/a:b", "absolute"),
        (volume, "/a:/", "nothing can be mounted at /"),
        (volume, "/a:/proc/x", "nothing can be mounted"),
        (volume, "/a:/b:rx", "invalid mode 'rx'"),
        (tmpfs, "/t:size=x", "invalid size"),
        (tmpfs, "/t:huge", "invalid tmpfs option"),
        (tmpfs, "t", "absolute"),
        (mount, "type=volume,source=a,target=/b", "not a volume name"),
        (mount, "source=/a,target=/b", "not a volume name"),
        (mount, "type=npipe,target=/b", "volume, bind, tmpfs, no npipe"),
        (mount, "type=volume", "needs a target"),
        (mount, "type=bind,target=/b", "needs a source and a target"),
        (mount, "type=tmpfs,source=/a,target=/b", "needs a target"),
        (mount, "type=bind,source=/a,target=/b,tmpfs-size=1m", "for the type tmpfs"),
        (mount, "type=bind,source=/a,target=/b,ro=maybe", "true or false"),
        (mount, "type=bind,colour=red", "unknown key 'colour'"),
    ],
)
def test_what_is_none(read, spelled, said):
    with pytest.raises(UsageError, match=said):
        read(spelled)


@pytest.mark.parametrize(
    ("read", "spelled", "expected"),
    [
        (tmpfs, "/t", Mount(kind="tmpfs", target="/t")),
        (tmpfs, "/t:size=2m,mode=0755,ro,exec", Mount(kind="tmpfs", target="/t", size=2 << 20, mode=0o755, read_only=True, flags=("exec",))),
        (volume, "/a", Mount(kind="volume", target="/a")),
        (volume, "name:/a:ro,nocopy", Mount(kind="volume", source="name", target="/a", read_only=True, copies=False)),
        (mount, "src=name,dst=/a", Mount(kind="volume", source="name", target="/a")),
        (mount, "type=volume,dst=/a,volume-nocopy", Mount(kind="volume", target="/a", copies=False)),
        (mount, "type=bind,src=/a,dst=/b,readonly", bind("/a", "/b", read_only=True)),
        (mount, "type=bind,source=/a,target=/b,ro=false", bind("/a", "/b")),
        (mount, "type=tmpfs,destination=/t,tmpfs-size=1g,tmpfs-mode=700", Mount(kind="tmpfs", target="/t", size=1 << 30, mode=0o700)),
    ],
)  # fmt: skip
def test_memory_and_mounts_in_full(read, spelled, expected):
    assert read(spelled) == expected


def test_one_may_lie_in_another_but_not_at_the_same_place():
    assert [one.target for one in checked([bind("/x", "/a-b"), bind("/x", "/a/b"), bind("/x", "/a")])] == [
        "/a",
        "/a/b",
        "/a-b",
    ]
    with pytest.raises(Conflict, match="duplicate mount point: /a"):
        checked([bind("/x", "/a"), bind("/y", "/a")])
