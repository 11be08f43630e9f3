"""The demo images: real images made from programs of this machine; the same programs give the same bytes.

busybox:latest   one layer: a shell and its tools
demo:1.0         the same base, with layers that add, change, remove and empty a folder, and steps without a layer
demo:2.0         the same as demo:1.0 up to layer 2, then other steps
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from layertui.core.images.build_image import BuiltBlob, ImageDraft
from layertui.core.images.demo import demo_files as files
from layertui.core.images.demo.host_programs import HostProgram, host_programs
from layertui.core.images.image import Image
from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import DiffID, digest_of
from layertui.core.oci.image_config import ExecConfig, HistoryEntry, ImageConfig, RootFS
from layertui.core.oci.media_types import OCI_LAYER
from layertui.core.oci.reference import Reference
from layertui.core.oci.timestamps import written

MadeBy = tuple[str, bytes | str]
"""The step's text as builders record it, and its layer or its change of the config."""

NAMES = ("busybox:latest", "demo:1.0", "demo:2.0")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def demo_images(programs: Sequence[HostProgram] | None = None) -> tuple[Image, ...]:
    """The three images, in memory, with their names."""
    if programs is None:
        programs = host_programs()[1]
    base = files.base(programs or _placeholders())
    settings, welcome, swept = files.settings(), files.welcome_layer(), files.cleanup_layer()
    shell: list[MadeBy] = [
        (f"/bin/sh -c #(nop) ADD file:{digest_of(base).encoded} in / ", base),
        ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
    ]
    shared: list[MadeBy] = [
        *shell,
        ("COPY etc /etc # buildkit", settings),
        ("LABEL org.opencontainers.image.title=demo", "LABEL org.opencontainers.image.title=demo"),
    ]
    greet = 'RUN /bin/sh -c echo "Welcome to demo." > /etc/motd # buildkit'
    sweep = "RUN /bin/sh -c rm /etc/issue && rm -rf /var/cache/* # buildkit"
    first: list[MadeBy] = [
        *shared,
        (greet, welcome),
        ("COPY app /srv/app # buildkit", files.app(1)),
        (f"ENV PATH=/srv/bin:{_PATH}", f"ENV PATH=/srv/bin:{_PATH}"),
        (sweep, swept),
        ("WORKDIR /srv/app", "WORKDIR /srv/app"),
    ]
    second: list[MadeBy] = [
        *shared,
        ("ARG UID=1000", ""),
        ("RUN |1 UID=1000 /bin/sh -c addgroup -g $UID app && mkdir /srv # buildkit", files.user()),
        (greet, welcome),
        ("COPY app /srv/app # buildkit", files.app(2)),
        (f"ENV PATH=/srv/app/bin:{_PATH}", f"ENV PATH=/srv/app/bin:{_PATH}"),
        (sweep, swept),
        (
            "RUN /bin/sh -c rm /srv/app/notes.txt && ln -s /srv/app/run.sh /usr/bin/demo # buildkit",
            files.tidied_layer(),
        ),
        ("EXPOSE [8080/tcp]", "EXPOSE 8080/tcp"),
        ('CMD ["/srv/app/run.sh"]', 'CMD ["/srv/app/run.sh"]'),
    ]
    return tuple(_image(name, steps) for name, steps in zip(NAMES, (shell, first, second), strict=True))


def _image(name: str, steps: Sequence[MadeBy]) -> Image:
    layers = [made for _, made in steps if isinstance(made, bytes)]
    changes = [made for _, made in steps if isinstance(made, str) and made]
    host = Platform.host()
    history = tuple(
        HistoryEntry(
            created=_time(minute),
            created_by=text,
            comment="buildkit.dockerfile.v0" if "#(nop)" not in text else None,
            empty_layer=isinstance(made, str),
        )
        for minute, (text, made) in enumerate(steps)
    )
    config = ImageConfig(
        architecture=host.architecture,
        os=host.os,
        variant=host.variant,
        created=history[-1].created,
        config=apply_changes(ExecConfig(env=(f"PATH={_PATH}",)), changes),
        rootfs=RootFS(tuple(DiffID(digest_of(layer)) for layer in layers)),
        history=history,
    )
    blobs = {digest_of(layer): layer for layer in layers}
    descriptors = tuple(Descriptor(OCI_LAYER, digest_of(layer), len(layer)) for layer in layers)
    return ImageDraft(config, descriptors).image(BuiltBlob(blobs), (Reference.parse(name),))


def _placeholders() -> tuple[HostProgram, ...]:
    """Placeholders for programs on a system that has none for Linux: the images can be inspected, not started."""
    script = (
        b"#!/bin/sh\n# This image was made on a machine without programs for Linux. It can be looked at, not started.\n"
    )
    return (
        HostProgram("bin/busybox", script),
        *(HostProgram(f"bin/{name}", same_as="bin/busybox") for name in ("env", "ls", "sh")),
    )


def _time(minute: int) -> str:
    return written(datetime.fromtimestamp(files.EPOCH + 60 * minute, UTC), "seconds")
