"""An Inspector with two engines in memory, to look at several at once: `one`, the default, and `two`."""

from dataclasses import replace

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from memory_engine import memory_engine
from tui_values import opened


def two_engines(folder, ours=(), theirs=(), *, settings=None, **same):
    """`ours` are the images that `one` has, `theirs` those of `two`; see MemoryContainers for `same`."""

    def maker(name, images):
        def make(settings, catalog):
            made = memory_engine(folder / name, *opened(*images), catalog=catalog, **same)
            return replace(made, name=name)

        return make

    return Inspector(
        settings or Settings(folder / "store", engine="one"), {"one": maker("one", ours), "two": maker("two", theirs)}
    )
