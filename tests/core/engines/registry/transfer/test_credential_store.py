"""Credentials: where docker and podman keep them, written whole and for their owner alone, and removed from every place."""

import base64
import json
import os
import stat
import threading

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.registry.registry_credentials import Credentials, find_credentials
from layertui.core.engines.registry.transfer.credential_store import CredentialStore
from layertui.core.errors import Damaged, LayertuiError, StorageError

HOST = "registry.example:5000"
ANN = Credentials("ann", "s3cret:ü")


@pytest.fixture
def environment(tmp_path):
    def made(**variables):
        return ClientEnvironment.of({"HOME": str(tmp_path), **{name: str(value) for name, value in variables.items()}})

    return made


def read(path):
    return json.loads(path.read_bytes())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_they_are_written_to_dockers_file_for_its_owner_alone(environment, tmp_path):
    saved = CredentialStore(environment()).save(HOST, ANN)
    path = tmp_path / ".docker" / "config.json"
    assert saved == (str(path), True)
    assert read(path) == {"auths": {HOST: {"auth": base64.b64encode("ann:s3cret:ü".encode()).decode()}}}
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert find_credentials(HOST, "shop", environment()) == ANN
    assert os.listdir(path.parent) == ["config.json"]


def test_what_else_is_in_the_file_stays_in_its_order(environment, tmp_path):
    path = tmp_path / ".docker" / "config.json"
    path.parent.mkdir()
    before = {
        "HttpHeaders": {"A": "b"},
        "auths": {"other.example": {"auth": "eDp5"}},
        "psFormat": "{{.ID}}",
        "new": [1],
    }
    path.write_text(json.dumps(before))
    path.chmod(0o644)
    store = CredentialStore(environment())
    store.save(HOST, ANN)
    assert list(read(path)) == list(before)
    assert set(read(path)["auths"]) == {"other.example", HOST}
    assert mode(path) == 0o600
    assert store.erase(HOST) == [str(path)]
    assert read(path) == before
    assert store.erase(HOST) == []


def test_podmans_file_is_written_where_it_is_the_one_in_use(environment, tmp_path):
    named = tmp_path / "auth.json"
    CredentialStore(environment(REGISTRY_AUTH_FILE=named)).save(HOST, ANN)
    assert HOST in read(named)["auths"]
    assert not (tmp_path / ".docker").exists()

    usual = tmp_path / ".config" / "containers" / "auth.json"
    usual.parent.mkdir(parents=True)
    usual.write_text("{}")
    CredentialStore(environment()).save(HOST, ANN)
    assert HOST in read(usual)["auths"]
    assert not (tmp_path / ".docker").exists()


def test_an_older_entry_that_would_be_read_first_is_replaced(environment, tmp_path):
    usual = tmp_path / ".config" / "containers" / "auth.json"
    usual.parent.mkdir(parents=True)
    usual.write_text(json.dumps({"auths": {f"https://{HOST}": {"auth": "b2xkOm9sZA=="}}}))
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{}")
    CredentialStore(environment()).save(HOST, ANN)
    assert find_credentials(HOST, "shop", environment()) == ANN
    assert list(read(usual)["auths"]) == [HOST]


def test_logout_removes_them_from_every_file(environment, tmp_path):
    usual = tmp_path / ".config" / "containers" / "auth.json"
    usual.parent.mkdir(parents=True)
    docker = tmp_path / ".docker" / "config.json"
    docker.parent.mkdir()
    for path in (usual, docker):
        path.write_text(json.dumps({"auths": {HOST: {"auth": "eDp5"}, "other.example": {}}}))
    assert set(CredentialStore(environment()).erase(HOST)) == {str(usual), str(docker)}
    assert find_credentials(HOST, "shop", environment()) is None
    assert list(read(docker)["auths"]) == list(read(usual)["auths"]) == ["other.example"]


def test_docker_hub_has_dockers_own_key(environment, tmp_path):
    CredentialStore(environment()).save("docker.io", ANN)
    assert list(read(tmp_path / ".docker" / "config.json")["auths"]) == ["https://index.docker.io/v1/"]
    assert find_credentials("docker.io", "library/busybox", environment()) == ANN
    named = tmp_path / "auth.json"
    CredentialStore(environment(REGISTRY_AUTH_FILE=named)).save("docker.io", ANN)
    assert list(read(named)["auths"]) == ["docker.io"]
    assert CredentialStore(environment()).erase("docker.io")
    assert find_credentials("docker.io", "library/busybox", environment()) is None


