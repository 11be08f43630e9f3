"""Where a registry answers: the host behind its name, its mirrors, whether plain HTTP may be spoken to it, the certificates for it."""

from __future__ import annotations

import ipaddress
import re
import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from layertui.core.engines.client_files import read_client_file
from layertui.core.errors import StorageError, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci.reference import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.client_environment import ClientEnvironment

DOCKER_HUB = "registry-1.docker.io"
_OWN = ("docker/certs.d", "containers/certs.d")
_USER = re.compile(r"//[^/?#]*@")
_DAEMON = Path("/etc/docker/daemon.json")
_SYSTEM = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))


def api_host(registry: str) -> str:
    """The host that serves a registry's API: Docker's own is not where its name says."""
    return DOCKER_HUB if registry in (DEFAULT_REGISTRY, f"index.{DEFAULT_REGISTRY}") else registry


def split_url(address: str) -> SplitResult:
    """The parts of an address that a registry gave. Raises Unreachable where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname
    except ValueError as error:
        raise Unreachable(
            tr("{without_user!r} is no address: {error}", without_user=without_user(address)[:100], error=error)
        ) from error
    return parts


def without_user(address: str) -> str:
    """An address to be shown: without the user and password that may be in it."""
    return _USER.sub("//***@", address)


def join_url(base: str, address: str) -> str:
    """An address that a registry gave, absolute or not. Raises Unreachable where it is none."""
    split_url(address)
    return urljoin(base, address)


def is_loopback(host: str) -> bool:
    """Whether `HOST[:PORT]` is this machine: localhost, 127.0.0.0/8 or ::1."""
    name = split_url(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def certificate_folders(host: str, environment: ClientEnvironment) -> list[Path]:
    """The folders `certs.d/HOST` of docker and of podman that exist, the system's first."""
    own = (environment.docker_config / "certs.d", *(environment.config_home / one for one in _OWN))
    folders = (*_SYSTEM, *own)
    return [found for folder in folders if (found := folder / host).is_dir()]


def tls_context(host: str, environment: ClientEnvironment) -> ssl.SSLContext:
    """TLS with the system's CAs, or those of SSL_CERT_FILE, and besides them the CAs and client certificates of `certs.d/HOST`.

    Raises StorageError for a file that cannot be read, Unreachable for one that holds no certificate.
    """
    bundle = environment.ssl_cert_file
    with _errors_of(bundle or Path("/etc/ssl")):
        context = ssl.create_default_context(cafile=str(bundle) if bundle is not None else None)
        if bundle is None and not _system_has_authorities():
            import certifi

            context.load_verify_locations(certifi.where())
    for folder in certificate_folders(host, environment):
        for authority in sorted(folder.glob("*.crt")):
            with _errors_of(authority):
                context.load_verify_locations(authority)
        for certificate, key in _client_certificates(folder):
            with _errors_of(certificate):
                context.load_cert_chain(certificate, key)
    return context


def _system_has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()  # only what exists
    return bool(paths.cafile) or (bool(paths.capath) and any(Path(paths.capath).iterdir()))


def _client_certificates(folder: Path) -> Iterator[tuple[Path, Path]]:
    for certificate in sorted(folder.glob("*.cert")):
        if (key := certificate.with_suffix(".key")).is_file():
            yield certificate, key


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Turn what OpenSSL says of a file into a line that names it."""
    try:
        yield
    except ssl.SSLError as error:
        raise Unreachable(
            tr("{path} has no certificate that can be read: {reason}", path=path, reason=error.reason)
        ) from error
    except OSError as error:
        raise StorageError(
            tr("{path}: {strerror}; check SSL_CERT_FILE and certs.d", path=path, strerror=error.strerror)
        ) from error


class Mirror(NamedTuple):
    """A host that has what Docker Hub has."""

    host: str
    insecure: bool
    """Whether plain HTTP was configured for it."""


def docker_hub_mirrors(environment: ClientEnvironment) -> list[Mirror]:
    """The mirrors that docker's daemon would ask, in its order; those of a rootless one first.

    They are the `registry-mirrors` of its daemon.json. Not done: mirrors of containers-registries.conf(5), and mirrors below a path.
    """
    return [*_mirrors(environment.config_home / "docker/daemon.json"), *_mirrors(_DAEMON)]


def _mirrors(path: Path) -> Iterator[Mirror]:
    listed = read_client_file(path).get("registry-mirrors")
    for address in listed if isinstance(listed, list) else ():
        try:
            parts = split_url(str(address))
        except Unreachable:
            continue
        if (
            parts.scheme in ("http", "https")
            and parts.hostname
            and not parts.path.strip("/")
            and "@" not in parts.netloc
        ):
            yield Mirror(parts.netloc, parts.scheme == "http")
