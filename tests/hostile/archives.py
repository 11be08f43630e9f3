"""Untrusted archives and layouts: what their JSON says, where their names lead, what unpacks to too much.

Each is written into a folder beside `outside`, the folder that must stay as it is, and gives the path to open.
"""

from __future__ import annotations

import bz2
import copy
import gzip
import json
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from builders import digest_of, docker_files, file, folder, image, layer, layout_files, pack
from builders.layers import zstd
from rawtar import block, gnu_sparse

BASE = layer([folder("etc"), file("etc/motd", b"hello\n")])
PLAIN = image([BASE], tags=["evil:1"], history=["ADD base /"])
ODD_TEXT = {
    "escape": "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[31mred",
    "c1": "\u009b2J\u009d0;evil\u009c",
    "bidi": "\u202eexe.gnp\u202c\u2066x\u2069",
    "lines": "one\nerror: two\r\nthree\rfour",
    "markup": "[bold]x[/] [@click=app.quit]q[/] [link=file:///etc/passwd]l[/link]",
    "html": "<script>alert(1)</script>|`a`|![x](y)",
    "surrogate": "\ud800",
    "nul": "a\0b",
    "long": "x" * 100_000,
    "zero width": "a\u200b\u200d\ufeffb",
}
Writer = Callable[[Path, Path], Path]


def _tar(files: dict[str, bytes | str]) -> Writer:
    def write(folder_: Path, outside: Path) -> Path:
        del outside
        path = folder_ / "evil.tar"
        path.write_bytes(pack(files))
        return path

    return write


def _raw(content: Callable[[], bytes]) -> Writer:
    def write(folder_: Path, outside: Path) -> Path:
        del outside
        path = folder_ / "evil.tar"
        path.write_bytes(content())
        return path

    return write


def _folder(files: dict[str, bytes | str], change: Callable[[Path, Path], object]) -> Writer:
    """A layout folder, changed after it was written; a str is a symlink."""

    def write(folder_: Path, outside: Path) -> Path:
        path = folder_ / "evil"
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                (path / name).symlink_to(content)
            else:
                (path / name).write_bytes(content)
        change(path, outside)
        return path

    return write


def _with(files: dict[str, Any], name: str, change: Callable[[Any], Any]) -> dict[str, Any]:
    """The same files with one JSON document changed."""
    document = json.loads(files[name])
    changed = change(copy.deepcopy(document))
    return {**files, name: json.dumps(document if changed is None else changed).encode("utf-8", "surrogatepass")}


def _image_with(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """An archive of both forms whose config was changed, all digests made right again."""
    config = json.loads(PLAIN.config)
    change(config)
    raw = json.dumps(config, ensure_ascii=True).encode()
    manifest = json.loads(PLAIN.manifest)
    manifest["config"] |= {"digest": digest_of(raw), "size": len(raw)}
    return _packed(manifest, raw)


def _manifest_with(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    manifest = json.loads(PLAIN.manifest)
    change(manifest)
    return _packed(manifest, PLAIN.config)


def _packed(manifest: dict[str, Any], config: bytes, **index: object) -> dict[str, Any]:
    raw = json.dumps(manifest).encode()
    files: dict[str, Any] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    files |= {f"blobs/sha256/{digest_of(blob)[7:]}": blob for blob in (BASE, config, raw)}
    entry = {"mediaType": manifest.get("mediaType"), "digest": digest_of(raw), "size": len(raw)}
    entry["annotations"] = {"org.opencontainers.image.ref.name": "evil:1"}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry], **index}).encode()
    return files