def test_a_symlink_stays_one(environment, tmp_path):
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / ".docker").mkdir()
    link = tmp_path / ".docker" / "config.json"
    link.symlink_to("../dotfiles/docker.json")
    CredentialStore(environment()).save(HOST, ANN)
    assert link.is_symlink()
    assert HOST in read(tmp_path / "dotfiles" / "docker.json")["auths"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_nothing_is_written_to_another_users_file(environment, tmp_path, which):
    (tmp_path / "theirs").mkdir()
    (tmp_path / ".docker").mkdir()
    target = tmp_path / "theirs" / "config.json"
    target.write_text('{"auths": {}}')
    os.chown(target if which == "file" else target.parent, 12345, 12345)
    (tmp_path / ".docker" / "config.json").symlink_to(target)
    with pytest.raises(StorageError, match="another user"):
        CredentialStore(environment()).save(HOST, ANN)
    assert target.read_text() == '{"auths": {}}'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize("there", [True, False])
def test_root_does_not_follow_a_link_in_another_users_home(environment, tmp_path, there):
    """`sudo` with their HOME: they would choose which file of root's is replaced."""
    (tmp_path / "etc").mkdir()
    if there:
        (tmp_path / "etc" / "daemon.json").write_text("{}")
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").symlink_to(tmp_path / "etc" / "daemon.json")
    os.chown(tmp_path / ".docker", 12345, 12345)
    with pytest.raises(StorageError, match="is not written"):
        CredentialStore(environment()).save(HOST, ANN)
    assert [path.read_text() for path in (tmp_path / "etc").iterdir()] == ["{}"] * there


@pytest.mark.parametrize("other", ["pipe", "device", "huge"])
def test_what_is_no_file_of_credentials_is_not_waited_for(environment, tmp_path, other):
    path = tmp_path / ".docker" / "config.json"
    path.parent.mkdir()
    ending = None
    if other == "pipe":
        os.mkfifo(path)
        ending = threading.Timer(20, os.close, [os.open(path, os.O_RDWR)])  # so that who waits does not wait for ever
        ending.start()
    elif other == "device":
        path.symlink_to("/dev/null")
    else:
        path.touch()
        os.truncate(path, 1 << 30)
    with pytest.raises(LayertuiError):
        CredentialStore(environment()).save(HOST, ANN)
    assert find_credentials(HOST, "shop", environment()) is None
    if ending is not None:
        assert ending.is_alive()
        ending.cancel()
    assert not path.is_file() or path.stat().st_size == 1 << 30


@pytest.mark.parametrize("content", ['{"auths": {"x": "eDp5c2VjcmV0"', '["auths"]', '{"auths": ["eDp5c2VjcmV0"]}'])
def test_a_file_that_is_no_json_is_left_alone_and_not_quoted(environment, tmp_path, content):
    path = tmp_path / ".docker" / "config.json"
    path.parent.mkdir()
    path.write_text(content)
    for act in (lambda store: store.save(HOST, ANN), lambda store: store.erase(HOST)):
        with pytest.raises(Damaged) as error:
            act(CredentialStore(environment()))
        assert "eDp5" not in str(error.value)
    assert path.read_text() == content


# ---------------------------------------------------------------- helpers


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """`docker-credential-box`, which notes its argument and its input."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "docker-credential-box"
    program.write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/said\ncat >>{tmp_path}/given\n[ ! -e {tmp_path}/fails ] || {{ cat {tmp_path}/fails; exit 1; }}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    path = tmp_path / ".docker" / "config.json"
    path.parent.mkdir()
    path.write_text('{"credsStore": "box", "credHelpers": {"other.example": "missing"}}')
    return path


def test_a_helper_gets_them_on_stdin_and_the_file_has_no_secret(environment, tmp_path, helper):
    store = CredentialStore(environment())
    assert store.save(HOST, ANN) == ("docker-credential-box", False)
    assert (tmp_path / "said").read_text() == "store\n"
    assert json.loads((tmp_path / "given").read_text()) == {"ServerURL": HOST, "Username": "ann", "Secret": "s3cret:ü"}
    assert read(helper)["auths"] == {HOST: {}}
    (tmp_path / "given").unlink()
    assert store.erase(HOST) == ["docker-credential-box"]
    assert (tmp_path / "said").read_text() == "store\nerase\n"
    assert (tmp_path / "given").read_text() == HOST
    assert read(helper)["auths"] == {}


def test_what_a_helper_says_is_reported_without_the_secret(environment, tmp_path, helper):
    (tmp_path / "fails").write_text("cannot keep s3cret:ü:\nno keyring\n")
    before = helper.read_text()
    with pytest.raises(LayertuiError, match=r"cannot keep \*\*\*: no keyring"):
        CredentialStore(environment()).save(HOST, ANN)
    assert helper.read_text() == before


def test_a_helper_that_is_missing_is_named(environment, helper):
    with pytest.raises(LayertuiError, match=r"docker-credential-missing is not on PATH"):
        CredentialStore(environment()).save("other.example", ANN)
