"""What a process that lives on gives back."""

import subprocess
import sys

import pytest

GROWN = """
import sys
from layertui.tui.textual_patches.process_memory import trim_heap

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

for _ in range(2):  # the first one that is freed sets how much the C library keeps
    mixed = [(bytearray(b"x") * (3 << 20), bytearray(2000)) for _ in range(40)]
    small = [few for _, few in mixed]
    before = resident()
    del mixed
    if sys.argv[1] == "given back":
        trim_heap()
print(before - resident() > 100 << 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the GNU C library's own way, and /proc")
@pytest.mark.parametrize(("how", "goes"), [("given back", True), ("as it is", False)])
def test_large_columns_go_back_to_the_system(how, goes):
    done = subprocess.run([sys.executable, "-c", GROWN, how], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(goes)


@pytest.mark.slow
def test_a_list_without_containers_loads_nothing_that_starts_them(tmp_path):
    code = (
        "import sys; from pathlib import Path; from layertui.core.inspector import Inspector; from layertui.core.settings import Settings;"
        "from layertui.core.progress import quiet; from layertui.tui.screens.home.home_questions import listing_of;"
        "print(listing_of(Inspector(Settings.load(store=Path(sys.argv[1]))), quiet()).containers, *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("()")
    assert "layertui.core.containers.records.records" in done.stdout
    assert "layertui.core.containers.runtimes.runtime" not in done.stdout


SETTLED = """
import gc
gc.disable()
from layertui.tui.textual_patches.process_memory import enable_gc, freeze_baseline

def looked_at():
    return sum(len(gc.get_objects(generation=generation)) for generation in range(3))

enable_gc()
imported = [[] for _ in range(100_000)]  # as an image's opening makes, each in two looks or more
imported.append(imported)
before = looked_at()
freeze_baseline()
after, frozen = looked_at(), gc.get_freeze_count()
later = [[] for _ in range(100_000)]
freeze_baseline()
print(before >= 100_000, after < 5_000, frozen == gc.get_freeze_count(), gc.get_threshold()[1] < 100)
"""


def test_what_an_opening_leaves_is_looked_through_once_and_no_key_waits_for_it_again():
    done = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4