def names() -> Iterator[tuple[str, Writer]]:
    """Names in documents that lead out of the archive."""
    docker = docker_files(PLAIN, old=True)
    leads = [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a/../../x",
        "\0",
        "x" * 5000,
        "manifest.json",
        ODD_TEXT["escape"],
    ]
    for lead in leads:
        yield (
            f"layer at {lead[:20]!r}",
            _tar(_with(docker, "manifest.json", lambda rows, to=lead: rows[0].update(Layers=[to]))),
        )
        yield (
            f"config at {lead[:20]!r}",
            _tar(_with(docker, "manifest.json", lambda rows, to=lead: rows[0].update(Config=to))),
        )
        yield (
            f"digest {lead[:20]!r}",
            _tar(_manifest_with(lambda m, to=lead: m["layers"][0].update(digest=f"sha256:{to}"))),
        )
        yield (
            f"tag {lead[:20]!r}",
            _tar(_with(docker, "manifest.json", lambda rows, to=lead: rows[0].update(RepoTags=[to]))),
        )
        layer_name = next(name for name in docker if name.endswith("/layer.tar"))
        if "\0" not in lead and len(lead) < 100 and lead:
            yield f"layer.tar is a link to {lead[:20]!r}", _tar({**docker, layer_name: lead})
            yield f"manifest.json is a link to {lead[:20]!r}", _tar({**docker, "manifest.json": lead})
    yield "layer.tar links to itself", _tar({**docker, layer_name: "layer.tar"})
    for algorithm in ("sha256", "sha512", "md5", "SHA256", "../x", "", "sha256+b64", "x" * 300):
        yield (
            f"digest by {algorithm[:10]!r}",
            _tar(_manifest_with(lambda m, a=algorithm: m["layers"][0].update(digest=f"{a}:{'0' * 64}"))),
        )


def texts() -> Iterator[tuple[str, Writer]]:
    """Texts that want to reach the terminal."""
    for what, text in ODD_TEXT.items():
        for field in ("created_by", "comment", "author", "created"):
            yield (
                f"history {field}: {what}",
                _tar(_image_with(lambda c, f=field, t=text: c["history"][0].update({f: t}))),
            )
        for field in ("architecture", "os", "variant", "author", "created"):
            yield f"config {field}: {what}", _tar(_image_with(lambda c, f=field, t=text: c.update({f: t})))
        for field in ("User", "WorkingDir", "StopSignal"):
            yield f"{field}: {what}", _tar(_image_with(lambda c, f=field, t=text: c["config"].update({f: t})))
        for field in ("Cmd", "Entrypoint", "Env", "OnBuild"):
            yield (
                f"{field}: {what}",
                _tar(_image_with(lambda c, f=field, t=text: c["config"].update({f: [t, "A=" + t]}))),
            )
        for field in ("Labels", "ExposedPorts", "Volumes"):
            yield (
                f"{field}: {what}",
                _tar(_image_with(lambda c, f=field, t=text: c["config"].update({f: {t: t if f == "Labels" else {}}}))),
            )
        yield f"media type: {what}", _tar(_manifest_with(lambda m, t=text: m["layers"][0].update(mediaType=t)))
        yield f"annotation: {what}", _tar(_manifest_with(lambda m, t=text: m.update(annotations={t: t})))
        files = layout_files(PLAIN)
        yield (
            f"ref.name: {what}",
            _tar(
                _with(
                    files,
                    "index.json",
                    lambda i, t=text: i["manifests"][0].update(annotations={"org.opencontainers.image.ref.name": t}),
                )
            ),
        )


