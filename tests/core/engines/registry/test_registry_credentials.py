"""Credentials as docker and podman keep them, found by host, namespace and repository."""

import base64
import json
import os
from dataclasses import replace

import pytest

from layertui.core.engines.registry.registry_credentials import Credentials, auth_files, find_credentials

HOST = "registry.example:5000"


def auth(user, password):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def docker(environment):
    return environment.docker_config / "config.json"


def found(environment, repository="team/tool", registry=HOST):
    return find_credentials(registry, repository, environment)


def test_none(environment):
    assert found(environment) is None


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"https://{HOST}/v1/", f"http://{HOST}/v2/"])
def test_docker_s(environment, docker, key):
    write(docker, {"auths": {key: auth("ann", "a:secret")}})
    assert found(environment) == Credentials("ann", "a:secret")
    assert found(environment, registry="other.example") is None


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io"])
def test_docker_hub_s(environment, docker, key):
    write(docker, {"auths": {key: auth("ann", "x")}})
    assert found(environment, "library/busybox", "docker.io") == Credentials("ann", "x")


def test_an_identity_token(environment, docker):
    write(docker, {"auths": {HOST: {"identitytoken": "abc", **auth("<token>", "")}}})
    assert found(environment).identity_token == "abc"


def test_the_longest_path_counts(environment):
    write(
        environment.config_home / "containers" / "auth.json",
        {"auths": {HOST: auth("host", "1"), f"{HOST}/team": auth("team", "2"), f"{HOST}/team/tool": auth("tool", "3")}},
    )
    assert found(environment).user == "tool"
    assert found(environment, "team/other").user == "team"
    assert found(environment, "teams/other").user == "host"
    assert found(environment, "").user == "host"


def test_podman_s_file_comes_first(environment, docker, tmp_path):
    write(docker, {"auths": {HOST: auth("docker", "1")}})
    write(environment.config_home / "containers" / "auth.json", {"auths": {HOST: auth("home", "1")}})
    assert found(environment).user == "home"
    run = replace(environment, runtime_dir=tmp_path / "run")
    write(tmp_path / "run" / "containers" / "auth.json", {"auths": {HOST: auth("run", "1")}})
    assert found(run).user == "run"
    write(tmp_path / "named.json", {"auths": {HOST: auth("named", "1")}})
    named = replace(run, registry_auth_file=tmp_path / "named.json")
    assert found(named).user == "named"
    assert auth_files(named)[0] == tmp_path / "named.json"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"auths": 7}',
        '{"auths": {"HOST": 7}}',
        '{"auths": {"HOST": {"auth": "%"}}}',
        '{"auths": {"HOST": {"auth": 7}}}',
        '{"auths": {"HOST": {"auth": "/w=="}}}',
        '{"credsStore": 7}',
        '{"credHelpers": []}',
        '{"credsStore": "../../bin/sh"}',
        '{"credsStore": "there-is-none"}',
    ],
)
def test_a_file_that_cannot_be_read_has_none(environment, docker, content):
    write(docker, content.replace("HOST", HOST))
    assert found(environment) is None


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """A credential helper `docker-credential-test` that knows this."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def known(answer, code=0):
        path = folder / "docker-credential-test"
        path.write_text(f"#!/bin/sh\ncat > {folder}/asked\nprintf '%s' '{answer}'\nexit {code}\n")
        path.chmod(0o755)
        return folder / "asked"

    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return known


@pytest.mark.parametrize("config", [{"credsStore": "test"}, {"credHelpers": {HOST: "test"}}])
def test_a_helper(environment, docker, helper, config):
    write(docker, config)
    asked = helper('{"ServerURL":"x","Username":"ann","Secret":"hush"}')
    assert found(environment) == Credentials("ann", "hush")
    assert asked.read_text() == HOST


def test_a_helper_with_an_identity_token(environment, docker, helper):
    write(docker, {"credsStore": "test"})
    helper('{"Username":"<token>","Secret":"abc"}')
    assert found(environment) == Credentials(identity_token="abc")


def test_a_helper_that_knows_nothing(environment, docker, helper):
    write(docker, {"credsStore": "test", "auths": {HOST: auth("ann", "x")}})
    failed = []
    for answer, code in (("credentials not found in native keychain", 1), ('{"Username":"","Secret":""}', 0)):
        helper(answer, code)
        assert find_credentials(HOST, "tool", environment, failed.append) == Credentials("ann", "x")
    assert failed == []


@pytest.mark.parametrize(
    ("answer", "code", "line"),
    [
        ("gpg: no\nsecret key", 1, "the credential helper docker-credential-test fails: gpg: no secret key"),
        ("", 3, "the credential helper docker-credential-test fails: exit code 3"),
        ('{"Username":"ann","Secret":"hush"}', 1, "the credential helper docker-credential-test fails: exit code 1"),
        ("\33]0;title\7", 1, "the credential helper docker-credential-test fails: ]0;title"),
        ("hush", 0, "the credential helper docker-credential-test answers without a user and a secret"),
        ("[]", 0, "the credential helper docker-credential-test answers without a user and a secret"),
        (
            '{"Username":7,"Secret":"hush"}',
            0,
            "the credential helper docker-credential-test answers without a user and a secret",
        ),
    ],
)
def test_a_helper_that_fails_is_named(environment, docker, helper, answer, code, line):
    """What is asked for may need no credentials, or another file may have them: it is told, and no more."""
    write(docker, {"credsStore": "test", "auths": {HOST: auth("ann", "x")}})
    helper(answer, code)
    failed = []
    assert find_credentials(HOST, "tool", environment, failed.append) == Credentials("ann", "x")
    assert {str(error) for error in failed} == {line}


def test_a_helper_that_is_missing_is_named(environment, docker):
    write(docker, {"credHelpers": {HOST: "there-is-none"}})
    failed = []
    assert find_credentials(HOST, "tool", environment, failed.append) is None
    assert {str(error) for error in failed} == {
        "the credential helper docker-credential-there-is-none is not on PATH; install it, or correct config.json"
    }
