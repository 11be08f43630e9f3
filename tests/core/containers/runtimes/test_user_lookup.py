import pytest

from layertui.core.containers.runtimes.user_lookup import ContainerUser, look_up
from layertui.core.errors import NotFound, UsageError

PASSWD = b"# comment\nroot:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:App:/home/app:/bin/sh\nbroken\nodd:x:zero:0::/:\nbare:x:7:8::\n"
GROUP = b"root:x:0:root\nwheel:x:10:root,app\napp:x:1001:\nextra:x:2000:app,other\nlast:x:3000:app"


@pytest.mark.parametrize(
    ("spelled", "user"),
    [
        ("", ContainerUser(0, 0, (0, 10), "/root")),
        ("0", ContainerUser(0, 0, (0, 10), "/root")),
        ("root", ContainerUser(0, 0, (0, 10), "/root")),
        ("app", ContainerUser(1000, 1001, (1001, 10, 2000, 3000), "/home/app")),
        ("1000", ContainerUser(1000, 1001, (1001, 10, 2000, 3000), "/home/app")),
        ("app:wheel", ContainerUser(1000, 10, (10,), "/home/app")),
        ("app:77", ContainerUser(1000, 77, (77,), "/home/app")),
        ("4242", ContainerUser(4242, 0, (0,), "/")),
        ("4242:10", ContainerUser(4242, 10, (10,), "/")),
        (":10", ContainerUser(0, 10, (10,), "/root")),
        ("bare", ContainerUser(7, 8, (8,), "/")),
    ],
)
def test_as_docker_means_them(spelled, user):
    assert look_up(spelled, PASSWD, GROUP) == user


def test_a_number_is_never_a_name():
    passwd = b"1000:x:0:0::/root:/bin/sh\n4242:x:0:0::/root:/bin/sh\n" + PASSWD
    group = b"77:x:0:\n" + GROUP
    assert look_up("1000:77", passwd, group) == ContainerUser(1000, 77, (77,), "/home/app")
    assert look_up("4242", passwd, group) == ContainerUser(4242, 0, (0,), "/")


def test_without_any_files():
    assert look_up("", None, None) == ContainerUser(0, 0, (0,), "/")
    assert look_up("5:6", None, None) == ContainerUser(5, 6, (6,), "/")


@pytest.mark.parametrize("spelled", ["nobody", "odd", "broken", "app:none", "-1"])
def test_unknown_names(spelled):
    with pytest.raises(NotFound, match="unable to find"):
        look_up(spelled, PASSWD, GROUP)


def test_a_number_too_high():
    with pytest.raises(UsageError):
        look_up(str(2**31), PASSWD, GROUP)
