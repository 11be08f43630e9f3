"""ImageTransfers: images carried between engines, registries and archives, and the credentials for registries."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import LayertuiError, UsageError
from layertui.core.inspector.images.image_destination import sink_of
from layertui.core.inspector.images.image_origin import ImageOrigin, local_origin, pulled_origin, registry_origin
from layertui.core.inspector.names.destination import Destination, read_destination
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.reference import DEFAULT_TAG, Reference
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.engines.discover import Engines
    from layertui.core.engines.image_protocols import RegistryTransfer
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.engines.registry.registry_credentials import Credentials
    from layertui.core.engines.registry.transfer.compressed_push import CompressedPush
    from layertui.core.engines.registry.transfer.credential_store import SavedCredentials
    from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository
    from layertui.core.inspector.images.transfer_estimate import TransferEstimates
    from layertui.core.inspector.names.name_opener import NameOpener
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings

_REGISTRY = "docker://"


class Transferred(NamedTuple):
    """An image that has been carried to a place."""

    name: str
    """What it is called there."""
    id: Digest | None
    """The image ID; None where all platforms were copied, or where nothing but the manifest was compared."""
    digest: Digest | None
    """Of its manifest or index at the place; None where the place keeps none."""
    moved: tuple[tuple[Reference, Digest], ...] = ()
    """Tags that named another image there, each with that image's ID."""
    is_new: bool = True
    """False if the image was there already."""


