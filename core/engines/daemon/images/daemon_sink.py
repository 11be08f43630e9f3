"""DaemonSink: images sent to Docker Engine or Podman, named, removed, and made of tars."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, TypeGuard

from layertui.core.engines.daemon.api_requests.daemon_requests import delete_json, get_json, post
from layertui.core.engines.daemon.images.image_answers import names_of, rows_of
from layertui.core.engines.image_values import Put, Removed
from layertui.core.errors import Conflict, Damaged, LayertuiError, NotAnImage, Unreachable, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DIGEST_WORD, Digest
from layertui.core.oci.reference import DEFAULT_TAG, Reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.daemon.images.daemon_images import DaemonImages
    from layertui.core.engines.daemon.images.image_answers import InspectedImage
    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress

_CHUNK = 1 << 20
_LOADED = re.compile(r"Loaded image(?:\(s\))?(?: ID)?: (\S+)")


class DaemonSink:
    """See ImageSink and TarImport in `image_protocols.py`."""

    def __init__(self, client: DaemonClient, images: DaemonImages, spool: Path | None) -> None:
        self._client, self._images, self._spool = client, images, spool

    def put(
        self, image: Image, names: Sequence[Reference], progress: Progress, *, clobber: bool = True, event: str = "load"
    ) -> Put:
        del event  # the daemon writes its own
        tagged = tuple(dict.fromkeys(name.with_tag(name.tag or DEFAULT_TAG) for name in names))
        listed = self._images.list()
        moved = tuple((name, one.id) for name in tagged for one in listed if name in one.names and one.id != image.id)
        if moved and not clobber:
            name, old = moved[0]
            raise Conflict(
                tr(
                    "{name} is image {short} already; it would move to {short2}",
                    name=name,
                    short=old.short,
                    short2=image.id.short,
                )
            )
        there = next((one for one in listed if one.id == image.id), None)
        if there is None:
            found = self._send(image, tagged, progress)
        else:
            found = self._images.inspect(str(there.engine_id or there.id))
        for name in tagged:
            if name not in found.names:
                self._tag(found.engine_id, name)
        with suppress(LayertuiError):
            if (direct := self._images.direct(str(found.engine_id))) is not None:
                return Put(direct, moved)
        return Put(image.named(*dict.fromkeys((*found.names, *tagged))), moved)

    def tag(self, name: str, new: Reference) -> None:
        self._tag(self._images.inspect(name).engine_id, new.with_tag(new.tag or DEFAULT_TAG))

    def remove(self, name: str, *, force: bool = False) -> Removed:
        found = self._images.inspect(name)
        own, image_id = _spelled(name, found.names), self._images.image_id(found.engine_id)
        if own is None and len(found.names) > 1 and not force:
            listed = ", ".join(one.familiar for one in found.names)
            raise Conflict(
                tr(
                    "image {short} has several names: {listed}; remove them by name, or force it (-f)",
                    short=image_id.short,
                    listed=listed,
                )
            )
        # The daemon's answer has layers besides images.
        known = {row.get("Id") for row in rows_of(get_json(self._client, "/images/json", all=1))}
        target = own.canonical if own is not None else str(found.engine_id)
        answer = delete_json(self._client, f"/images/{target}", name, force=int(force))
        untagged: list[Reference] = []
        deleted: list[Digest] = []
        for row in rows_of(answer):
            untagged += names_of({"RepoTags": [row.get("Untagged")]})
            if isinstance(text := row.get("Deleted"), str):
                digest = text if ":" in text else f"sha256:{text}"
                if digest == found.engine_id:
                    deleted.append(image_id)
                elif digest in known:
                    deleted.append(Digest(digest))
        return Removed(tuple(dict.fromkeys(name for name in untagged if name.digest is None)), tuple(deleted))

    def import_tar(
        self,
        tar: BinaryIO,
        names: Sequence[Reference],
        progress: Progress,
        *,
        message: str | None = None,
        changes: Sequence[str] = (),
        platform: Platform | None = None,
    ) -> Image:
        from layertui.core.engines.daemon.images.archive_upload import upload
        from layertui.core.fs.reader import read_fully
        from layertui.core.oci.config_change import apply_changes
        from layertui.core.oci.image_config import ExecConfig
        from layertui.core.streams.compress import decompressed
        from layertui.core.streams.tar.header_block import BLOCK, checksum_ok

        apply_changes(ExecConfig(), changes)  # raises for an invalid change before anything is sent
        # Decompressed here, since no daemon knows all compressions that we do.
        plain = decompressed(tar)
        head = read_fully(plain.read, BLOCK)
        if len(head) < BLOCK or (head.strip(b"\0") and not checksum_ok(head)):
            raise NotAnImage(tr("this is not a tar, so no image can be made of it"))

        def write(out: BinaryIO) -> None:
            out.write(head)
            while chunk := plain.read(_CHUNK):
                out.write(chunk)
                progress.advance(len(chunk))

        params: dict[str, object] = {"fromSrc": "-", "changes": list(changes)}
        if message is not None:
            params["message"] = message
        if platform is not None:
            params["platform"] = str(platform)
        answers = upload(self._client, "/images/create", tr("the import"), write, progress, **params)
        made = next((text for one in answers[::-1] if _is_id(text := one.get("status"))), None)
        if made is None:
            raise Unreachable(tr("{title} does not say which image it has made", title=self._client.title))
        for name in names:
            self._tag(Digest(made), name.with_tag(name.tag or DEFAULT_TAG))
        return self._images.open(made, None, progress)

    def _send(self, image: Image, names: Sequence[Reference], progress: Progress) -> InspectedImage:
        """Send an image, and give what the daemon has then, which must be the same image."""
        from layertui.core.engines.daemon.images.image_upload import ImageUpload
        from layertui.core.images.rewrite_manifest import rewritten_manifest

        # Where the daemon's ID is that of the manifest, this shows of which config that is.
        self._images.keep_manifest(rewritten_manifest(image, {}), image.config_bytes)
        answers = ImageUpload(self._client, self._images.folder, image, names, self._spool).send(progress)
        loaded = [match[1] for one in answers if (match := _LOADED.match(str(one.get("stream") or "")))]
        if not loaded:
            raise Unreachable(tr("{title} does not say which image it has loaded", title=self._client.title))
        found = self._images.inspect(loaded[0])
        stored = self._images.image_id(found.engine_id)
        if image.id not in (stored, found.engine_id) and (
            stored != found.engine_id or found.diff_ids != image.diff_ids
        ):
            raise Damaged(
                tr(
                    "{title} has stored image {short} as another one, {short2}",
                    title=self._client.title,
                    short=image.id.short,
                    short2=stored.short,
                )
            )
        return found

    def _tag(self, engine_id: Digest, name: Reference) -> None:
        post(self._client, f"/images/{engine_id}/tag", str(name), repo=name.full_name, tag=name.tag)


def _spelled(text: str, names: Sequence[Reference]) -> Reference | None:
    """Which of an image's names a user's word is; None where it is an ID or a digest."""
    try:
        name = Reference.parse(text)
    except UsageError:
        return None
    if name in names:
        return name
    # Podman finds an image by less than its whole name.
    ends = [one for one in names if one.tag == name.tag and f"/{one.full_name}".endswith(f"/{name.name}")]
    return ends[0] if len(ends) == 1 and DIGEST_WORD.fullmatch(text) is None and name.digest is None else None


def _is_id(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and re.fullmatch(r"sha256:[0-9a-f]{64}", text) is not None
