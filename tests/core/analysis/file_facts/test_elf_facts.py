"""ELF files: the facts that readelf prints, the libraries that an image lacks, and damage that is said."""

import io
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from absent import need
from builders import file, symlink
from layertui.core.analysis.file_facts.elf_facts import elf_facts
from layertui.core.analysis.file_facts.fact_values import FileKind
from layertui.core.analysis.file_facts.look_at_file import file_facts
from layertui.core.errors import Damaged
from package_databases import stack_of


def elf(
    needed=(),
    *,
    interpreter="/lib64/ld-linux-x86-64.so.2",
    runpath="",
    rpath="",
    soname="",
    bits=64,
    machine=62,
    kind=3,
):
    """A small ELF file: an interpreter, a dynamic section, no sections."""
    strings = b"\0"
    tags = []
    for tag, names in (
        (1, needed),
        (29, [runpath] if runpath else []),
        (15, [rpath] if rpath else []),
        (14, [soname] if soname else []),
    ):
        for name in names:
            tags.append((tag, len(strings)))
            strings += name.encode() + b"\0"
    wide = bits == 64
    word = "Q" if wide else "I"
    head, phsize = (64, 56) if wide else (52, 32)
    segments = 2 + bool(interpreter)
    interp_at = head + phsize * segments
    strings_at = interp_at + len(interpreter) + 1
    dynamic_at = strings_at + len(strings)
    dynamic = b"".join(
        struct.pack("<" + 2 * word, *tag) for tag in [*tags, (5, strings_at), (10, len(strings)), (0, 0)]
    )
    whole = dynamic_at + len(dynamic)

    def segment(kind, at, size):
        if wide:
            return struct.pack("<IIQQQQQQ", kind, 4, at, at, at, size, size, 8)
        return struct.pack("<IIIIIIII", kind, at, at, at, size, size, 4, 4)

    ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    header = ident + struct.pack(
        "<HHI" + 3 * word + "IHHHHHH", kind, machine, 1, 0, head, 0, 0, head, phsize, segments, 0, 0, 0
    )
    table = segment(1, 0, whole) + segment(2, dynamic_at, len(dynamic))
    if interpreter:
        table += segment(3, interp_at, len(interpreter) + 1)
    return header + table + interpreter.encode() + b"\0" + strings + dynamic


def facts_of(content):
    return elf_facts(io.BytesIO(content), len(content))


def looked_up(content, path, *files):
    view = stack_of([*files, file(path, content)]).view()
    return file_facts(io.BytesIO(content), len(content), path="/" + path, view=view).details


LIBRARY = elf(interpreter="", soname="lib")
LOADER = file("lib64/ld-linux-x86-64.so.2", LIBRARY)


def test_the_facts_of_a_program():
    facts = facts_of(elf(["liba.so.1", "libc.so.6"], runpath="$ORIGIN/../lib:/opt/lib"))
    assert (facts.bits, facts.byte_order, facts.machine, facts.linkage) == (64, "little", "x86_64", "dynamic")
    assert facts.type == "position-independent executable"
    assert facts.interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert (facts.needed, facts.runpath, facts.rpath) == (
        ("liba.so.1", "libc.so.6"),
        ("$ORIGIN/../lib", "/opt/lib"),
        (),
    )
    assert facts.is_stripped


def test_libraries_are_found_where_the_loader_looks_and_the_others_are_lacking():
    names = ["origin.so", "conf.so", "sub.so", "default.so", "linked.so", "none.so", "wrong.so"]
    facts = looked_up(
        elf(names, runpath="$ORIGIN/../private"),
        "opt/bin/app",
        LOADER,
        file("opt/private/origin.so", LIBRARY),
        file("etc/ld.so.conf", "# comment\ninclude ld.so.conf.d/*.conf\n/opt/conf\n"),
        file("etc/ld.so.conf.d/a.conf", "/opt/sub # mine\n"),
        file("etc/ld.so.conf.d/b.txt", "/opt/no\n"),
        file("opt/conf/conf.so", LIBRARY),
        file("opt/sub/sub.so", LIBRARY),
        file("opt/no/none.so", LIBRARY),
        file("usr/lib/x86_64-linux-gnu/default.so", LIBRARY),
        symlink("usr/lib/linked.so", "../../opt/real.so.1"),
        file("opt/real.so.1", LIBRARY),
        file("usr/lib/wrong.so", elf(interpreter="", bits=32, machine=3)),
    )
    assert {one.name: one.path for one in facts.libraries} == {
        "origin.so": "/opt/private/origin.so",
        "conf.so": "/opt/conf/conf.so",
        "sub.so": "/opt/sub/sub.so",
        "default.so": "/usr/lib/x86_64-linux-gnu/default.so",
        "linked.so": "/opt/real.so.1",
        "none.so": None,
        "wrong.so": None,
    }
    assert facts.missing == ("none.so", "wrong.so")
    assert not facts.lacks_interpreter


def test_a_program_of_another_distribution_lacks_its_interpreter():
    musl = elf(["libc.musl-x86_64.so.1", "libz.so.1"], interpreter="/lib/ld-musl-x86_64.so.1")
    facts = looked_up(musl, "app", LOADER, file("usr/lib/libz.so.1", LIBRARY))
    assert (facts.lacks_interpreter, facts.missing) == (True, ("libc.musl-x86_64.so.1",))
    facts = looked_up(musl, "app", file("lib/ld-musl-x86_64.so.1", LIBRARY), file("usr/lib/libz.so.1", LIBRARY))
    assert (facts.lacks_interpreter, facts.missing) == (False, ())


def test_configuration_that_includes_itself_ends():
    conf = file("etc/ld.so.conf", "include /etc/ld.so.conf\n" * 50)
    assert looked_up(elf(["a.so"]), "app", LOADER, conf).missing == ("a.so",)


PROGRAM = elf(["liba.so.1"], runpath="/x", soname="s")


@given(
    st.lists(st.tuples(st.integers(0, len(PROGRAM) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(PROGRAM))
)
def test_damage_is_said_and_raises_nothing_else(changes, length):
    content = bytearray(PROGRAM)
    for at, byte in changes:
        content[at] = byte
    found = file_facts(io.BytesIO(content[:length]), length)
    assert "\n" not in found.damage
    assert found.kind is not FileKind.ELF or found.details is not None or found.damage


@pytest.mark.slow
def test_headers_that_lead_everywhere_end():
    content = bytearray(PROGRAM + bytes(1 << 20))
    content[40:48] = (len(PROGRAM)).to_bytes(8, "little")  # where the section headers begin
    content[58:64] = struct.pack("<HHH", 64, 0, 0)
    content[len(PROGRAM) + 32 : len(PROGRAM) + 40] = b"\xff" * 7 + b"\x7f"  # the number of sections, if there are many
    with pytest.raises(Damaged, match="damaged ELF file"):
        facts_of(bytes(content))


@pytest.mark.oracle
def test_the_same_as_readelf_prints():
    need("readelf")
    for program in {Path(sys.executable).resolve(), Path("/bin/sh").resolve(), *Path("/usr/lib").glob("*/libc.so.6")}:
        said = subprocess.run(
            ["readelf", "-W", "-d", "-l", "-n", "-S", program], capture_output=True, text=True, check=True
        ).stdout
        content = program.read_bytes()
        facts = facts_of(content)
        assert list(facts.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", said)
        assert [facts.interpreter] == re.findall(r"interpreter: (.*)\]", said)
        assert [facts.build_id] == re.findall(r"Build ID: (\w+)", said)
        assert facts.is_stripped == (".symtab" not in said)
