"""The image config: ImageConfig, RootFS, HistoryEntry, ExecConfig (image-spec config.md).

Configs come from a dozen tools and ten years. So null means "missing" for every field, an invalid time is None, and
unknown fields are kept and written again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layertui.core.errors import NotAnImage
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.digest import ChainID, DiffID, chain_ids
from layertui.core.oci.timestamps import utc

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One build step, as the config records it."""

    created: str | None = None
    created_by: str | None = None
    comment: str | None = None
    author: str | None = None
    empty_layer: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    def to_json(self) -> strict_json.Object:
        obj: strict_json.Object = {}
        for key in ("created", "created_by", "comment", "author"):
            if (value := getattr(self, key)) is not None:
                obj[key] = value
        if self.empty_layer:
            obj["empty_layer"] = True
        return {**obj, **self.extra}


@dataclass(frozen=True, slots=True)
class RootFS:
    """The layers' DiffIDs, bottom first."""

    diff_ids: tuple[DiffID, ...] = ()

    @property
    def chain_ids(self) -> tuple[ChainID, ...]:
        return chain_ids(self.diff_ids)

    def to_json(self) -> strict_json.Object:
        return {"type": "layers", "diff_ids": [str(diff_id) for diff_id in self.diff_ids]}


@dataclass(frozen=True, slots=True)
class ExecConfig:
    """How to run a container of the image: the ``config`` object."""

    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    user: str = ""
    working_dir: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    healthcheck: Mapping[str, Any] | None = field(default=None, hash=False)
    on_build: tuple[str, ...] = ()
    shell: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    def to_json(self) -> strict_json.Object:
        """The object with docker's keys; unset fields are left out."""
        obj: strict_json.Object = {}
        if self.user:
            obj["User"] = self.user
        if self.exposed_ports:
            obj["ExposedPorts"] = {port: {} for port in self.exposed_ports}
        if self.env:
            obj["Env"] = list(self.env)
        if self.entrypoint is not None:
            obj["Entrypoint"] = list(self.entrypoint)
        if self.cmd is not None:
            obj["Cmd"] = list(self.cmd)
        if self.healthcheck is not None:
            obj["Healthcheck"] = dict(self.healthcheck)
        if self.volumes:
            obj["Volumes"] = {volume: {} for volume in self.volumes}
        if self.working_dir:
            obj["WorkingDir"] = self.working_dir
        if self.labels:
            obj["Labels"] = dict(self.labels)
        if self.on_build:
            obj["OnBuild"] = list(self.on_build)
        if self.stop_signal:
            obj["StopSignal"] = self.stop_signal
        if self.shell is not None:
            obj["Shell"] = list(self.shell)
        return {**obj, **self.extra}


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The config of an image: platform, DiffIDs, history, and what its containers run. Its digest is the image ID."""

    architecture: str
    os: str
    rootfs: RootFS
    variant: str = ""
    created: str | None = None
    author: str | None = None
    config: ExecConfig = field(default_factory=ExecConfig)
    history: tuple[HistoryEntry, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @classmethod
    def from_bytes(cls, content: bytes) -> ImageConfig:
        """Parse a config blob. Raises NotAnImage if it has no list of layers."""
        fields = _Fields(strict_json.load_object(content, what=tr("the image config")), tr("the image config"))
        return cls(
            architecture=fields.text("architecture") or "",
            os=fields.text("os") or "",
            rootfs=_rootfs(fields.take("rootfs")),
            variant=fields.text("variant") or "",
            created=utc(fields.take("created")),
            author=fields.text("author"),
            config=_exec_config(fields.take("config")),
            history=_history(fields.take("history")),
            extra=fields.rest,
        )

    def to_bytes(self) -> bytes:
        obj: strict_json.Object = {"architecture": self.architecture, "os": self.os}
        if self.variant:
            obj["variant"] = self.variant
        if self.created is not None:
            obj["created"] = self.created
        if self.author is not None:
            obj["author"] = self.author
        obj["config"] = self.config.to_json()
        obj["rootfs"] = self.rootfs.to_json()
        if self.history:
            obj["history"] = [entry.to_json() for entry in self.history]
        return strict_json.dumps({**obj, **self.extra})

    @property
    def platform(self) -> Platform:
        """The platform that the image runs on; the default is Linux."""
        version = self.extra.get("os.version")
        return Platform(
            self.os or "linux", self.architecture, self.variant, version if isinstance(version, str) else ""
        )


class _Fields:
    """A JSON object from which known fields are taken one by one; ``rest`` has the others."""

    def __init__(self, value: object, what: str) -> None:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise NotAnImage(tr("{what} is not a JSON object", what=what))
        self.rest: strict_json.Object = dict(value)
        self.what = what

    def take(self, key: str) -> Any:
        return self.rest.pop(key, None)

    def text(self, key: str) -> str | None:
        value: str | None = self._typed(key, str, "text")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.rest.get(key)
        # Docker once wrote a command of one word as a string.
        if isinstance(value, str):
            return (self.rest.pop(key),)
        found: list[Any] | None = self._typed(key, list, "array")
        if found is not None and not all(isinstance(text, str) for text in found):
            raise NotAnImage(tr("{what}: {key} has an element that is not a text", what=self.what, key=key))
        return None if found is None else tuple(found)

    def mapping(self, key: str) -> strict_json.Object | None:
        value: strict_json.Object | None = self._typed(key, dict, "object")
        return value

    def _typed(self, key: str, kind: type, word: str) -> Any:
        value = self.take(key)
        if value is not None and not isinstance(value, kind):
            raise NotAnImage(
                tr(
                    "{what}: {key} is not {word} {word2}",
                    what=self.what,
                    key=key,
                    word=tr("an") if word[0] in "aio" else "a",
                    word2=word,
                )
            )
        return value


def _rootfs(value: object) -> RootFS:
    if value is None:
        raise NotAnImage(tr("the image config has no rootfs, so it is no container image's"))
    fields = _Fields(value, tr("the image config's rootfs"))
    return RootFS(tuple(DiffID(text) for text in fields.texts("diff_ids") or ()))


def _history(value: object) -> tuple[HistoryEntry, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NotAnImage(tr("the image config's history is not an array"))
    return tuple(_history_entry(_Fields(entry, tr("a history entry"))) for entry in value)


def _history_entry(fields: _Fields) -> HistoryEntry:
    return HistoryEntry(
        created=utc(fields.take("created")),
        created_by=fields.text("created_by"),
        comment=fields.text("comment"),
        author=fields.text("author"),
        empty_layer=bool(fields.take("empty_layer")),
        extra=fields.rest,
    )


def _exec_config(value: object) -> ExecConfig:
    fields = _Fields(value, tr("the image config's config"))
    labels = {name: "" if text is None else text for name, text in (fields.mapping("Labels") or {}).items()}
    if not all(isinstance(text, str) for text in labels.values()):
        raise NotAnImage(tr("the image config's config: a label is not a text"))
    return ExecConfig(
        env=fields.texts("Env") or (),
        entrypoint=fields.texts("Entrypoint"),
        cmd=fields.texts("Cmd"),
        user=fields.text("User") or "",
        working_dir=fields.text("WorkingDir") or "",
        labels=labels,
        exposed_ports=tuple(fields.mapping("ExposedPorts") or ()),
        volumes=tuple(fields.mapping("Volumes") or ()),
        stop_signal=fields.text("StopSignal") or "",
        healthcheck=fields.mapping("Healthcheck"),
        on_build=fields.texts("OnBuild") or (),
        shell=fields.texts("Shell"),
        extra=fields.rest,
    )
