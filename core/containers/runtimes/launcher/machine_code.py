"""Generates machine code for system calls with constant arguments, as a static ELF file, for x86-64 and AArch64.

Two segments: code at CODE, strings and arrays at DATA, each on pages of its own for every page size. Because DATA is
fixed, an address is known as soon as its bytes are added, and no second pass is needed. The result of a call stays in
the machine's result register until the next call.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

CODE, DATA, PAGE = 0x400000, 0x10000000, 0x10000
_HEADERS = 64 + 2 * 56
_READ_EXECUTE, _READ_WRITE = 5, 6

Argument = int | bytes


class MachineCode(ABC):
    """Collects system calls; `elf()` is the executable."""

    number: ClassVar[int]
    """The architecture's number in an ELF header."""
    calls: ClassVar[Mapping[str, int]]

    def __init__(self) -> None:
        self.code = bytearray()
        self.texts = bytearray()

    def put(self, content: bytes, align: int = 8) -> int:
        """Add bytes to the data; returns their address."""
        self.texts += bytes(-len(self.texts) % align)
        address = DATA + len(self.texts)
        self.texts += content
        return address

    def put_array(self, texts: Sequence[str | bytes]) -> int:
        """Add a null-terminated array of addresses of null-terminated strings, such as argv; returns its address."""
        addresses = [self.put(_zero_ended(text), 1) for text in texts]
        return self.put(struct.pack(f"<{len(addresses) + 1}Q", *addresses, 0))

    def call(self, name: str, *arguments: Argument) -> None:
        """Add a system call; bytes are passed by address."""
        values = [self.put(value) if isinstance(value, bytes) else value for value in arguments]
        self.code += self.encode(self.calls[name], values)

    def if_failed(self, fd: int, prefix: bytes, end: int | None) -> None:
        """After a failed call: write `prefix` and the error number as one byte, and exit with `end` unless it is None."""
        record = self.put(prefix + b"\0", 1)
        block = self.store_error(record, len(prefix)) + self.encode(self.calls["write"], [fd, record, len(prefix) + 1])
        if end is not None:
            block += self.encode(self.calls["exit_group"], [end])
        self.code += self.skip_if_well(len(block)) + block

    def leave_to_child(self, fd: int) -> None:
        """After a successful clone: the parent writes the child's pid to `fd`, as four bytes, and exits; the child continues."""
        record = self.put(bytes(4))
        block = self.store_result(record) + self.encode(self.calls["write"], [fd, record, 4])
        block += self.encode(self.calls["exit_group"], [0])
        self.code += self.skip_if_zero(len(block)) + block

    def elf(self) -> bytes:
        """The whole file. Raises ValueError."""
        code_end = _HEADERS + len(self.code)
        data_at = code_end + -code_end % PAGE
        if CODE + data_at > DATA:
            raise ValueError(f"{len(self.code)} bytes of code; {DATA - CODE - _HEADERS} fit")
        ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
        head = struct.pack("<HHIQQQIHHHHHH", 2, self.number, 1, CODE + _HEADERS, 64, 0, 0, 64, 56, 2, 64, 0, 0)
        code = _segment(_READ_EXECUTE, 0, CODE, code_end)
        texts = _segment(_READ_WRITE, data_at, DATA, len(self.texts))
        return (ident + head + code + texts + self.code).ljust(data_at, b"\0") + self.texts

    @abstractmethod
    def encode(self, number: int, values: Sequence[int]) -> bytes:
        """Load the arguments and call the kernel."""

    @abstractmethod
    def store_error(self, address: int, offset: int) -> bytes:
        """Negate the result and store its lowest byte."""

    @abstractmethod
    def store_result(self, address: int) -> bytes:
        """Store the result's lowest four bytes."""

    @abstractmethod
    def skip_if_well(self, size: int) -> bytes:
        """Jump over the next `size` bytes unless the result is negative."""

    @abstractmethod
    def skip_if_zero(self, size: int) -> bytes:
        """Jump over the next `size` bytes if the result is 0."""


