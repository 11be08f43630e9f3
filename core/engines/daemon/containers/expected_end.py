"""The exit code of a container that its daemon removes at its end, when there may be no container left to ask about."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from math import inf
from typing import TYPE_CHECKING, Protocol

from layertui.core.engines.daemon.api_json.event_json import event_of
from layertui.core.engines.daemon.api_json.json_values import number
from layertui.core.engines.daemon.api_requests.daemon_answers import interruptible, streamed
from layertui.core.engines.daemon.api_requests.daemon_requests import read_bounded
from layertui.core.engines.daemon.containers.daemon_events import event_lines
from layertui.core.errors import Damaged, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from requests import Response

    from layertui.core.containers.model.container import Container
    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.progress import Progress


class ExpectedEnd(Protocol):
    """An end that is waited for. It is made before the container is started, and closed unless `code` is called."""

    def code(self, progress: Progress | None) -> int:
        """Wait for the end and give the exit code. Raises Cancelled, and Unreachable where the daemon does not report it."""
        ...

    def close(self) -> None:
        """Wait no more."""
        ...


def expected_end(client: DaemonClient, container: Container) -> ExpectedEnd:
    """The end of a container that runs or is about to be started."""
    return RemovalAnswer(client, container) if client.endpoint.kind == "docker" else EndEvent(client, container)


class RemovalAnswer:
    """Docker's answer to a wait, which it begins once it watches the container, and ends once the container is gone."""

    def __init__(self, client: DaemonClient, container: Container) -> None:
        self._client, self._opened = client, ExitStack()
        path = f"/containers/{container.id}/wait"
        asked = streamed(client, "POST", path, "", {"condition": "removed"})
        self._response: Response = self._opened.enter_context(asked)

    def code(self, progress: Progress | None) -> int:
        with self._opened, interruptible(self._response, progress or quiet()):
            return code_of(self._response, self._client)

    def close(self) -> None:
        self._opened.close()


class EndEvent:
    """What Podman has written down of the end.

    Its answer to a wait begins before it watches the container: an end in between would be waited for without end.
    """

    def __init__(self, client: DaemonClient, container: Container) -> None:
        self._client, self._container = client, container

    def code(self, progress: Progress | None) -> int:
        container = self._container
        asked = {
            "since": container.started or container.created,
            "filters": json.dumps({"container": [container.id]}),
        }
        with streamed(self._client, "GET", "/events", "", asked, progress) as response:
            for line in event_lines(response):
                with suppress(Damaged):
                    event = event_of(strict_json.load_object(line, what=tr("an event")))
                    if event is not None and event.action == "die":
                        return int(event.attributes.get("exitCode", "0"))
                    if event is not None and event.action == "destroy":
                        break
        raise Unreachable(
            tr("{title} does not tell how container {name} has ended", title=self._client.title, name=container.name)
        )

    def close(self) -> None:
        """Nothing is open before `code`."""


def code_of(response: Response, client: DaemonClient) -> int:
    """The exit code in the answer to a wait, once it has come. Raises Unreachable where the connection ends before."""
    content = read_bounded(response, tr("the answer of {title} to a wait", title=client.title), inf)
    if not content.strip():
        raise Unreachable(tr("{title} has ended the connection before the container has ended", title=client.title))
    return number(strict_json.load_object(content, what=tr("the answer to a wait")), "StatusCode")
