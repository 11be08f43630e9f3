"""What lies in layers laid over each other."""

from os import putenv

# numpy brings an OpenBLAS that starts a thread for each core as it is loaded, which takes half of the import's time.
# No matrix is multiplied here, so the thread that is there will do.
putenv("OPENBLAS_NUM_THREADS", "1")
