"""Numpy is imported without what makes that slow, whichever package of the core is the first to do it."""

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("package", ["analysis.rules.rules", "inspector.find_files", "layers.stack.stack"])
def test_numpy_has_one_thread_and_adds_no_docstrings(package):
    code = f"import os, sys, layertui.core.{package}; print(hasattr(sys.modules['numpy._core._add_newdocs'], '__file__'), len(os.listdir('/proc/self/task')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False 1\n"
