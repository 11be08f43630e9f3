import ctypes
import ctypes.util
import errno
import os
import struct

import pytest

from absent import absent
from layertui.core.containers.runtimes.isolation.capabilities import DEFAULT, KNOWN
from layertui.core.containers.runtimes.isolation.seccomp import NEW_NAMESPACES, profile, program
from layertui.core.containers.runtimes.isolation.syscalls import PROCESSORS, allowed

AUDIT = {"x86_64": 0xC000003E, "x86": 0x40000003, "aarch64": 0xC00000B7, "arm": 0x40000028}
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
DIRECT_SOCKET_CALLS = 359  # libseccomp has other numbers for calls that old x86 kernels bundle


def verdict(filter_, processor, name, first=0, number=None):
    """What the kernel would say to a call: the filter interpreted as `struct seccomp_data` would have it."""
    number = allowed(KNOWN)[name][processor] if number is None else number
    data = struct.pack("<IIQ6Q", number, AUDIT[processor], 0, first, 0, 0, 0, 0, 0)
    code = list(struct.iter_unpack("<HBBI", filter_))
    at, accumulator = 0, 0
    while True:
        what, yes, no, operand = code[at]
        at += 1
        if what == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif what == 0x05:
            at += operand
        elif what == 0x06:
            return operand
        else:
            holds = {0x15: accumulator == operand, 0x25: accumulator > operand, 0x35: accumulator >= operand}
            at += yes if holds.get(what, bool(accumulator & operand)) else no


ADMIN = ("CAP_SYS_ADMIN", "CAP_SYS_TIME", "CAP_SYS_MODULE")


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_what_needs_nothing_is_allowed(processor):
    made = program(DEFAULT, "x86_64" if processor.startswith("x86") else "aarch64")
    plain = [name for name, numbers in allowed(DEFAULT).items() if processor in numbers]
    by_arguments = {"socket", "personality", "clone", "clone3"}
    assert {verdict(made, processor, name) for name in plain if name not in by_arguments} == {ALLOW}


@pytest.mark.parametrize("name", ["mount", "unshare", "setns", "init_module", "clock_settime"])
def test_what_needs_a_capability(name):
    assert verdict(program(DEFAULT, "x86_64"), "x86_64", name) == EPERM
    assert verdict(program([*DEFAULT, *ADMIN], "x86_64"), "x86_64", name) == ALLOW


def test_what_nobody_asked_for():
    made = program(DEFAULT, "x86_64")
    assert verdict(made, "x86_64", "", number=246) == EPERM  # kexec_load
    assert verdict(made, "x86_64", "", number=100_000) == EPERM
    assert verdict(made, "x86_64", "", number=0x40000000) == ENOSYS
    assert verdict(made, "arm", "read") == ENOSYS


def test_what_depends_on_arguments():
    made, admins = program(DEFAULT, "x86_64"), program([*DEFAULT, *ADMIN], "x86_64")
    assert verdict(made, "x86_64", "clone", 0x11) == ALLOW
    for bit in (1 << number for number in range(32) if NEW_NAMESPACES >> number & 1):
        assert verdict(made, "x86_64", "clone", 0x11 | bit) == EPERM
        assert verdict(admins, "x86_64", "clone", 0x11 | bit) == ALLOW
    assert verdict(made, "x86_64", "clone3") == ENOSYS
    assert verdict(admins, "x86_64", "clone3") == ALLOW
    families = {family: verdict(made, "x86_64", "socket", family) for family in range(50)}
    assert {family for family in range(46) if families[family] == EPERM} == {12, 19, 20, 23, 25, 34, 37, 38, 40}
    assert verdict(made, "x86_64", "socket", 1 << 32) == EPERM
    assert verdict(made, "x86_64", "personality", 0xFFFFFFFF) == ALLOW
    assert verdict(made, "x86_64", "personality", 0x40000) == EPERM


def test_an_oci_runtime_gets_the_same():
    names = {name for rule in profile(DEFAULT, "aarch64")["syscalls"] for name in rule["names"]}
    assert names == set(allowed(DEFAULT))


def test_x32_does_not_exist_for_an_oci_runtime_either():
    assert profile(DEFAULT, "x86_64")["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]


def test_a_processor_that_is_not_known():
    assert program(DEFAULT, "riscv64") is None
    assert profile(DEFAULT, "riscv64") is None


def test_the_numbers_are_those_of_libseccomp():
    found = ctypes.util.find_library("seccomp")
    if found is None:
        absent("libseccomp")
    resolve = ctypes.CDLL(found).seccomp_syscall_resolve_name_arch
    resolve.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    every = allowed(KNOWN)
    compared = 0
    for name, numbers in every.items():
        for processor, number in numbers.items():
            known = resolve(AUDIT[processor], os.fsencode(name))
            if known >= 0:
                assert (name, processor, number) == (name, processor, known)
                compared += 1
            else:
                assert number > 424 or number >= DIRECT_SOCKET_CALLS or name == "uretprobe", (name, processor)
    assert compared > 1000
