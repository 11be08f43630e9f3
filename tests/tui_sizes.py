"""An image with something to find in it: large folders, hidden bytes, and names that a terminal must not get as they are."""

from builders import BuiltImage, file, folder, image, layer, opaque, whiteout

NOP = "/bin/sh -c #(nop) "
STRANGE = ["[red]bold[b]", "名前の長いライブラリ.so", "a\x1b[31mb", "\u202ereversed", "e\u0301te\u0301"]


def sized() -> BuiltImage:
    """Make sized:1, of six layers: 3.4 MB stored, 1.2 MB of them hidden."""
    base = [
        folder("usr"),
        folder("usr/lib"),
        *(file(f"usr/lib/lib{name}.so", bytes(60_000 + 40_000 * number)) for number, name in enumerate("cmzsx")),
        folder("usr/share"),
        folder("usr/share/doc"),
        *(file(f"usr/share/doc/readme-{number:02}", bytes(9_000)) for number in range(20)),
        folder("var"),
        folder("var/cache"),
        folder("var/cache/apt"),
        file("var/cache/apt/pkgcache.bin", bytes(700_000)),
        file("var/cache/apt/srcpkgcache.bin", bytes(300_000)),
        folder("bin"),
        file("bin/sh", bytes(120_000), mode=0o755),
    ]
    python = [
        folder("usr/lib/python3"),
        *(file(f"usr/lib/python3/mod_{number:02}.py", bytes(4_000 * (number + 1))) for number in range(20)),
    ]
    app = [folder("srv"), *(file(f"srv/{name}", bytes(30_000)) for name in STRANGE)]
    changed = [folder("bin"), file("bin/sh", bytes(120_000), mode=0o700)]
    clean = [folder("var"), folder("var/cache"), opaque("var/cache"), folder("usr"), folder("usr/share")]
    return image(
        [
            layer(base),
            layer(python),
            layer(app),
            layer(changed),
            layer(clean),
            layer([folder("srv"), whiteout("srv/" + STRANGE[0])]),
        ],
        history=[
            NOP + " ADD file:b81d in /",
            "RUN /bin/sh -c apt-get install -y python3 # buildkit",
            "COPY app /srv # buildkit",
            "RUN /bin/sh -c chmod 700 /bin/sh # buildkit",
            "RUN /bin/sh -c rm -rf /var/cache/* # buildkit",
            "RUN /bin/sh -c rm '/srv/[red]bold[b]' # buildkit",
        ],
        tags=["sized:1"],
    )
