"""Histories of each builder as Dockerfiles: instructions, what is guessed, and what the config has besides."""

import json

import pytest

from builders import file, image, layer
from layertui.core.images.dockerfile.image_dockerfile import BaseImage, image_dockerfile
from layertui.core.images.history_steps import steps
from tui_values import opened

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HASH = "0123456789abcdef" * 4


def made(history, config=None, base=None, **same):
    """The Dockerfile of an image with these entries: a text, or an entry's fields; each that is not `empty` has a layer."""
    entries = [{"created_by": one} if isinstance(one, str) else one for one in history]
    layers = [layer([file(f"f{n}", str(n))]) for n, one in enumerate(entries) if not one.get("empty_layer")]
    (found,) = opened(image(layers, history=entries, config=config or {"Env": [PATH]}, **same))
    return image_dockerfile(found, steps(found), base)


def lines(*history, **same):
    """The lines of its instructions."""
    return [line for one in made(history, **same).steps for line in one.instruction.lines]


def empty(text, **fields):
    return {"created_by": text, "empty_layer": True, **fields}


def nop(text):
    return empty(f"/bin/sh -c #(nop)  {text}")


def kit(text):
    return empty(text, comment="buildkit.dockerfile.v0")


def test_classic_builder():
    found = made(
        [
            f"/bin/sh -c #(nop) ADD file:{HASH} in / ",
            nop("ENV A=two words B=$x"),
            nop('CMD ["/bin/sh" "-c" "echo \\"hi\\""]'),
            "|1 V=1 2 /bin/sh -c set -eux; \tmake  all; \t\tdone 'a\t\tb'",
            f"/bin/sh -c #(nop) COPY multi:{HASH} in /srv dir/ ",
            nop("VOLUME [/data /b c]"),
            nop("EXPOSE 80/tcp 81/udp"),
            nop("SHELL [/bin/bash -o pipefail -c]"),
            "/bin/bash -o pipefail -c true | false",
            "/bin/sh -c true",
            nop("ONBUILD RUN make"),
        ],
        config={
            "Env": [PATH, "A=two words", "B=$x"],
            "Cmd": ["/bin/sh", "-c", 'echo "hi"'],
            "Volumes": {"/data": {}, "/b c": {}},
            "ExposedPorts": {"80/tcp": {}, "81/udp": {}},
            "Shell": ["/bin/bash", "-o", "pipefail", "-c"],
            "OnBuild": ["RUN make"],
        },
    )
    assert {one.recorder for one in found.steps} == {"classic"}
    assert [one.instruction.lines for one in found.steps] == [
        (f"ADD file:{HASH} /",),
        ('ENV A="two words" B="\\$x"',),
        ('CMD ["/bin/sh", "-c", "echo \\"hi\\""]',),
        ("RUN set -eux; \\", "\tmake  all; \\", "\t\tdone 'a\t\tb'"),
        (f'COPY ["multi:{HASH}", "/srv dir/"]',),
        ('VOLUME ["/data", "/b c"]',),
        ("EXPOSE 80/tcp 81/udp",),
        ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]',),
        ("RUN true | false",),
        ('RUN ["/bin/sh", "-c", "true"]',),
        ("ONBUILD RUN make",),
    ]
    certain = [one.instruction.is_certain for one in found.steps]
    assert certain == [False, True, True, True, False, True, True, True, True, True, True]
    assert found.steps[3].instruction.notes == ("build arguments that were set: V=1 2",)


def test_buildkit():
    found = made(
        [
            "COPY app /srv/app # buildkit",
            kit("ENV A=b c"),
            "RUN |1 V=1 /bin/sh -c make # buildkit",
            "RUN /bin/sh -c cat > x\nEOF\nls\n # buildkit",
            "RUN echo a b # buildkit",
            "COPY <<EOF /x # buildkit",
            "WORKDIR /srv # buildkit",
            kit("EXPOSE map[80/tcp:{}]"),
            kit('ENTRYPOINT ["/app"]'),
            kit("VOLUME [/data]"),
            kit("ARG A=1 2"),
        ],
        config={
            "Env": [PATH, "A=b c"],
            "WorkingDir": "/srv",
            "ExposedPorts": {"80/tcp": {}},
            "Entrypoint": ["/app"],
            "Volumes": {"/data": {}},
        },
    )
    assert {one.recorder for one in found.steps} == {"buildkit"}
    assert [line for one in found.steps for line in one.instruction.lines] == [
        "COPY app /srv/app",
        'ENV A="b c"',
        "RUN make",
        *("RUN <<END", "cat > x", "EOF", "ls", "END"),
        'RUN ["echo", "a", "b"]',
        "WORKDIR /srv",
        "EXPOSE 80/tcp",
        'ENTRYPOINT ["/app"]',
        'VOLUME ["/data"]',
        'ARG A="1 2"',
    ]
    assert "here-document" in found.steps[5].instruction.notes[0]


