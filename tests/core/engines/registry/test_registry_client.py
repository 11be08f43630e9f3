"""Requests to one registry: authorization, redirects, retries, limits; each error in one line, and no secret on its way to others."""

import base64
import json
import threading
import time

import pytest

from layertui.core.bounds import Bounds, bounds, set_bounds
from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.registry import registry_client, registry_host
from layertui.core.engines.registry.registry_credentials import Credentials
from layertui.core.errors import Cancelled, Damaged, LayertuiError, LimitExceeded, NotFound, Unauthorized, Unreachable
from layertui.core.progress import Progress
from registry_faults import cut, drip, endless, faulty_registry, other, redirect, status

PULL = "repository:shop:pull"
MANIFEST = "/v2/shop/manifests/1"


@pytest.fixture(autouse=True)
def shop(registry):
    registry.put("shop", "1", b'{"a manifest": 1}')


def secrets(registry):
    """What of the secrets a registry was sent."""
    return [one.headers["Authorization"] for one in registry.asked if "Authorization" in one.headers]


def test_plain_http_on_loopback(client):
    assert client.plain_http
    assert client.request("GET", MANIFEST).body == b'{"a manifest": 1}'


def test_tls_where_nothing_allows_plain_http(connect):
    assert not connect("registry.example").plain_http
    assert not connect("docker.io").plain_http
    assert connect("docker.io").host == "registry-1.docker.io"


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        *(("localhost:5000", True), ("127.0.0.1", True), ("127.8.9.1:80", True), ("[::1]:5000", True)),
        *(("localhost.example", False), ("128.0.0.1", False), ("127.0.0.1.example", False), ("[::2]", False)),
    ],
)
def test_loopback(host, is_loopback):
    assert registry_host.is_loopback(host) is is_loopback


# ---------------------------------------------------------------- again


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(registry, client, code):
    registry.fault(MANIFEST, status(code), status(code))
    assert client.request("GET", MANIFEST).status == 200
    assert len(registry.paths(MANIFEST)) == 3


def test_a_connection_that_is_cut(registry, client):
    registry.fault(MANIFEST, cut(), cut(after=3))
    assert client.request("GET", MANIFEST).body == b'{"a manifest": 1}'


def test_what_does_not_pass_ends(registry, client):
    registry.fault(MANIFEST, *[status(503)] * 50)
    with pytest.raises(Unreachable, match="answers 503 again and again; try again later"):
        client.request("GET", MANIFEST)
    assert 3 <= len(registry.paths(MANIFEST)) <= 10


def test_without_a_body_too_many_requests_are_told_all_the_same(registry, client):
    registry.fault(MANIFEST, status(429, {"Retry-After": "3600"}, b""))
    with pytest.raises(Unreachable, match=r"answers 429 \(too many requests\); it asks to wait 3,600 s"):
        client.request("HEAD", MANIFEST)


def test_what_the_registry_says_of_it_is_reported(registry, client):
    said = b'{"errors":[{"code":"TOOMANYREQUESTS","message":"you have reached your limit"}]}'
    registry.fault(MANIFEST, *[status(429, {"Retry-After": "3600"}, said)])
    with pytest.raises(Unreachable, match="TOOMANYREQUESTS: you have reached your limit"):
        client.request("GET", MANIFEST)


def test_retry_after_is_waited_for(registry, client):
    registry.fault(MANIFEST, status(429, {"Retry-After": "1"}))
    begun = time.monotonic()
    client.request("GET", MANIFEST)
    assert time.monotonic() - begun >= 1


def test_a_retry_after_that_is_too_long_is_not(registry, client):
    registry.fault(MANIFEST, status(429, {"Retry-After": "3600"}))
    with pytest.raises(Unreachable, match=r"answers 429 \(too many requests\); it asks to wait 3,600 s"):
        client.request("GET", MANIFEST)
    assert len(registry.paths(MANIFEST)) == 1


def test_a_wait_can_be_cancelled(registry, client):
    registry.fault(MANIFEST, *[status(429, {"Retry-After": "3"})] * 9)
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        client.request("GET", MANIFEST, progress=progress)


def test_a_body_is_sent_again_from_its_beginning(registry, client):
    registry.fault("/v2/shop/blobs/uploads", status(503), status(201))
    begun = []

    def body():
        begun.append(1)
        yield b"abc"

    client.request("PUT", "/v2/shop/blobs/uploads/1", content=body, headers={"content-length": "3"})
    assert [one.body for one in registry.asked if "uploads" in one.path] == [b"abc", b"abc"]
    assert len(begun) == 2


