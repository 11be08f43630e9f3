"""Turns errors of urllib3 into Unreachable: what failed in plain words, and what to try."""

from __future__ import annotations

from contextlib import contextmanager
from time import gmtime, strftime
from typing import TYPE_CHECKING

from layertui.core.errors import Unreachable
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(8234, 8239), *range(8294, 8298)))
_LONGEST_REASON = 200
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED of OpenSSL


def plain(text: str) -> str:
    """Text of a server, made fit for an error line: one line, not long, without control characters."""
    shown = " ".join(text.split()).translate(_NO_CONTROLS)
    return shown if len(shown) <= _LONGEST_REASON else shown[:_LONGEST_REASON] + "…"


@contextmanager
def transport_errors(host: str) -> Iterator[None]:
    """Raise Unreachable, with what to try, for an error of urllib3 while `host` is spoken to."""
    from urllib3.exceptions import HTTPError, ProxySchemeUnsupported

    try:
        yield
    except (HTTPError, ProxySchemeUnsupported) as error:
        raise Unreachable(tr("registry {host}: {cause}", host=host, cause=_cause(error))) from error


def was_cut(error: Unreachable) -> bool:
    """Whether a connection that was there broke, or an answer did not come in time."""
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    return isinstance(error.__cause__, ProtocolError | ReadTimeoutError)


def _cause(error: Exception) -> str:
    import ssl

    from urllib3.exceptions import NewConnectionError, ProtocolError, ProxyError, TimeoutError  # noqa: A004

    chain = _chain(error)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            if one.verify_code in (_NOT_YET_VALID, _EXPIRED):
                now = strftime("%Y-%m-%d %H:%M UTC", gmtime())
                return tr(
                    "its certificate cannot be verified ({verify_message}); this machine's clock says {now}:"
                    " if that is right, its operator has to renew it",
                    verify_message=one.verify_message,
                    now=now,
                )
            return tr(
                "its certificate cannot be verified ({verify_message}); put its CA into certs.d/HOST/ca.crt below"
                " ~/.config/containers, or name it in SSL_CERT_FILE",
                verify_message=one.verify_message,
            )
        if isinstance(one, ssl.SSLError):
            return tr(
                "no TLS with it ({plain}); if it speaks plain HTTP, allow that with --insecure",
                plain=plain(one.reason or str(one)),
            )
    if isinstance(error, ProxyError):
        return tr(
            "no connection through the proxy ({last_words}); check HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
            last_words=_last_words(chain),
        )
    if isinstance(error, NewConnectionError):
        return tr("{last_words}; is it running, and is its name right?", last_words=_last_words(chain).lower())
    if isinstance(error, TimeoutError):
        if any(isinstance(one, ConnectionError) for one in chain):
            return tr("the connection was cut ({last_words}); try again", last_words=_last_words(chain))
        return _timeout(error)
    if isinstance(error, ProtocolError):
        return tr("the connection was cut ({last_words}); try again", last_words=_last_words(chain))
    return tr("{error}; try again", error=plain(str(error)) or type(error).__name__)


def _timeout(error: Exception) -> str:
    from urllib3.exceptions import ConnectTimeoutError

    if isinstance(error, ConnectTimeoutError):
        return tr("no connection in time; check its name and the network")
    return tr("no answer in time; try again later")


def _chain(error: BaseException) -> list[BaseException]:
    """An error and those that led to it."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    return chain


def _last_words(chain: list[BaseException]) -> str:
    """What the system or the protocol says of an error: the words of urllib3 around it are not for users."""
    system = next((one for one in reversed(chain) if isinstance(one, OSError) and one.strerror), None)
    return plain(str(system.strerror if system is not None else chain[-1])) or type(chain[-1]).__name__
