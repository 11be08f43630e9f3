"""The facts of an ELF file, read with pyelftools, which is given no more bytes to read than an honest file needs.

Segments are what a loader goes by, and are there in stripped files; only whether there are symbols and debug information is asked of
the sections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, cast

from layertui.core.analysis.file_facts.fact_values import ElfFacts
from layertui.core.errors import Damaged, LayertuiError
from layertui.core.fs.reader import SeekableReader
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAMAGED = tr("damaged ELF file: ")
_MOST_BYTES = 16 << 20  # headers, strings and the dynamic section of the largest programs are below 1 MB
_MOST_READS = 50_000
_LONGEST = 4096  # bytes of a name
_MOST_SEGMENTS = 1000
_MOST_SECTIONS = 20_000
_MOST_TAGS = 10_000
_PIE = 0x08000000  # DF_1_PIE

_MACHINES = {
    "EM_386": "i386",
    "EM_X86_64": "x86_64",
    "EM_ARM": "arm",
    "EM_AARCH64": "aarch64",
    "EM_RISCV": "riscv",
    "EM_PPC64": "ppc64",
    "EM_S390": "s390x",
    "EM_MIPS": "mips",
    "EM_LOONGARCH": "loongarch64",
}
_TYPES = {"ET_REL": tr("relocatable object"), "ET_EXEC": tr("executable"), "ET_CORE": tr("core dump")}


class _BoundedReads(SeekableReader):
    """The file for pyelftools: whatever its headers say, reading ends."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        super().__init__()
        self._stream, self._size = stream, size
        self._bytes = self._reads = 0

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._size - self._position, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        self._reads += 1
        self._bytes += wanted
        if self._bytes > _MOST_BYTES or self._reads > _MOST_READS:
            raise Damaged(
                tr(
                    "{damaged}its headers lead to more than {most_bytes:,} bytes or {most_reads:,} places",
                    damaged=_DAMAGED,
                    most_bytes=_MOST_BYTES,
                    most_reads=_MOST_READS,
                )
            )
        self._stream.seek(self._position)
        got = self._stream.read(wanted)
        self._position += len(got)
        return got

    def _length(self) -> int:
        return self._size


def elf_facts(stream: BinaryIO, size: int) -> ElfFacts:
    """The facts of an ELF file of `size` bytes. Raises Damaged for one whose headers make no sense or are cut off."""
    from elftools.elf.elffile import ELFFile

    try:
        return _facts(ELFFile(cast("Any", _BoundedReads(stream, size))))
    except (LayertuiError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  pyelftools raises its own errors, those of construct, and Python's for damaged files
        why = str(error).partition("\n")[0].removeprefix(_DAMAGED)  # ours comes back through construct
        raise Damaged(f"{_DAMAGED}{why[:200] or type(error).__name__}") from None


def _facts(elf: Any) -> ElfFacts:
    interpreter, build_id, dynamic = "", "", None
    if elf["e_phnum"] > _MOST_SEGMENTS:
        raise Damaged(tr("{damaged}it has {elf} segments", damaged=_DAMAGED, elf=elf["e_phnum"]))
    for segment in elf.iter_segments():
        match segment["p_type"]:
            case "PT_INTERP":
                interpreter = segment.get_interp_name() if segment["p_filesz"] <= _LONGEST else ""
            case "PT_DYNAMIC":
                dynamic = segment
            case "PT_NOTE":
                build_id = build_id or _build_id(segment)
    tags = list(_tags(dynamic)) if dynamic is not None else []
    sections = _section_names(elf)

    def texts(tag: str, attribute: str) -> list[str]:
        return [str(getattr(one, attribute)) for one in tags if one.entry.d_tag == tag]

    flags = next((one.entry.d_val for one in tags if one.entry.d_tag == "DT_FLAGS_1"), 0)
    is_program = elf["e_type"] in ("ET_EXEC", "ET_DYN")
    is_pie = bool(flags & _PIE) or bool(interpreter and not texts("DT_SONAME", "soname"))
    return ElfFacts(
        bits=elf.elfclass,
        byte_order="little" if elf.little_endian else "big",
        machine=_MACHINES.get(elf["e_machine"], str(elf["e_machine"]).removeprefix("EM_").lower()),
        type=_TYPES.get(elf["e_type"]) or ("position-independent executable" if is_pie else tr("shared library")),
        linkage="" if not is_program else "dynamic" if interpreter or texts("DT_NEEDED", "needed") else "static",
        interpreter=interpreter,
        soname="".join(texts("DT_SONAME", "soname")[:1]),
        needed=tuple(texts("DT_NEEDED", "needed")),
        rpath=_folders(texts("DT_RPATH", "rpath")),
        runpath=_folders(texts("DT_RUNPATH", "runpath")),
        build_id=build_id,
        is_stripped=".symtab" not in sections,
        has_debug_symbols=".debug_info" in sections or ".zdebug_info" in sections,
    )


def _tags(dynamic: Any) -> Iterator[Any]:
    for number, tag in enumerate(dynamic.iter_tags()):
        if number == _MOST_TAGS:
            raise Damaged(
                tr(
                    "{damaged}its dynamic section has more than {most_tags:,} entries",
                    damaged=_DAMAGED,
                    most_tags=_MOST_TAGS,
                )
            )
        yield tag


def _build_id(segment: Any) -> str:
    if segment["p_filesz"] > 1 << 20:
        return ""
    return next((str(note["n_desc"]) for note in segment.iter_notes() if note["n_type"] == "NT_GNU_BUILD_ID"), "")


def _section_names(elf: Any) -> set[str]:
    count = elf.num_sections()
    if count > _MOST_SECTIONS:
        raise Damaged(tr("{damaged}it has {count:,} sections", damaged=_DAMAGED, count=count))
    return {section.name for section in elf.iter_sections()}


def _folders(paths: list[str]) -> tuple[str, ...]:
    return tuple(folder for path in paths for folder in path.split(":") if folder)
