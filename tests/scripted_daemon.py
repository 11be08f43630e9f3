"""A daemon that is none: the SDK's session with the answers that a test gives it, each by method and the last word of the path."""

import io
import tarfile
from urllib.parse import parse_qs, urlsplit

from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint


class ScriptedDaemon:
    """What it was asked for is in `asked`; what was sent with it in `sent`, and how long the client would wait in `timeouts`."""

    def __init__(self, kind="docker"):
        self.kind = kind
        self.asked, self.sent, self.timeouts = [], [], []
        self.gone = False
        """Whether nothing listens any more."""
        self._answers = {}

    def answers(self, method, word, body=b"", *, status=200, headers=None):
        """From now on; `body` may be a function of the query's `path`, which gives None for what is not there."""
        self._answers[method, word] = (body, status, headers or {})

    def client(self):
        """A DaemonClient whose session is answered here."""
        from docker.api.client import APIClient

        client = DaemonClient(Endpoint(self.kind, self.kind, "unix:///nowhere/docker.sock"))
        api = APIClient("unix:///nowhere/docker.sock", "1.41")
        api.mount(api.base_url, _Adapter(self._answer))
        client._own.api = api
        return client

    def _answer(self, request, timeout):
        from requests import Response, exceptions
        from urllib3 import HTTPResponse

        if self.gone:
            raise exceptions.ConnectionError(FileNotFoundError(2, "No such file or directory"))
        self.asked.append(request.url)
        self.timeouts.append(timeout)
        self.sent.append(request.body.read() if hasattr(request.body, "read") else request.body)
        url = urlsplit(request.url)
        body, status, headers = self._answers[request.method, url.path.rpartition("/")[2]]
        if callable(body):
            body = body(parse_qs(url.query, errors="surrogateescape")["path"][0])
            body, status = (b"", 404) if body is None else (body, status)
        response = Response()
        response.status_code, response.request, response.url = status, request, request.url
        response.headers.update(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
        return response


class _Adapter:
    def __init__(self, answer):
        self._answer = answer

    def send(self, request, timeout=None, **_):
        return self._answer(request, timeout)

    def close(self):
        pass


def tar_of(*members):
    """A tar of names, folders with a slash at the end; a tuple has a file's content, or in its third place where a symlink leads."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member in members:
            name, content, *link = (member, b"") if isinstance(member, str) else member
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if name.endswith("/"):
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            if link:
                info.type, info.linkname = tarfile.SYMTYPE, link[0]
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()
