"""An Inspector with two engines in memory, to look at several at once: `one`, the default, and `two`."""

from dataclasses import replace

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from memory_engine import memory_engine
from tui_values import opened


def two_engines(folder, ours=(), theirs=(), *, settings=None, names=("one", "two"), **same):
    """`ours` are the images that the first of `names` has, `theirs` those of the second; see MemoryContainers for `same`."""

    def maker(name, images):
        def make(settings, catalog):
            made = memory_engine(folder / name, *opened(*images), catalog=catalog, **same)
            return replace(made, name=name)

        return make

    return Inspector(
        settings or Settings(folder / "store", engine=names[0]),
        {name: maker(name, images) for name, images in zip(names, (ours, theirs), strict=True)},
    )
