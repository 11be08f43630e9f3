"""What the way to the screen imports."""

import subprocess
import sys

import pytest

WITHOUT = """
import sys
from layertui.tui.verbs.open_screen import _import_without_tls
_import_without_tls("asyncio")
from layertui.tui.app import LayerTui
print("ssl" in sys.modules)
import ssl
print(ssl.create_default_context().verify_mode.name)
"""


@pytest.mark.slow
def test_the_screen_has_no_tls_until_somebody_needs_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["False", "CERT_REQUIRED"]
