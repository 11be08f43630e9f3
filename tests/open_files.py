"""How many files this process has open."""

import gc
import os


def open_files() -> int:
    """Their number, 0 where the system does not tell; without those that earlier tests have forgotten to close."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