@pytest.mark.parametrize(("code", "times"), [(500, 1), (429, 2)])
def test_a_patch_is_sent_again_only_where_it_was_not_taken(registry, client, code, times):
    registry.fault("uploads", status(code), status(202))
    try:
        client.request("PATCH", "/v2/shop/blobs/uploads/1", content=b"abc")
    except LayertuiError:
        assert times == 1
    assert len(registry.paths("uploads")) == times


# ---------------------------------------------------------------- errors


def test_not_there(client):
    with pytest.raises(NotFound, match=r"has no shop/manifests/2 \(MANIFEST_UNKNOWN: not here\)"):
        client.request("GET", "/v2/shop/manifests/2")
    assert client.request("GET", "/v2/shop/manifests/2", accept=(404,)).status == 404
    assert client.request("HEAD", "/v2/shop/manifests/2", accept=(404,)).status == 404


def test_what_a_registry_says_is_one_plain_line(registry, client):
    registry.fault(
        MANIFEST, status(400, {}, b'{"errors":[{"code":"BAD","message":"a\\nb\\u001b[31m' + b"x" * 999 + b'"}]}')
    )
    with pytest.raises(LayertuiError, match=r"answers 400 to shop/manifests/1 \(BAD: a b\[31mxxx") as raised:
        client.request("GET", MANIFEST)
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors":7}', b'{"errors":[7,{"code":[]}]}', b"\xff"])
def test_an_error_without_words_is_one_too(registry, client, body):
    registry.fault(MANIFEST, status(400, {}, body))
    with pytest.raises(LayertuiError, match="answers 400 to shop/manifests/1"):
        client.request("GET", MANIFEST)


def test_nobody_listens(connect):
    with faulty_registry() as gone:
        host = gone.host
    with pytest.raises(Unreachable, match=f"registry {host}: connection refused; is it running"):
        connect(host).request("GET", MANIFEST)


def test_a_body_without_end(registry, client):
    registry.fault(MANIFEST, endless())
    before = bounds()
    set_bounds(Bounds(json=1 << 20))
    try:
        with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_JSON"):
            client.request("GET", MANIFEST)
    finally:
        set_bounds(before)


def test_an_error_without_end(registry, client):
    registry.fault(
        MANIFEST, lambda handler, _: (handler.head(400, {}), [handler.wfile.write(b" " * 65536) for _ in range(999)])
    )
    with pytest.raises(LayertuiError, match="answers 400"):
        client.request("GET", MANIFEST)


def test_a_body_that_comes_too_slowly(registry, connect):
    registry.put("shop", "slow", b" " * 5000)
    registry.fault("slow", *[drip(0.02)] * 9)
    with pytest.raises(Unreachable, match="sends less than 64 bytes"):
        connect(registry.host).request("GET", "/v2/shop/manifests/slow")


def _interim_for_ever(handler, _):
    while True:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def _trailers_for_ever(handler, _):
    handler.head(200, {"Transfer-Encoding": "chunked"})
    handler.wfile.write(b"2\r\n{}\r\n0\r\n")
    while True:
        handler.wfile.write(b"a: b\r\n" * 100)


@pytest.mark.parametrize(
    ("fault", "said"), [(_interim_for_ever, "interim answers"), (_trailers_for_ever, "lines after the body")]
)
def test_an_answer_that_never_begins_or_ends(registry, client, fault, said):
    registry.fault(MANIFEST, *[fault] * 9)
    with pytest.raises(Unreachable, match=said):
        client.request("GET", MANIFEST)


