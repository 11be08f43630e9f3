"""RegistryConnections: sends single requests to a registry and to wherever it redirects, over connections that are kept open."""

from __future__ import annotations

from math import inf
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import unquote
from weakref import finalize

from layertui.core.engines.cut_request import SentRequest, cuttable
from layertui.core.engines.registry.connection.registry_answer import RegistryAnswer
from layertui.core.engines.registry.connection.transport_errors import transport_errors
from layertui.core.engines.registry.registry_host import is_loopback, split_url, tls_context
from layertui.core.errors import Unreachable
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from urllib.parse import SplitResult

    import urllib3

    from layertui.core.client_environment import ClientEnvironment
    from layertui.core.engines.registry.connection.registry_answer import Patience
    from layertui.core.progress import Progress

    Content = bytes | Callable[[], Iterable[bytes]]
    """A body: bytes, or a function that makes a new one for each attempt."""

_KEPT = 16  # connections to one host
_STEP = 0.1  # seconds between looks whether the user has cancelled


class RegistryConnections:
    """Connections that any number of threads share. Nothing is connected to before the first request."""

    def __init__(self, host: str, environment: ClientEnvironment, patience: Patience) -> None:
        """`host` is the registry's, by which errors name it; certificates are those for it."""
        self._host, self._environment, self._patience = host, environment, patience
        self._pools: dict[tuple[bool, str | None], urllib3.PoolManager] = {}  # by whether there is TLS, and by proxy
        self._lock = Lock()
        finalize(self, _close_all, self._pools)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: Content | None = None,
        progress: Progress | None = None,
    ) -> RegistryAnswer:
        """Send one request to any address; redirects are not followed, and the body of the answer is not read.

        Raises Unreachable, also where the answer has not begun in time, unless a body is sent; and Cancelled at once, also while the
        registry takes nothing of the body.
        """
        if split_url(url).username is not None:  # it would be sent as credentials
            raise Unreachable(tr("registry {host}: gives an address with a user in it", host=self._host))
        if callable(content) and progress is None:
            return self._send(method, url, headers, content)
        seconds = self._patience.connect + self._patience.document if content is None else inf
        sending = _Sending(lambda: self._send(method, url, headers, content))
        found = sending.waited(progress or quiet(), seconds, reads=callable(content))
        if found is None:
            raise Unreachable(
                tr("registry {netloc}: no whole answer in time; try again later", netloc=split_url(url).netloc)
            )
        return found

    def close(self) -> None:
        """Close the connections that wait for the next request; those in use are closed when they come back."""
        with self._lock:
            _close_all(self._pools)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str] | None, content: Content | None
    ) -> RegistryAnswer:
        parts = split_url(url)
        body = content() if callable(content) else content
        with transport_errors(parts.netloc):
            response = self._pool(parts).request(
                method,
                url,
                headers={**self._common, **(headers or {})},
                body=body,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        return RegistryAnswer(self._host, url, response, self._patience)

    @property
    def _common(self) -> dict[str, str]:
        from layertui import __version__

        return {"user-agent": f"layertui/{__version__}", "accept-encoding": "identity"}

    def _pool(self, parts: SplitResult) -> urllib3.PoolManager:
        """The connections for an address: certificates are read only where there is TLS."""
        key = parts.scheme == "https", self._proxy(parts)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._opened(*key)
            return self._pools[key]

    def _opened(self, tls: bool, proxy: str | None) -> urllib3.PoolManager:  # noqa: FBT001
        import urllib3  # late: it takes a tenth of a second

        from layertui.core.engines.bounded_connections import bound_answers

        timeout = urllib3.Timeout(connect=self._patience.connect, read=self._patience.read)
        context = tls_context(self._host, self._environment) if tls else None
        if proxy is None:
            return cuttable(bound_answers(urllib3.PoolManager(maxsize=_KEPT, timeout=timeout, ssl_context=context)))
        address = split_url(proxy)
        user = f"{unquote(address.username)}:{unquote(address.password or '')}" if address.username else None
        proxied = urllib3.ProxyManager(
            proxy,
            maxsize=_KEPT,
            timeout=timeout,
            ssl_context=context,
            proxy_headers=urllib3.make_headers(proxy_basic_auth=user) if user else None,
        )
        return cuttable(bound_answers(proxied))

    def _proxy(self, parts: SplitResult) -> str | None:
        """The proxy that the environment names for an address; none leads back to this machine."""
        from urllib.request import getproxies, proxy_bypass

        if is_loopback(self._host) or is_loopback(parts.netloc):
            return None
        proxies = getproxies()
        found = proxies.get(parts.scheme) or proxies.get("all")
        if not found or proxy_bypass(parts.netloc):
            return None
        return found if "://" in found else f"http://{found}"


class _Sending:
    """A request on a thread of its own; its answer is closed if no caller waits for it any more."""

    def __init__(self, send: Callable[[], RegistryAnswer]) -> None:
        self._send, self._lock, self._request = send, Lock(), SentRequest()
        self.ended = Event()
        self.found: RegistryAnswer | BaseException | None = None
        self._is_left = False
        Thread(target=self._run, name="registry-request", daemon=True).start()

    def waited(self, progress: Progress, seconds: float, *, reads: bool) -> RegistryAnswer | None:
        """The answer; None where its head is not there in so many seconds, though it may come bit by bit.

        Raises Cancelled soon after `progress` is cancelled, whatever the request waits for. If it `reads` its body from somewhere, it
        does so no more when this raises.
        """
        end = monotonic() + seconds
        try:
            progress.advance(0)
            while not self.ended.wait(_STEP):
                progress.advance(0)
                if monotonic() > end:
                    self._leave()
                    return None
        except BaseException:
            self._leave()
            while reads and not self.ended.wait(_STEP):
                self._request.cut()  # again, since it may have been about to connect
            raise
        found, self.found = self.found, None
        assert found is not None
        if isinstance(found, BaseException):
            try:
                raise found
            finally:
                del found  # the error's traceback leads here: they would keep each other, and what is open on the way
        return found

    def _leave(self) -> None:
        with self._lock:
            self._is_left = True
            found = self.found
        if isinstance(found, RegistryAnswer):
            found.close()
        self._request.cut()

    def _run(self) -> None:
        self._request.begin()
        try:
            found: RegistryAnswer | BaseException = self._send()
        except BaseException as error:  # noqa: BLE001 - it is raised in the waiting thread
            found = error
        with self._lock:
            self.found = found
            is_left = self._is_left
        self.ended.set()
        if is_left and isinstance(found, RegistryAnswer):
            found.close()
        del found  # as in `waited`


def _close_all(pools: dict[tuple[bool, str | None], urllib3.PoolManager]) -> None:
    while pools:
        pools.popitem()[1].clear()
