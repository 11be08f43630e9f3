"""The files in layers: one layer as a table, several merged, compared, written, cached."""

import sys
from os import putenv
from types import ModuleType

# numpy brings an OpenBLAS that starts a thread per core when it is loaded, which takes half of the import's time.
# No matrices are multiplied here, so one thread is enough.
putenv("OPENBLAS_NUM_THREADS", "1")

# Another eighth is a numpy module that only adds docstrings to functions written in C.
if "numpy" not in sys.modules:
    sys.modules["numpy._core._add_newdocs"] = ModuleType("numpy._core._add_newdocs")