def types() -> Iterator[tuple[str, Writer]]:
    """JSON of the wrong type, size or depth, at every place that is read."""
    wrong: list[Any] = [None, True, 1, -1, 1.5, 10**400, "x", "", [], {}, [None], [[]], {"": None}]
    for value in wrong:
        label = json.dumps(value)[:12]
        for key in ("config", "layers", "mediaType", "schemaVersion"):
            yield f"manifest {key} = {label}", _tar(_manifest_with(lambda m, k=key, v=value: m.update({k: v})))
        for key in ("digest", "size", "mediaType", "urls"):
            yield (
                f"layer {key} = {label}",
                _tar(_manifest_with(lambda m, k=key, v=value: m["layers"][0].update({k: v}))),
            )
        for key in ("config", "rootfs", "history", "created"):
            yield f"config {key} = {label}", _tar(_image_with(lambda c, k=key, v=value: c.update({k: v})))
        for key in ("Env", "Cmd", "Labels", "ExposedPorts", "Healthcheck", "User"):
            yield f"config {key} = {label}", _tar(_image_with(lambda c, k=key, v=value: c["config"].update({k: v})))
        yield f"diff_ids = {label}", _tar(_image_with(lambda c, v=value: c["rootfs"].update(diff_ids=v)))
        yield f"a step = {label}", _tar(_image_with(lambda c, v=value: c.update(history=[v])))
        yield (
            f"manifests = {label}",
            _tar(_with(layout_files(PLAIN), "index.json", lambda i, v=value: i.update(manifests=v))),
        )
        yield (
            f"manifest.json = {label}",
            _tar(_with(docker_files(PLAIN, old=True), "manifest.json", lambda _, v=value: [v])),
        )
    files: dict[str, Any] = layout_files(PLAIN)
    for what, raw in {
        "nested": b"[" * 100_000,
        "nested objects": b'{"a":' * 100_000,
        "nested and closed": b"[" * 50_000 + b"]" * 50_000,
        "20 MB": b'{"schemaVersion":2,"manifests":[' + b" " * 20_000_000 + b"]}",
        "a million manifests": b'{"schemaVersion":2,"manifests":[' + b",".join([b"{}"] * 1_000_000) + b"]}",
        "no utf-8": b'{"a":"\xff\xfe"}',
        "utf-16": '{"schemaVersion":2}'.encode("utf-16"),
        "bom": b'\xef\xbb\xbf{"schemaVersion":2,"manifests":[]}',
        "nan": b'{"schemaVersion":NaN,"manifests":[]}',
        "keys twice": b'{"manifests":[],"manifests":[1],"schemaVersion":2}',
        "nothing": b"",
        "cut": b'{"schemaVersion":2,',
    }.items():
        yield f"index.json: {what}", _tar({**files, "index.json": raw})
        yield f"manifest.json: {what}", _tar({"manifest.json": raw})
    loop = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}
    inner = json.dumps(loop).encode()
    nested = dict(files)
    for _level in range(300):
        nested[f"blobs/sha256/{digest_of(inner)[7:]}"] = inner
        loop["manifests"] = [{"mediaType": loop["mediaType"], "digest": digest_of(inner), "size": len(inner)}]
        inner = json.dumps(loop).encode()
    yield "indexes within indexes, 300 deep", _tar({**nested, "index.json": inner})
    wide = {**loop, "manifests": loop["manifests"] * 5_000}
    yield "one index five thousand times", _tar({**nested, "index.json": json.dumps(wide).encode()})
    yield "more steps than layers", _tar(_image_with(lambda c: c.update(history=[{"created_by": "x"}] * 5)))
    yield (
        "a thousand DiffIDs",
        _tar(_image_with(lambda c: c["rootfs"].update(diff_ids=c["rootfs"]["diff_ids"] * 1_000))),
    )
    yield "no DiffIDs", _tar(_image_with(lambda c: c["rootfs"].update(diff_ids=[])))
    yield "one layer a thousand times", _tar(_manifest_with(lambda m: m.update(layers=m["layers"] * 1_000)))


def places() -> Iterator[tuple[str, Writer]]:
    """Layout folders in which something is not the file it should be."""
    files: dict[str, Any] = layout_files(PLAIN)
    blob = f"blobs/sha256/{digest_of(BASE)[7:]}"
    for name in ("index.json", "oci-layout", blob, "blobs/sha256", "blobs"):

        def replaced(path: Path, name: str = name) -> Path:
            target = path / name
            os.rename(target, f"{target}.away")
            return target

        yield f"{name[:14]} is a link out", _folder(files, lambda p, o, r=replaced: r(p).symlink_to(o / "secret"))
        yield f"{name[:14]} is a link to a folder out", _folder(files, lambda p, o, r=replaced: r(p).symlink_to(o))
        yield f"{name[:14]} is a fifo", _folder(files, lambda p, o, r=replaced: os.mkfifo(r(p)))
        yield f"{name[:14]} is a folder", _folder(files, lambda p, o, r=replaced: r(p).mkdir())
        yield (
            f"{name[:14]} is a link to itself",
            _folder(files, lambda p, o, r=replaced, n=name: r(p).symlink_to(p / n)),
        )
        yield f"{name[:14]} is endless", _folder(files, lambda p, o, r=replaced: r(p).symlink_to("/dev/zero"))
        yield f"{name[:14]} is a device", _folder(files, lambda p, o, r=replaced: r(p).symlink_to("/dev/tty"))
    yield "the layout is a fifo", lambda folder_, outside: (os.mkfifo(folder_ / "pipe"), folder_ / "pipe")[1]
    yield "the layout is a device", lambda folder_, outside: Path("/dev/zero")
    yield "the layout is a link to itself", lambda f, o: ((f / "loop").symlink_to("loop"), f / "loop")[1]