def test_one_interim_answer_and_a_trailer(registry, client):
    def answer(handler, _):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        handler.head(200, {"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"2\r\n{}\r\n0\r\na: b\r\n\r\n")

    registry.fault(MANIFEST, answer)
    assert client.request("GET", MANIFEST).body == b"{}"
    client.request("GET", MANIFEST)
    assert len({one.port for one in registry.asked}) == 1


def test_a_compressed_body_is_refused(registry, client):
    registry.fault(MANIFEST, other(lambda body: body, {"Content-Encoding": "gzip"}))
    with pytest.raises(Damaged, match="compressed body, for which it was not asked"):
        client.request("GET", MANIFEST)


# ---------------------------------------------------------------- redirects


def test_redirects_are_followed(registry, elsewhere, client):
    elsewhere.put("shop", "1", b"there")
    registry.fault(MANIFEST, redirect("/v2/shop/manifests/1?b"))
    assert client.request("GET", MANIFEST).body == b'{"a manifest": 1}'
    registry.fault(MANIFEST, redirect(f"http://{elsewhere.host}{MANIFEST}"))
    assert client.request("GET", MANIFEST).body == b"there"


def test_not_for_ever(registry, client):
    registry.fault(MANIFEST, *[redirect(MANIFEST)] * 20)
    with pytest.raises(Unreachable, match="more than 5 redirects"):
        client.request("GET", MANIFEST)
    assert len(registry.paths(MANIFEST)) == 6


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/x", "http://[::1", "file:///etc/passwd", "http://u:p@127.0.0.1/", "http://:80/", ""]
)
def test_to_what_is_no_address(registry, client, address):
    registry.fault(MANIFEST, *[redirect(address)] * 9)
    with pytest.raises(Unreachable, match=r"(?i)address|location"):
        client.request("GET", MANIFEST)


def test_never_from_https_to_http(connect):
    client = connect("registry.example")
    with pytest.raises(Unreachable, match=r"plain HTTP at other\.example"):
        client._redirected("https://registry.example/v2/", "http://other.example/x")


def test_an_upload_is_not_redirected(registry, client):
    registry.fault("uploads", redirect("/elsewhere"))
    with pytest.raises(Unreachable, match="redirects POST"):
        client.request("POST", "/v2/shop/blobs/uploads/")


# ---------------------------------------------------------------- who asks


def test_basic(registry, logged_in, client):
    assert client.request("GET", MANIFEST, scope=PULL).status == 200
    assert client.request("GET", MANIFEST, scope=PULL).status == 200
    assert [("Authorization" in one.headers) for one in registry.asked] == [
        False,
        True,
        True,
    ]  # asked once how, and then told


def test_wrong_password(registry, logged_in, client):
    registry.user = ("ann", "another")
    with pytest.raises(
        Unauthorized, match=f"denies access to shop/manifests/1 .*log in with `layertui login {registry.host}`"
    ) as raised:
        client.request("GET", MANIFEST, scope=PULL)
    assert "secret" not in str(raised.value)
    assert len(registry.paths(MANIFEST)) == 1


@pytest.mark.parametrize("of", ["basic", "tokens"])
def test_a_helper_that_fails_is_told_where_credentials_are_needed(registry, environment, client, of):
    environment.docker_config.mkdir()
    (environment.docker_config / "config.json").write_text('{"credsStore": "there-is-none"}')
    if of == "tokens":
        registry.realm = f"http://{registry.host}/token"
        assert client.request("GET", MANIFEST, scope=PULL).status == 200
        registry.tokens.clear()
    registry.user = ("ann", "a secret")
    with pytest.raises(
        Unauthorized, match="the credential helper docker-credential-there-is-none is not on PATH"
    ) as raised:
        client.request("GET", MANIFEST, scope=PULL)
    assert "layertui login" not in str(raised.value)


def test_given_credentials_count_before_those_in_files(registry, logged_in, connect):
    with pytest.raises(Unauthorized):
        connect(registry.host, credentials=Credentials("ann", "x")).request("GET", "/v2/")


@pytest.fixture
def with_tokens(registry):
    registry.realm = f"http://{registry.host}/token"
    return registry


def test_a_token_for_all(with_tokens, client):
    assert client.request("GET", MANIFEST, scope=PULL).status == 200
    assert with_tokens.paths("^/token") == ["/token?service=faulty&scope=repository%3Ashop%3Apull"]
    client.request("GET", MANIFEST, scope=PULL)
    assert len(with_tokens.paths("^/token")) == 1


def test_a_token_for_each_scope(with_tokens, client):
    client.request("GET", MANIFEST, scope=PULL)
    client.request("GET", MANIFEST, scope="repository:shop:pull,push repository:base:pull")
    assert with_tokens.paths("^/token")[1] == (
        "/token?service=faulty&scope=repository%3Ashop%3Apull%2Cpush&scope=repository%3Abase%3Apull"
    )


def test_a_token_for_a_user(with_tokens, logged_in, client):
    assert client.request("GET", MANIFEST, scope=PULL).status == 200
    assert [
        one.path.partition("?")[0] for one in with_tokens.asked if "Basic" in one.headers.get("Authorization", "")
    ] == ["/token"]


def test_an_identity_token(with_tokens, connect):
    with_tokens.user = ("ann", "identity")
    client = connect(with_tokens.host, credentials=Credentials(identity_token="identity"))
    assert client.request("GET", MANIFEST, scope=PULL).status == 200
    form = next(one for one in with_tokens.asked if one.path == "/token")
    assert form.method == "POST"
    assert b"grant_type=refresh_token" in form.body


def test_a_token_refused_early_is_fetched_once_more(with_tokens, client):
    client.request("GET", MANIFEST, scope=PULL)
    with_tokens.tokens.clear()
    with_tokens.tokens.add("x")  # so that the next one has another name
    assert client.request("GET", MANIFEST, scope=PULL).status == 200
    assert len(with_tokens.paths("^/token")) == 2


def test_and_no_more_than_once(with_tokens, client):
    with_tokens.fault("^/token", *[status(200, {}, b'{"token":"false"}')] * 9)
    with pytest.raises(Unauthorized):
        client.request("GET", MANIFEST, scope=PULL)
    assert len(with_tokens.paths("^/token")) <= 2


@pytest.mark.parametrize("life", [-5, 0, 1, "x", None, 10**30, [1]])
def test_whatever_a_token_server_says_of_time(with_tokens, client, life):
    with_tokens.life = life
    assert client.request("GET", MANIFEST, scope=PULL).status == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token":7}', b'{"token":"a\\nb"}', b"\xff", b'{"token":""}'])
def test_garbage_for_a_token(with_tokens, client, body):
    with_tokens.fault("^/token", status(200, {}, body))
    with pytest.raises(Damaged, match="token"):
        client.request("GET", MANIFEST, scope=PULL)


def test_a_token_server_that_redirects_is_not_followed(with_tokens, logged_in, elsewhere, client):
    with_tokens.fault("^/token", redirect(f"http://{elsewhere.host}/token"))
    with pytest.raises(Unreachable, match="token server"):
        client.request("GET", MANIFEST, scope=PULL)
    assert not elsewhere.asked


# ---------------------------------------------------------------- secrets stay with their host


def test_no_password_to_a_realm_on_another_host(with_tokens, logged_in, elsewhere, client):
    with_tokens.realm = f"http://{elsewhere.host}/token"
    elsewhere.user = ("ann", "a secret")
    with pytest.raises(Unauthorized, match=f"credentials of {with_tokens.host} are not sent there"):
        client.request("GET", MANIFEST, scope=PULL)
    assert elsewhere.asked
    assert not secrets(elsewhere)


def test_nor_to_localhost_where_the_registry_is_called_otherwise(with_tokens, logged_in, client):
    port = with_tokens.host.partition(":")[2]
    with_tokens.realm = f"http://localhost:{port}/token"
    with pytest.raises(Unauthorized):
        client.request("GET", MANIFEST, scope=PULL)
    assert not secrets(with_tokens)


def test_to_another_port_of_the_same_host(with_tokens, logged_in, client):
    with faulty_registry() as tokens:
        tokens.user, tokens.tokens = ("ann", "a secret"), with_tokens.tokens
        with_tokens.realm = f"http://{tokens.host}/token"
        assert client.request("GET", MANIFEST, scope=PULL).status == 200
        assert secrets(tokens)


@pytest.mark.parametrize("of", ["basic", "tokens"])
def test_none_follows_a_redirect(registry, logged_in, elsewhere, client, of):
    elsewhere.put("shop", "1", b"there")
    if of == "tokens":
        registry.realm = f"http://{registry.host}/token"
    client.request("GET", MANIFEST, scope=PULL)
    registry.fault(MANIFEST, redirect(f"http://{elsewhere.host}{MANIFEST}"))
    assert client.request("GET", MANIFEST, scope=PULL).body == b"there"
    assert not secrets(elsewhere)
    assert "Authorization" in registry.asked[-1].headers


def test_nor_another_port(registry, logged_in, client):
    with faulty_registry() as other_port:
        other_port.put("shop", "1", b"there")
        client.request("GET", MANIFEST, scope=PULL)
        registry.fault(MANIFEST, redirect(f"http://{other_port.host}{MANIFEST}"))
        assert client.request("GET", MANIFEST, scope=PULL).body == b"there"
        assert not secrets(other_port)


def test_none_is_sent_where_a_redirect_asks_for_it(registry, logged_in, elsewhere, client):
    elsewhere.user = ("ann", "a secret")
    registry.fault(MANIFEST, *[redirect(f"http://{elsewhere.host}{MANIFEST}")] * 5)
    registry.user = None
    with pytest.raises(Unauthorized):
        client.request("GET", MANIFEST, scope=PULL)
    assert not secrets(elsewhere)


def test_none_to_an_upload_elsewhere(registry, logged_in, elsewhere, client):
    client.request("GET", MANIFEST, scope=PULL)
    elsewhere.user = ("ann", "a secret")
    with pytest.raises(Unauthorized):
        client.request("PUT", f"http://{elsewhere.host}/v2/shop/blobs/uploads/1", content=b"", scope=PULL)
    assert not secrets(elsewhere)


@pytest.fixture
def far_away(monkeypatch):
    """Loopback is no loopback."""
    for module in (registry_client, registry_host):
        monkeypatch.setattr(module, "is_loopback", lambda _: False)
    monkeypatch.setattr("layertui.core.engines.registry.registry_auth.is_loopback", lambda _: False)


@pytest.mark.parametrize("of", ["basic", "tokens"])
def test_none_over_plain_http(registry, logged_in, far_away, connect, of):
    if of == "tokens":
        registry.realm = f"http://{registry.host}/token"
    client = connect(registry.host, insecure=True)
    assert client.plain_http
    with pytest.raises(Unauthorized, match=r"no credentials are sent over plain HTTP|not sent there"):
        client.request("GET", MANIFEST, scope=PULL)
    assert not secrets(registry)


def test_without_insecure_no_plain_http(registry, far_away, connect):
    with pytest.raises(Unreachable, match="--insecure"):
        connect(registry.host).request("GET", MANIFEST)
    assert not registry.paths(MANIFEST)


def test_docker_hub_has_its_token_server_on_another_host():
    asked = []

    class Auth(registry_client.RegistryAuth):
        pass

    auth = Auth("https://registry-1.docker.io", lambda _: Credentials("ann", "x"), asked.append, str)
    assert auth._may_send("https://auth.docker.io/token")
    assert not auth._may_send("http://auth.docker.io/token")
    assert not auth._may_send("https://auth.docker.io.example/token")
    assert not Auth("https://example.com", lambda _: None, asked.append, str)._may_send("https://auth.docker.io/token")


def test_no_secret_in_what_is_printed(environment):
    credentials = Credentials("ann", "hush", "whisper")
    assert "hush" not in repr(credentials)
    assert "whisper" not in repr(credentials)


def test_nothing_is_connected_to_before_it_is_needed():
    from layertui.core.engines.registry.registry_client import RegistryClient

    assert RegistryClient("registry.invalid", ClientEnvironment()).registry == "registry.invalid"


# ---------------------------------------------------------------- mirrors of Docker Hub


@pytest.fixture
def hub(environment, registry, monkeypatch, connect):
    """Docker Hub, which is the registry, and a mirror of it."""
    monkeypatch.setattr(registry_host, "DOCKER_HUB", registry.host)
    with faulty_registry() as mirror:
        folder = environment.config_home / "docker"
        folder.mkdir(parents=True)
        mirrors = ["http://[::1", 7, "ftp://x", f"http://{mirror.host}/below", f"http://{mirror.host}"]
        (folder / "daemon.json").write_text(json.dumps({"registry-mirrors": mirrors}))
        yield mirror, connect("docker.io")


def test_a_mirror_is_asked_first(registry, hub):
    mirror, client = hub
    mirror.put("shop", "1", b"mirrored")
    assert client.request("GET", MANIFEST, scope=PULL).body == b"mirrored"
    assert not registry.asked


@pytest.mark.parametrize("code", [401, 403, 404, 500, 503])
def test_what_a_mirror_does_not_have_docker_hub_has(registry, hub, code):
    mirror, client = hub
    mirror.fault(MANIFEST, *[status(code)] * 99)
    assert client.request("GET", MANIFEST, scope=PULL, accept=(404,)).body == b'{"a manifest": 1}'


def test_nothing_is_written_to_a_mirror(registry, hub):
    mirror, client = hub
    client.request("PUT", "/v2/shop/manifests/2", content=b"", accept=(404,))
    assert not mirror.asked


@pytest.mark.parametrize("of", ["basic", "tokens"])
def test_a_mirror_gets_no_password(registry, environment, hub, of):
    mirror, client = hub
    mirror.user = ("ann", "a secret")
    if of == "tokens":
        mirror.realm = f"http://{mirror.host}/token"
    environment.docker_config.mkdir()
    auth = {"auth": base64.b64encode(b"ann:a secret").decode()}
    auths = {"docker.io": auth, mirror.host: auth, registry.host: auth}
    (environment.docker_config / "config.json").write_text(json.dumps({"auths": auths}))
    client.request("GET", MANIFEST, scope=PULL)
    assert mirror.asked
    assert not secrets(mirror)