def _zero_ended(text: str | bytes) -> bytes:
    return (text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")) + b"\0"


def _segment(flags: int, offset: int, address: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", 1, flags, offset, address, address, size, size, PAGE)


class X86Code(MachineCode):
    """x86-64: arguments in rdi rsi rdx r10 r8 r9, number and result in rax."""

    number = 62
    calls: ClassVar = {
        "read": 0, "write": 1, "rt_sigaction": 13, "rt_sigprocmask": 14, "ioctl": 16, "sendmsg": 46, "clone": 56,
        "execve": 59, "fcntl": 72, "chdir": 80, "umask": 95, "setsid": 112, "setgroups": 116, "setresuid": 117,
        "setresgid": 119, "capset": 126, "prctl": 157, "mount": 165, "exit_group": 231, "openat": 257, "dup3": 292, "setns": 308,
        "close_range": 436,
    }  # fmt: skip
    _loads = (b"\x48\xbf", b"\x48\xbe", b"\x48\xba", b"\x49\xba", b"\x49\xb8", b"\x49\xb9")

    def encode(self, number: int, values: Sequence[int]) -> bytes:
        """Mov each argument; mov rax, number; syscall."""
        moves = [load + struct.pack("<q", value) for load, value in zip(self._loads, values, strict=False)]
        return b"".join(moves) + b"\x48\xb8" + struct.pack("<q", number) + b"\x0f\x05"

    def store_error(self, address: int, offset: int) -> bytes:
        """Neg eax; mov rsi, address; mov [rsi + offset], al."""
        return b"\xf7\xd8\x48\xbe" + struct.pack("<q", address) + b"\x88\x46" + bytes([offset])

    def store_result(self, address: int) -> bytes:
        """Mov rsi, address; mov [rsi], eax."""
        return b"\x48\xbe" + struct.pack("<q", address) + b"\x89\x06"

    def skip_if_well(self, size: int) -> bytes:
        """Test rax, rax; jns size."""
        return b"\x48\x85\xc0\x0f\x89" + struct.pack("<i", size)

    def skip_if_zero(self, size: int) -> bytes:
        """Test rax, rax; jz size."""
        return b"\x48\x85\xc0\x0f\x84" + struct.pack("<i", size)


class Arm64Code(MachineCode):
    """AArch64: arguments in x0 to x5, number in x8, result in x0."""

    number = 183
    calls: ClassVar = {
        "dup3": 24, "fcntl": 25, "ioctl": 29, "mount": 40, "chdir": 49, "openat": 56, "read": 63, "write": 64, "capset": 91,
        "exit_group": 94, "rt_sigaction": 134, "rt_sigprocmask": 135, "setresuid": 147, "setresgid": 149, "setsid": 157,
        "setgroups": 159, "umask": 166, "prctl": 167, "sendmsg": 211, "clone": 220, "execve": 221, "setns": 268,
        "close_range": 436,
    }  # fmt: skip

    def encode(self, number: int, values: Sequence[int]) -> bytes:
        """Movz and movk each argument; the number into x8; svc #0."""
        moves = [_load64(register, value) for register, value in enumerate(values)]
        return b"".join(moves) + _load64(8, number) + struct.pack("<I", 0xD4000001)

    def store_error(self, address: int, offset: int) -> bytes:
        """Neg w0, w0; x1 = address; strb w0, [x1, offset]."""
        return struct.pack("<I", 0x4B0003E0) + _load64(1, address) + struct.pack("<I", 0x39000020 | offset << 10)

    def store_result(self, address: int) -> bytes:
        """X1 = address; str w0, [x1]."""
        return _load64(1, address) + struct.pack("<I", 0xB9000020)

    def skip_if_well(self, size: int) -> bytes:
        """Tbz x0, #63, past the block."""
        return struct.pack("<I", 0xB6F80000 | (size // 4 + 1) << 5)

    def skip_if_zero(self, size: int) -> bytes:
        """Cbz x0, past the block."""
        return struct.pack("<I", 0xB4000000 | (size // 4 + 1) << 5)


def _load64(register: int, value: int) -> bytes:
    words = [value >> shift & 0xFFFF for shift in (0, 16, 32, 48)]
    codes = (0xD2800000, 0xF2A00000, 0xF2C00000, 0xF2E00000)
    return b"".join(struct.pack("<I", code | word << 5 | register) for code, word in zip(codes, words, strict=True))


_MACHINES: Mapping[str, type[MachineCode]] = {
    "x86_64": X86Code,
    "amd64": X86Code,
    "aarch64": Arm64Code,
    "arm64": Arm64Code,
}


def machine(name: str) -> MachineCode | None:
    """A new MachineCode for an architecture as `uname -m` names it; None for an unknown one."""
    kind = _MACHINES.get(name)
    return kind() if kind is not None else None
