"""ContainerArchive: what a daemon's API says about the files of one container: stat, read and written as tars, listed as changes.

No answer is trusted: JSON is read up to a limit, tars are streamed, and the errors of both are ours. The SDK's own
methods for this set a timeout for the whole body, or read it without a limit; so its session is used below them.
"""

from __future__ import annotations

import base64
import binascii
import io
import os
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast
from urllib.parse import quote

import orjson

from layertui.core.containers.observe.layer_diff import DiffLine
from layertui.core.containers.rootfs.container_root import FileStatus
from layertui.core.engines.daemon.api_requests.daemon_answers import Body, streamed
from layertui.core.engines.daemon.api_requests.daemon_requests import post, raise_for_status, read_bounded
from layertui.core.errors import CannotPause, Conflict, LayertuiError, NotFound, Unreachable
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from requests import Response

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress

_TIMEOUT = (10, None)  # seconds to connect; how long a daemon takes for what was asked is unknown
_ERROR = 64 << 10  # bytes of an error's text
_CHUNK = 1 << 20
_STAT = "X-Docker-Container-Path-Stat"
_KINDS = {
    1 << 31: Kind.DIR,
    1 << 27: Kind.SYMLINK,
    1 << 25: Kind.FIFO,
    1 << 24: None,
}  # Go's os.FileMode; the last: a socket
_CHANGES: dict[int, Literal["A", "C", "D"]] = {0: "C", 1: "A", 2: "D"}
_DEVICE, _CHAR = 1 << 26, 1 << 21
_SPECIAL = {1 << 23: 0o4000, 1 << 22: 0o2000, 1 << 20: 0o1000}
_NO_CONTAINER = ("no such container", "no container with")
_NO_PAUSE = ("can not pause", "cannot pause")
_OTHER_KIND = ("cannot overwrite", "file exists", "not a directory")


