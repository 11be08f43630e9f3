"""Packages that are cached: also those beside a database that is damaged, but not what may be otherwise the next time."""

import io

from layertui.core.analysis.packages.find_packages import find_packages
from layertui.core.analysis.packages.packages_note import pack, unpack
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from laying import table

STATUS = b"Package: a\nStatus: install ok installed\nVersion: 1\n\n"


class Contents:
    """One database that can be read, and a jar that cannot."""

    def __init__(self, jar):
        self.jar = jar

    def open(self, entry):
        if entry.path.endswith("status"):
            return io.BytesIO(STATUS)
        if isinstance(self.jar, OSError):
            raise self.jar
        return io.BytesIO(self.jar)


def stack_of(jar):
    names = f"var/lib/dpkg/status:{len(STATUS)}", "app/x.jar:9"
    return Stack.from_layers([StackLayer(table(*names), Contents(jar))])


def test_a_damaged_database_is_kept_with_its_problem(lower):
    stack = stack_of(b"no zip at")
    found = find_packages(stack)
    assert len(found.problems) == 1
    packed = pack(found)
    assert packed is not None
    again = unpack(stack, packed)
    assert (again.packages, again.problems) == (found.packages, found.problems)
    assert (again.owner == found.owner).all()
    lower(package_database=1 << 20)
    assert unpack(stack, packed) is None


def test_packages_without_problems_do_not_depend_on_limits(lower):
    stack = Stack.from_layers([StackLayer(table(f"var/lib/dpkg/status:{len(STATUS)}"), Contents(b""))])
    packed = pack(find_packages(stack))
    lower(package_database=1 << 20)
    assert [one.package.name for one in unpack(stack, packed).packages] == ["a"]


def test_what_may_be_readable_next_time_is_not_kept():
    found = find_packages(stack_of(OSError(5, "Input/output error")))
    assert len(found.problems) == 1
    assert pack(found) is None
