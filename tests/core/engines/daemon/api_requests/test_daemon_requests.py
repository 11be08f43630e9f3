"""Requests to a daemon that is slow, silent or endless."""

from threading import Thread

import pytest

from layertui.core.engines.daemon.api_requests.daemon_answers import streamed
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.errors import Cancelled, LayertuiError, LimitExceeded, NotFound, Unreachable
from layertui.core.progress import Progress
from small_daemon import small_daemon


@pytest.fixture
def daemon(tmp_path):
    with small_daemon(tmp_path) as made:
        yield made


@pytest.fixture
def client(daemon, tmp_path):
    return DaemonClient(Endpoint("docker", "docker", f"unix://{tmp_path}/docker.sock"))


def test_an_answer_that_does_not_begin_can_be_cancelled(daemon, client):
    progress = Progress()
    stopper = Thread(target=lambda: (daemon.silent.wait(20), progress.cancel()))
    stopper.start()
    with pytest.raises(Cancelled), streamed(client, "GET", "/silent", "logs", {}, progress):
        pytest.fail("nothing was answered")
    stopper.join()
    assert get_json(client, "/info") == daemon.answers["/info"]


def test_of_an_error_that_does_not_end_the_beginning_is_read(daemon, client):
    daemon.answers["/long"] = 500, {"message": "no " * 10_000_000}
    with pytest.raises(LayertuiError) as caught:
        get_json(client, "/long")
    assert len(str(caught.value)) < 600


def test_an_error_that_names_nothing_has_what_was_asked_for(daemon, client):
    daemon.answers["/x"] = 404, {"message": "no such thing"}
    with pytest.raises(NotFound, match="image x: no such thing"):
        get_json(client, "/x", "image x")


@pytest.mark.parametrize("body", ["nonsense", "[1, 2", "NaN"])
def test_an_answer_that_is_no_json(daemon, client, body):
    daemon.answers["/x"] = body
    with pytest.raises(Unreachable):
        get_json(client, "/x")


def test_an_answer_that_is_too_long(daemon, client, lower):
    daemon.answers["/x"] = [0] * 10_000
    lower(documents=5000)
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_DOCUMENTS"):
        get_json(client, "/x")
