"""The client of Docker's SDK for one daemon, whose connections are our own: bounded, cuttable, and to no other address than the daemon's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docker.api.client import APIClient
from docker.tls import TLSConfig

from layertui.core.engines.bounded_connections import bound_answers
from layertui.core.engines.cut_request import cuttable
from layertui.core.engines.daemon.sdk_modules import import_ssh

if TYPE_CHECKING:
    from requests import Response

    from layertui.core.engines.daemon.endpoints import Endpoint


class _API(APIClient):
    def get_redirect_target(self, resp: Response) -> None:
        """No redirect is followed: `requests` would read all of its body, and then ask any address that a daemon names."""


def bounded_api(endpoint: Endpoint, version: str, connect: int) -> APIClient:
    """The client for an endpoint; nothing is connected to before the first request, which may take `connect` seconds to be."""
    tls = endpoint.tls
    config: Any = False
    if tls is not None:
        pair = (str(tls.cert), str(tls.key)) if tls.cert is not None and tls.key is not None else None
        config = TLSConfig(client_cert=pair, ca_cert=str(tls.ca) if tls.ca is not None else None, verify=tls.verify)
    address = endpoint.reached_at
    if address.startswith("ssh://"):
        ssh = import_ssh()
        far = ssh.FarDaemon.of(address, endpoint.kind, endpoint.ssh_key)
        api = _API(f"ssh://{far.host}", version, connect, use_ssh_client=True)  # with a path the SDK refuses it
        api.mount("http+docker://ssh", ssh.SSHAdapter(far, connect))
    else:
        api = _API(address, version, connect, tls=config)
    if address.startswith("unix://"):
        from layertui.core.engines.daemon.socket_adapter import SocketAdapter

        api.mount("http+docker://", SocketAdapter(f"http+{address}", connect))
    elif not address.startswith("ssh://"):
        for adapter in api.adapters.values():
            cuttable(bound_answers(adapter.poolmanager))  # type: ignore[attr-defined]
    # Else REQUESTS_CA_BUNDLE would replace the daemon's own authority, and a proxy or ~/.netrc be used, which docker does not.
    api.trust_env = False
    api.headers["Accept-Encoding"] = "identity"  # bodies are not decompressed
    return api
