"""Secrets in layers: by name and by text, in hidden files and in large ones; and what only looks like one."""

import base64

import pytest

from builders import docker_archive, file, image, layer, whiteout
from command_line import layertui
from layertui.core.analysis.rules.secret_files import SEARCHED

KEY = b"\n".join(base64.b64encode(bytes([7 * row] * 48)) for row in range(4))
PEM = b"-----BEGIN RSA PRIVATE KEY-----\n" + KEY + b"\n-----END RSA PRIVATE KEY-----\n"
AWS = b"AKIA" + b"QWERTYUIOPASDFGH"
GITHUB = b"ghp_" + b"a1B2" * 9
SLACK = b"xoxb-" + b"1234567890-" + b"abcDEF123456"
NPM = b"npm_" + b"Zz09" * 9
GOOGLE = b"AIza" + b"Sy_-9" * 7

FOUND = {
    "app/config.py": (b"# settings\nKEY = '%s'\n" % AWS, "access key of AWS", 2),
    "app/tls.txt": (b"text\n" + PEM, "private key", 2),
    "app/account.json": (b'{"private_key": "' + PEM.replace(b"\n", b"\\n") + b'"}', "private key", 1),
    "app/hook.sh": (b"curl -H 'Authorization: token %s'\n" % GITHUB, "token of GitHub", 1),
    "app/bot.cfg": (b"\n\nslack: " + SLACK, "token of Slack", 3),
    "app/map.js": (b"key=" + GOOGLE, "API key of Google", 1),
    "app/program": (b"\x7fELF\0\0" + GITHUB + b"\0", "token of GitHub", None),
    "app/cut": (b"\n" * 999 + b"aws_secret_access_key = " + b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYabcdefghij", "secret key of AWS", 1000),
    "root/.npmrc": (b"registry=https://r/\n//r/:_authToken=abcdef\n", "token of npm", 2),
    "root/.netrc": (b"machine m\n  login l\n  password p\n", "password of a netrc file", 3),
    "root/.docker/config.json": (b'{"auths": {"r": {\n"auth": "dTpw"}}}', "login of a registry", 2),
    "root/.ssh/id_rsa": (b"not PEM", "private key of SSH", None),
    "root/.env": (b"DEBUG=1", "environment file", None),
    "root/store.p12": (b"\x30\x82\0\0", "keys and certificates with a password", None),
}  # fmt: skip

INNOCENT = {
    "usr/lib/libcrypto.so": b"\x7fELF\0-----BEGIN RSA PRIVATE KEY-----\0-----BEGIN PRIVATE KEY-----\0",
    "usr/share/cert.pem": PEM.replace(b"RSA PRIVATE KEY", b"CERTIFICATE"),
    "usr/share/public.pem": PEM.replace(b"RSA PRIVATE KEY", b"PUBLIC KEY"),
    "usr/share/doc.txt": b"use AKIAIOSFODNN7EXAMPLE, or a file with -----BEGIN PRIVATE KEY----- in it\nand then\n",
    "srv/.npmrc": b"//r/:_authToken=${NPM_TOKEN}\n",
    "srv/config.json": b'{"auth": "dTpw"}',
    "srv/.docker/config.json": b'{"auths": {"r": {}}, "credsStore": "pass"}',
    "srv/id_rsa.pub": b"ssh-rsa AAAA",
    "srv/.env": b"",
    "srv/long": b"xAKIA" + b"Q" * 17,
}


@pytest.fixture
def secrets(tmp_path):
    """Checks the files of an image, or layers of them, and returns the rule's result and exit code."""

    def check(*layers, options=()):
        path = docker_archive(image([layer(one) for one in layers], tags=["app:1"]), tmp_path / "app.tar")
        done = layertui("analyze", "--ci", "--json", "--no-secrets", *options, path)
        assert (done.code, done.err) == (0 if done.json["rules"][-1]["pass"] else 1, "")
        return done.json["rules"][-1]

    return check


def test_each_secret_with_its_kind_and_line(secrets):
    result = secrets([file(path, content) for path, (content, _, _) in FOUND.items()])
    found = {one["path"].lstrip("/"): (one["kind"], one["line"]) for one in result["findings"]}
    assert found == {path: (kind, line) for path, (_, kind, line) in FOUND.items()}
    assert (result["name"], result["limit"], result["value"]) == ("no-secrets", 0, len(FOUND))
    assert sorted(result["paths"]) == sorted(f"/{path}" for path in FOUND)


def test_what_only_looks_like_a_secret(secrets):
    result = secrets([file(path, content) for path, content in INNOCENT.items()])
    assert result["findings"] == []


def test_a_secret_that_a_later_layer_removes_or_replaces(secrets):
    result = secrets(
        [file("a", PEM), file("b", b"x=" + NPM)], [whiteout("a"), file("b", b"clean")], [file("c", b"y=" + NPM)]
    )
    found = [(one["path"], one["layer"], one["hidden"]) for one in result["findings"]]
    assert found == [("/a", 1, True), ("/b", 1, True), ("/c", 3, False)]


def test_a_large_file_is_searched_in_its_first_bytes(secrets):
    start, late = b"x" * 2000 + b"\n" + AWS + b"\n", b"\n" + AWS
    fill = b" " * SEARCHED
    result = secrets([file("start", start + fill), file("late", fill + late), file("end", fill[:999] + late)])
    assert [(one["path"], one["line"]) for one in result["findings"]] == [("/end", 2), ("/start", 2)]  # in tree order


def test_many_lines_of_one_file_are_not_all_listed(secrets):
    assert secrets([file("all", (AWS + b"\n") * 1000)])["value"] == 20


def test_paths_where_secrets_are_allowed(secrets):
    files = [file("usr/share/doc/key.pem", PEM), file("app/test.pem", PEM), file("app/key", PEM)]
    result = secrets(files, options=("--allow-secret", "/usr/share/doc/*", "--allow-secret", "*.pem"))
    assert result["paths"] == ["/app/key"]
    assert secrets(files, options=("--allow-secret", "*"))["value"] == 0


@pytest.mark.parametrize("form", ["text", "json", "junit", "markdown", "sarif", "html"])
def test_no_form_prints_a_secret_and_each_names_the_step(tmp_path, form):
    contents = [file(path, content) for path, (content, _, _) in FOUND.items()]
    made = image([layer(contents)], history=["COPY secrets /"], tags=["app:1"])
    done = layertui(
        "analyze", "--ci", "--format", form, "--top", 99, "--no-secrets", docker_archive(made, tmp_path / "app.tar")
    )
    assert done.code == 1
    for secret in (AWS, GITHUB, SLACK, GOOGLE, KEY[:40], b"abcdef", b"dTpw", b"wJalr"):
        assert secret.decode() not in done.text
    assert "config.py" in done.text
    assert "access key of AWS" in done.text
    assert "COPY secrets" in done.text