class ContainerArchive:
    """The calls for one container, by its ID; `name` is for messages."""

    def __init__(self, client: DaemonClient, container: str, name: str) -> None:
        self.client, self.name, self._id = client, name, container

    def inspect(self, *, size: bool = False) -> dict[str, Any]:
        """What the daemon knows of the container, as `docker inspect` shows it; with `size` also `SizeRw`, which takes longer."""
        answer = self._json("json", {"size": "1"} if size else {})
        return answer if isinstance(answer, dict) else {}

    def changes(self) -> list[DiffLine]:
        """The changed paths in the daemon's order, each with A, C or D. A name that is not UTF-8 has U+FFFD for each wrong byte.

        Raises Unreachable for an answer that cannot be read.
        """
        answer = self._json("changes", {})
        rows = answer if isinstance(answer, list) else []
        try:
            return [DiffLine(str(row["Path"]), _CHANGES[row["Kind"]]) for row in rows]
        except (KeyError, TypeError):
            raise Unreachable(
                tr("{title} gave a list of changes that cannot be read", title=self.client.title)
            ) from None

    def stat(self, path: str) -> FileStatus | None:
        """What is at a path, a symlink itself; without owner, xattrs and time.

        `link` is where a symlink leads in the end, absolute, not what is written in it.
        """
        with self._answered(
            "HEAD", self._path("archive"), {"path": os.fsencode(path)}, missing_is_fine=True
        ) as response:
            return None if response is None else _status(response.headers.get(_STAT, ""), self.client.title)

    @contextmanager
    def tar(self, path: str) -> Iterator[BinaryIO]:
        """What is at a path, and all below it, as a tar that is streamed: its first member has the path's last name.

        NotFound where nothing is. Docker gives a symlink itself, Podman what it leads to.
        """
        with ExitStack() as opened:
            asked = self._answered("GET", self._path("archive"), {"path": os.fsencode(path)})
            try:
                response = opened.enter_context(asked)
            except NotFound as error:
                if any(words in str(error).lower() for words in _NO_CONTAINER):
                    raise
                raise not_there(path) from error
            yield cast("BinaryIO", Body(response, self.client, tr("container {name}", name=self.name)))

    def put(self, folder: str, tar: BinaryIO) -> None:
        """Extract a tar into a folder; owners are those of the tar. Conflict where a folder meets something else."""
        query = {"path": os.fsencode(folder), "noOverwriteDirNonDir": "true"}
        try:
            with self._answered("PUT", self._path("archive"), query, data=tar):
                return
        except LayertuiError as error:
            text = str(error)
            if type(error) is LayertuiError and any(words in text for words in _OTHER_KIND):
                raise Conflict(text) from error
            raise

    def export(self, out: BinaryIO, progress: Progress) -> None:
        """Write the whole root filesystem as one tar, without what is mounted. Raises OSError where `out` takes no more."""
        # Written out here: within the request that would be an error of the daemon.
        with closing(self._exported(progress)) as pieces:
            for piece in pieces:
                out.write(piece)
                progress.advance(len(piece))

    def _exported(self, progress: Progress) -> Generator[bytes]:
        path, headers = f"/{self._path('export')}", {"Accept-Encoding": "identity"}
        with streamed(
            self.client, "GET", path, tr("container {name}", name=self.name), {}, progress, headers=headers
        ) as response:
            body = Body(response, self.client, tr("container {name}", name=self.name))
            while piece := body.read(_CHUNK):
                yield piece

    def commit(
        self,
        names: Sequence[Reference],
        *,
        message: str | None,
        author: str | None,
        changes: Sequence[str],
        pause: bool,
    ) -> str:
        """Make an image of the container and tag it: its ID, as the daemon has it.

        Raises UsageError for a change that cannot be read, CannotPause, Unreachable for an answer without an ID.
        """
        query = {"container": self._id, "pause": str(int(pause)), "changes": list(changes)}
        query |= {key: text for key, text in (("comment", message), ("author", author)) if text is not None}
        if names:
            query |= {"repo": names[0].name, "tag": names[0].tag or "latest"}
        # A config without values: Podman refuses a request without one.
        try:
            with self._answered("POST", "commit", query, io.BytesIO(b"{}")) as response:
                answer = self._document(response)
        except LayertuiError as error:
            # Podman's, which pauses before anything else. Docker goes on by itself.
            if pause and any(words in str(error).lower() for words in _NO_PAUSE):
                raise CannotPause(str(error)) from error
            raise
        made = answer.get("Id") if isinstance(answer, dict) else None
        if not isinstance(made, str) or not made:
            raise Unreachable(
                tr(
                    "{title} made an image of container {name} and did not give its ID",
                    title=self.client.title,
                    name=self.name,
                )
            )
        for one in names[1:]:
            post(self.client, f"/images/{made}/tag", str(one), repo=one.name, tag=one.tag or "latest")
        return made

    def _path(self, what: str) -> str:
        return f"containers/{quote(self._id, safe='')}/{what}"

    def _json(self, what: str, query: Mapping[str, Any]) -> Any:
        with self._answered("GET", self._path(what), query) as response:
            return self._document(response)

    def _document(self, response: Response) -> Any:
        with self.client.errors(tr("container {name}", name=self.name)):
            content = read_bounded(
                response, tr("{title}'s answer about container {name}", title=self.client.title, name=self.name)
            )
        try:
            return orjson.loads(content)
        except ValueError:
            raise Unreachable(tr("{title} gave an answer that is no JSON", title=self.client.title)) from None

    @contextmanager
    def _answered(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        data: BinaryIO | None = None,
        *,
        missing_is_fine: bool = False,
    ) -> Iterator[Any]:
        """The answer to a request, open; None for what is not there, if that is fine."""
        api = self.client.api
        url = f"{api.base_url}/v{api.api_version}/{path}"
        # A daemon compresses what it sends to a client that says it can read that.
        headers = {"Accept-Encoding": "identity"} | ({"Content-Type": "application/json"} if method == "POST" else {})
        with self.client.errors(tr("container {name}", name=self.name)):
            response = api.request(method, url, params=query, data=data, headers=headers, stream=True, timeout=_TIMEOUT)
        with closing(response):
            if missing_is_fine and response.status_code == 404:
                yield None
                return
            with self.client.errors(tr("container {name}", name=self.name)):
                raise_for_status(response)
            yield response


def _status(header: str, title: str) -> FileStatus | None:
    """The header in which a daemon describes a path; None for a socket, which no layer can hold."""
    try:
        said = orjson.loads(base64.b64decode(header, validate=True))
        bits, link = int(said["mode"]), said.get("linkTarget") or ""
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise Unreachable(tr("{title} described a path in a way that cannot be read", title=title)) from None
    kind: Kind | None = next((kind for bit, kind in _KINDS.items() if bits & bit), Kind.FILE)
    if bits & _DEVICE:
        kind = Kind.CHAR if bits & _CHAR else Kind.BLOCK
    if kind is None:
        return None
    mode = bits & 0o777 | sum(value for bit, value in _SPECIAL.items() if bits & bit)
    return FileStatus(kind, mode, 0, 0, link=str(link) if kind is Kind.SYMLINK else None)


def not_there(path: str) -> NotFound:
    """The error for a path at which the container has nothing any more."""
    return NotFound(tr("{path}: no such file or folder in the container", path=path))