def bombs() -> Iterator[tuple[str, Writer]]:
    """Little that becomes much; made when it is asked for."""
    yield "gzip, 300 MB of zeros", _raw(lambda: _zeros(zlib.compressobj(9, wbits=31), 300))
    yield "gzip in gzip in gzip", _raw(lambda: gzip.compress(gzip.compress(gzip.compress(bytes(10 << 20)))))
    yield "gzip, 20,000 empty members", _raw(lambda: gzip.compress(b"") * 20_000)
    yield "gzip, dirt behind", _raw(lambda: gzip.compress(pack(layout_files(PLAIN))) + b"dirt" * 100)
    yield "gzip, cut", _raw(lambda: gzip.compress(pack(layout_files(PLAIN)))[:-20])
    yield "gzip, a comment without end", _raw(lambda: b"\x1f\x8b\x08\x10\0\0\0\0\0\xff" + b"c" * 1_000_000)
    yield "zstd, 300 MB of zeros", _raw(lambda: _zeros(zstd.ZstdCompressor(), 300))
    yield "zstd, nothing but skipped frames", _raw(lambda: b"\x50\x2a\x4d\x18\x04\0\0\0skip" * 20_000)
    yield "zstd, a window of 2 GB", _raw(lambda: b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x01\0\0" * 10)
    yield "xz, zeros", _raw(lambda: _zeros(lzma.LZMACompressor(preset=1), 100))
    yield "bzip2, zeros", _raw(lambda: _zeros(bz2.BZ2Compressor(9), 100))
    for name in ("index.json", "manifest.json", f"blobs/sha256/{digest_of(BASE)[7:]}"):
        yield f"sparse {name[:14]}, 8 TB", _raw(lambda n=name: _holes(n, [(0, 1)], 8 << 40))
        yield f"sparse {name[:14]}, a map that lies", _raw(lambda n=name: _holes(n, [(9, 1), (0, 1)], 10))
    yield "a layer of zeros, gzip", _pressed("gzip", lambda: _zeros(zlib.compressobj(9, wbits=31), 200))
    yield "a layer of zeros, zstd", _pressed("zstd", lambda: _zeros(zstd.ZstdCompressor(), 200))


def _holes(name: str, pieces: list[tuple[int, int]], size: int) -> bytes:
    """An archive one file of which is sparse, and says what it holds of itself."""
    return gnu_sparse(name.encode(), pieces, size, b"{}") + pack(
        {path: content for path, content in docker_files(PLAIN).items() if path != name}
    )


def zero_layer(megabytes: int) -> bytes:
    """A layer of one file of zeros, of which gzip makes a thousandth."""
    head = block(b"z", b"0", megabytes << 20)
    compressor = zlib.compressobj(9, wbits=31)
    pieces = [compressor.compress(head), *(compressor.compress(bytes(1 << 20)) for _ in range(megabytes))]
    return b"".join([*pieces, compressor.compress(bytes(1024)), compressor.flush()])


def _zeros(compressor: Any, megabytes: int) -> bytes:
    return b"".join([*(compressor.compress(bytes(1 << 20)) for _ in range(megabytes)), compressor.flush()])


def _pressed(how: str, content: Callable[[], bytes]) -> Writer:
    """An image whose one layer is such content, all digests but the DiffID right."""

    def write(folder_: Path, outside: Path) -> Path:
        blob = content()
        files = _manifest_with(
            lambda m: m["layers"][0].update(
                mediaType=f"application/vnd.oci.image.layer.v1.tar+{how}", digest=digest_of(blob), size=len(blob)
            )
        )
        return _tar({**files, f"blobs/sha256/{digest_of(blob)[7:]}": blob})(folder_, outside)

    return write


def every() -> dict[str, Writer]:
    """All of them by name; the last of two of one name counts."""
    kinds = (names, texts, types, places, bombs)
    return {name: write for kind in kinds for name, write in kind()}
