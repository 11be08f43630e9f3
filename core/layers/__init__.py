"""The files in layers: one layer as a table, several merged, compared, written, cached."""

import sys
from os import putenv
from types import ModuleType

# numpy brings an OpenBLAS that starts a thread for each core as it is loaded, which takes half of the import's time.
# No matrix is multiplied here, so the thread that is there will do.
putenv("OPENBLAS_NUM_THREADS", "1")

# Another eighth of it goes into docstrings for functions written in C, a module that does nothing else.
if "numpy" not in sys.modules:
    sys.modules["numpy._core._add_newdocs"] = ModuleType("numpy._core._add_newdocs")
