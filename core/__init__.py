"""The core: images, layers and containers; knows neither the terminal UI nor the command line."""

import sys
from os import putenv
from types import ModuleType

# numpy brings an OpenBLAS that starts a thread per core when it is loaded, which takes half of the import's time.
# No matrices are multiplied here, so one thread is enough. It is set here, as any package below may be the first to import numpy.
putenv("OPENBLAS_NUM_THREADS", "1")

# Another eighth is a numpy module that only adds docstrings to functions written in C.
if "numpy" not in sys.modules:
    sys.modules["numpy._core._add_newdocs"] = ModuleType("numpy._core._add_newdocs")
