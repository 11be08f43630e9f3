"""Requests to a daemon that is slow, silent or endless."""

import json
import re
from threading import Event, Thread

import pytest

from layertui.core.engines.daemon.api_requests.daemon_answers import get_body, pieces, streamed
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.engines.daemon.images.archive_upload import upload
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


def cancelled_once_it_stalls(daemon, progress):
    stopper = Thread(target=lambda: (daemon.silent.wait(20), progress.cancel()))
    stopper.start()
    return stopper


def test_a_body_in_whose_middle_the_daemon_stalls_can_be_cancelled_and_its_connection_is_closed(daemon, client):
    daemon.answers["/images/x/get"], daemon.stalls = b"x" * 10_000, 3000
    progress = Progress()
    with get_body(client, "/images/x/get", "image x", progress) as body:
        stopper = cancelled_once_it_stalls(daemon, progress)
        with pytest.raises(Cancelled):
            body.read(10_000)
        stopper.join()
        assert daemon.left.wait(20)


def test_messages_that_stop_coming_can_be_cancelled(daemon, client):
    daemon.answers["/events"], daemon.stalls = b'{"a": 1}\n' * 500, 2000
    progress = Progress()
    stopper = cancelled_once_it_stalls(daemon, progress)
    with pytest.raises(Cancelled), streamed(client, "GET", "/events", "events", {}, progress) as response:
        for _ in pieces(response):
            pass
    stopper.join()
    assert daemon.left.wait(20)


@pytest.mark.parametrize("deaf", [True, False])
def test_an_upload_that_is_not_taken_or_not_answered_can_be_cancelled(daemon, client, deaf):
    daemon.deaf = deaf
    progress, ended = Progress(), Event()

    def write(out):
        try:
            for _ in range(100 if deaf else 1):
                out.write(bytes(1 << 20))
        finally:
            ended.set()

    stopper = cancelled_once_it_stalls(daemon, progress)
    with pytest.raises(Cancelled):
        upload(client, "/silent", "image x", write, progress)
    stopper.join()
    assert ended.wait(20)
    assert daemon.left.wait(15), "the thread that sends still waits"


def test_of_an_error_that_does_not_end_the_beginning_is_read(daemon, client):
    daemon.answers["/long"] = 500, {"message": "no " * 10_000_000}
    with pytest.raises(LayertuiError) as caught:
        get_json(client, "/long")
    assert len(str(caught.value)) < 600


def test_an_error_that_names_nothing_has_what_was_asked_for(daemon, client):
    daemon.answers["/x"] = 404, {"message": "no such thing"}
    with pytest.raises(NotFound, match="image x: no such thing"):
        get_json(client, "/x", "image x")


@pytest.mark.parametrize("said", [{}, 7, ["message"], {"message": 7}, None])
def test_an_error_whose_words_are_of_another_form(daemon, client, said):
    daemon.answers["/x"] = 500, said
    with pytest.raises(LayertuiError, match=f"^image x: .*{re.escape(json.dumps(said))}"):
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