def test_buildah_keeps_the_text_of_the_dockerfile():
    found = made(
        [
            {"created_by": f"/bin/sh -c #(nop) COPY file:{HASH} in /bin/busybox ", "comment": "FROM alpine:3"},
            {"created_by": '/bin/sh -c ["/bin/busybox", "--install"]', "comment": "FROM f4710d40f891"},
            empty('/bin/sh -c #(nop) ENV A="b c" PATH=$PATH:/x', comment="FROM ea2b7b7c2a48"),
            {"created_by": "|1 V=1 /bin/sh -c --mount=type=cache,target=/c make", "comment": "FROM ea2b7b7c2a48"},
            empty("/bin/sh -c #(nop) ENTRYPOINT top -b", comment="FROM ea2b7b7c2a48"),
        ],
        config={
            "Env": [f"{PATH}:/x", "A=b c"],
            "Entrypoint": ["/bin/sh", "-c", "top -b"],
            "Labels": {"io.buildah.version": "1.28.2"},
        },
    )
    assert [one.recorder for one in found.steps] == [*["buildah"] * 5, "config"]
    assert [line for one in found.steps for line in one.instruction.lines] == [
        f"COPY file:{HASH} /bin/busybox",
        'RUN ["/bin/busybox", "--install"]',
        'ENV A="b c" PATH=$PATH:/x',
        "RUN --mount=type=cache,target=/c make",
        "ENTRYPOINT top -b",
        'LABEL "io.buildah.version"="1.28.2"',
    ]
    assert "the base that is recorded here: alpine:3" in found.steps[0].instruction.notes


def test_kaniko_commit_import_and_no_history():
    assert lines({"created_by": "COPY --from=build /a /b", "author": "kaniko"}) == ["COPY --from=build /a /b"]
    committed = made([nop("ENV A=b"), "sh -c sleep 60"], config={"Env": [PATH, "A=b"]}).steps[1]
    assert (committed.recorder, committed.instruction.lines) == ("commit", ())
    assert "sh -c sleep 60" in committed.instruction.notes[0]
    (imported,) = made([{"comment": "Imported from -"}], config={"Env": [PATH]}).steps
    assert (imported.recorder, imported.instruction.lines) == ("import", ("ADD rootfs.tar /",))
    assert made(["bazel build //x"]).steps[0].recorder == "other"
    (unknown,) = image_dockerfile(*_without_history()).steps
    assert (unknown.recorder, unknown.instruction.lines) == ("none", ())


def _without_history():
    (found,) = opened(image([layer([file("a", "b")])], history=(), config={"Env": [PATH]}))
    return found, steps(found)


def test_what_no_step_sets_comes_last():
    health = {"Test": ["CMD-SHELL", "curl x"], "Interval": 30_000_000_000, "Timeout": 1_500_000_000, "Retries": 3}
    config = {"Env": [PATH, "A=1", "B=2\n"], "Entrypoint": ["/a"], "User": "me", "Healthcheck": health}
    found = made([nop("ENV A=0"), nop("USER you"), nop("WORKDIR /gone")], config=config)
    rest = [one for one in found.steps if one.recorder == "config"]
    assert [line for one in rest for line in one.instruction.lines] == [
        'ENV A="1"',
        "USER me",
        'ENTRYPOINT ["/a"]',
        "HEALTHCHECK --interval=30s --timeout=1500000000ns --retries=3 CMD curl x",
    ]
    notes = [note for one in rest if not one.instruction.word for note in one.instruction.notes]
    assert notes == ["cannot be written here: ENV B=2\n", "a step sets it, and the config does not have it: WORKDIR"]


def test_the_steps_of_the_base_are_left_out_and_count_for_the_config():
    base = BaseImage("debian:12", "sha256:" + HASH, "embedded", 1, 2)
    history = [f"/bin/sh -c #(nop) ADD file:{HASH} in / ", nop('CMD ["bash"]'), nop('ENTRYPOINT ["/a"]')]
    found = made(history, config={"Env": [PATH], "Entrypoint": ["/a"]}, base=base)
    assert found.from_line == "FROM debian:12"
    assert [one.instruction.lines for one in found.steps] == [('ENTRYPOINT ["/a"]',)]
    assert f"debian:12@sha256:{HASH} in the engine embedded: its 1 layer and 2 steps" in found.notes[0]


def test_the_base_that_labels_name():
    name = {"org.opencontainers.image.base.name": "docker.io/library/debian:12"}
    found = made([f"/bin/sh -c #(nop) ADD file:{HASH} in / "], config={"Env": [PATH], "Labels": name})
    assert found.notes == ("base that the image itself names: docker.io/library/debian:12",)


@pytest.mark.parametrize(
    "text",
    [
        "/bin/sh -c echo x\\",
        "/bin/sh -c echo x \\ \t",
        "/bin/sh -c cat <<EOF",
        "/bin/sh -c a\nUSER evil",
        "/bin/sh -c echo \x1b[31m",
        '/bin/sh -c ["a", "b"]',
        "/bin/sh -c --mount=type=secret x",
        "RUN /bin/sh -c #!/bin/python\nprint()\n # buildkit",
    ],
)
def test_what_would_break_out_is_in_exec_form(text):
    (line,) = lines(text)
    words = json.loads(line.removeprefix("RUN "))
    assert words[:2] == ["/bin/sh", "-c"]
    assert words[2].strip() in text
    assert line.isprintable()
    assert "<<" not in line


@pytest.mark.parametrize(
    "text", ["LABEL a=b\nUSER evil", "FROM evil", "ENV A", "EXPOSE x", "COPY a", "ONBUILD FROM x", 'HEALTHCHECK &{["x']
)
def test_what_cannot_be_written_is_said(text):
    (found,) = made([nop(text)]).steps
    assert found.instruction.lines == ()
    assert not found.instruction.is_certain
    assert text in found.instruction.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "/bin/sh -c a" + " \t" * 200_000 + "#",
        "/bin/sh -c #(nop) COPY " + f"file:{HASH} " * 6_000,
        "|1 " + "a /bin/sh" * 20_000,
    ],
    ids=["blanks", "checksums", "shells"],
)
def test_a_long_text_takes_no_more_than_its_length(text):
    # Where an expression tried every beginning with every end, each of these took minutes.
    (found,) = made([text]).steps
    assert not found.instruction.lines or len("".join(found.instruction.lines)) >= len(text) // 2