class ImageTransfers:
    """What carries images; bare names are looked up in the default engine."""

    def __init__(
        self,
        engines: Engines,
        opener: Callable[[], NameOpener],
        settings: Settings,
        *,
        insecure: bool = False,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`insecure` allows plain HTTP to registries; `say` is given a line where it is used outside this machine."""
        self._engines, self._opener, self._settings = engines, opener, settings
        self._insecure, self._say = insecure, say

    # ---------------------------------------------------------------- images

    def pull(self, ref: str, platform: str | None = None, progress: Progress | None = None) -> Transferred:
        """An image of a registry into the default engine, under its name there; a daemon fetches it itself.

        Layers that the engine has are not fetched; what came before an error is not fetched again. Raises NotFound, Unauthorized,
        Unreachable, Damaged, StorageError.
        """
        name = _registry_name(ref)
        wanted, progress = Platform.parse(platform) if platform else None, progress or quiet()
        own = self._own_transfer()
        if own is not None:
            pulled = own.pull(name, wanted, progress)
            return Transferred(name.canonical, pulled.id, pulled.digest, is_new=pulled.is_new)
        engine = self._engines.named(self._settings.engine)
        sink = sink_of(engine)
        with self._client(name.registry) as client:
            origin = registry_origin(client, name, wanted, progress, every_platform=False)
            is_new = not self._has(str(origin.root.digest)) and not self._has(str(origin.image.id))
            put = sink.put(origin.image, origin.names, progress, event="pull")
        return Transferred(name.canonical, put.image.id, origin.root.digest, put.moved, is_new)

    def push(self, name: str, ref: str | None = None, progress: Progress | None = None) -> Transferred:
        """An image into a registry, under `ref` or its own name; a daemon sends its own images itself.

        What the registry has is not sent. Layers that a daemon keeps unpacked go compressed. Raises UsageError for a digest in place of a tag, NotFound, Unauthorized, Unreachable, Damaged.
        """
        progress = progress or quiet()
        place = _registry_name(ref if ref is not None else name)
        if place.digest is not None:
            raise UsageError(tr("{place}: an image is pushed to a tag; give a NAME[:TAG]", place=place))
        own = self._own_transfer()
        if own is not None and ref is None:
            return Transferred(place.canonical, None, own.push(place, progress) or self._digest(place, progress))
        origin = local_origin(self._opener(), name, None, progress)
        return self._to_registry(origin, place, progress)

    def copy(
        self,
        source: str,
        destination: str,
        *,
        every_platform: bool = False,
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> Transferred:
        """An image from any place to any other one that can be written; with `every_platform`, an index with all it names.

        Image IDs are kept, and digests where source and place have them; what a daemon keeps unpacked goes to registries as gzip. Nothing at the source is changed; after an error the destination
        has what it had, and what came is not sent again. Raises what opening the source raises, UsageError for a destination that
        is none, and what `ImageSink.put` raises.
        """
        progress = progress or quiet()
        wanted = Platform.parse(platform) if platform else None
        place = read_destination(destination, self._settings.engine, self._engines.names)
        if not source.startswith(_REGISTRY):
            origin = local_origin(self._opener(), source, wanted, progress)
            if every_platform and (whole := self._opener().index_of(source)) is not None:
                origin = ImageOrigin(source, *whole, origin.names)
            return self._to(origin, place, progress)
        name = _registry_name(source)
        with self._client(name.registry) as client:
            origin = registry_origin(client, name, wanted, progress, every_platform=every_platform)
            return self._to(origin, place, progress)

    @property
    def estimates(self) -> TransferEstimates:
        """What each of these would send."""
        from layertui.core.inspector.images.transfer_estimate import TransferEstimates

        return TransferEstimates(
            self._engines, self._settings.engine, self._opener, self._client, self._compressed_push
        )

    def _to(self, origin: ImageOrigin, place: Destination, progress: Progress) -> Transferred:
        if place.kind == "registry":
            assert place.name is not None
            return self._to_registry(origin, place.name, progress)
        if place.kind == "engine":
            assert place.name is not None
            put = sink_of(self._engines.named(place.engine)).put(origin.image, [place.name], progress, event="pull")
            return Transferred(place.name.familiar, put.image.id, put.image.digest, put.moved)
        return self._to_file(origin, place, progress)

    def _to_registry(self, origin: ImageOrigin, place: Reference, progress: Progress) -> Transferred:
        from layertui.core.engines.registry.transfer.compressed_push import layers_to_compress
        from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository

        if place.digest is not None:
            raise UsageError(tr("{place}: an image gets its digest from what it holds; give a NAME[:TAG]", place=place))
        plain = layers_to_compress(origin.opened) if origin.opened is not None else []  # a registry has none
        tags = [place.tag or DEFAULT_TAG]
        with self._client(place.registry) as client:
            repository = RegistryRepository(client, place.repository)
            if plain and (pulled := pulled_origin(client, origin.image, progress)) is not None:
                origin, plain = pulled, []
            if plain:
                push = self._compressed_push(repository)
                digest = push.send(origin.image, plain, tags, _mounts(origin, place), progress)
            else:
                digest = origin.root.digest
                repository.send(origin.root, origin.tree, tags, _mounts(origin, place), progress)
        return Transferred(place.canonical, None, digest)

    def _to_file(self, origin: ImageOrigin, place: Destination, progress: Progress) -> Transferred:
        from layertui.core.inspector.images.save_images import save, written

        name = f"{place.kind}:{place.path}{f':{place.ref}' if place.ref else ''}"
        if place.kind == "docker-archive":
            names = origin.names if place.ref is None else (Reference.parse(place.ref),)
            spool = self._settings.spool
            save(
                [(origin.image, names)],
                place.path,
                form="docker",
                compress=None,
                without=(),
                spool=spool,
                progress=progress,
            )
            return Transferred(name, origin.image.id, None)
        from layertui.core.images.archive.layout_folder import add_to_layout, write_layout_archive

        tree = origin.tree()
        if place.kind == "oci":
            add_to_layout(place.path, tree, place.ref, progress)
        else:
            with written(place.path) as out:
                write_layout_archive(out, tree, place.ref, progress)
        return Transferred(name, None, origin.root.digest)

    # ---------------------------------------------------------------- registries

    def registries(self) -> list[str]:
        """The registries for which there are credentials; none of them is asked."""
        from layertui.core.engines.registry.registry_credentials import registries_with_credentials

        return registries_with_credentials(self._settings.clients)

    def repositories(self, registry: str, progress: Progress | None = None) -> list[str]:
        """The repositories of a registry, sorted. LayertuiError if it does not list them; Unreachable."""
        from layertui.core.engines.registry.pages import repositories

        with self._client(registry) as client:
            return sorted(repositories(client, progress))

    def tags(self, name: str, progress: Progress | None = None) -> list[str]:
        """Every tag of a repository of a registry, `1.9` before `1.10`.

        Raises NotFound, Unauthorized, Unreachable, UsageError.
        """
        from layertui.core.engines.registry.pages import tags

        place = Reference.parse(name.removeprefix(_REGISTRY), default_tag=None)
        if place.tag is not None or place.digest is not None:
            raise UsageError(
                tr(
                    "{name}: tags are those of a repository; leave {digest!r} out",
                    name=name,
                    digest=place.digest or place.tag,
                )
            )
        with self._client(place.registry) as client:
            return tags(client, place.repository, progress)

    def login(self, registry: str, user: str, secret: str) -> SavedCredentials:
        """Keep the credentials for a registry, once it has accepted them. Raises Unauthorized, Unreachable, StorageError, Damaged."""
        from layertui.core.engines.registry.registry_credentials import Credentials
        from layertui.core.engines.registry.transfer.credential_store import CredentialStore

        credentials = Credentials(user, secret)
        with self._client(registry, credentials) as client:
            client.request("GET", "/v2/")
        return CredentialStore(self._settings.clients).save(registry, credentials)

    def logout(self, registry: str) -> list[str]:
        """Remove the credentials for a registry; the places that had some. Raises StorageError and Damaged."""
        from layertui.core.engines.registry.transfer.credential_store import CredentialStore

        return CredentialStore(self._settings.clients).erase(registry)

    # ---------------------------------------------------------------- parts

    @contextmanager
    def _client(self, registry: str, credentials: Credentials | None = None) -> Iterator[RegistryClient]:
        from layertui.core.engines.registry.registry_client import RegistryClient
        from layertui.core.engines.registry.registry_host import is_loopback

        client = RegistryClient(registry, self._settings.clients, insecure=self._insecure, credentials=credentials)
        try:
            if self._insecure and not is_loopback(client.host) and client.plain_http:
                self._say(
                    tr(
                        "{registry} is spoken to over plain HTTP: anyone on the way can read and change what is sent",
                        registry=registry,
                    )
                )
            yield client
        finally:
            client.close()

    def _compressed_push(self, repository: RegistryRepository) -> CompressedPush:
        from layertui.core.engines.registry.transfer.compressed_push import CompressedPush
        from layertui.core.engines.registry.transfer.sent_layers import SentLayers

        return CompressedPush(repository, SentLayers(self._settings.cache), self._settings.spool)

    def _digest(self, place: Reference, progress: Progress) -> Digest | None:
        """The digest of what a tag leads to in a registry; None where it cannot be asked."""
        from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository

        with suppress(LayertuiError), self._client(place.registry) as client:
            found = RegistryRepository(client, place.repository).head(place.tag or DEFAULT_TAG, progress)
            return None if found is None else found.digest
        return None

    def _own_transfer(self) -> RegistryTransfer | None:
        """What the default engine pulls and pushes with, if it does that itself."""
        return self._engines.named(self._settings.engine).transfer

    def _has(self, name: str) -> bool:
        try:
            self._engines.named(self._settings.engine).images.open(name, None, quiet())
        except LayertuiError:
            return False
        return True


def _registry_name(text: str) -> Reference:
    return Reference.parse(text.removeprefix(_REGISTRY))


def _mounts(origin: ImageOrigin, place: Reference) -> list[str]:
    """The other repositories of a registry that have the blobs of an image."""
    names = (one.repository for one in origin.names if one.registry == place.registry)
    return [name for name in dict.fromkeys(names) if name != place.repository]
