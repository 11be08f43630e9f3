"""What is shown in a language, asked of `shown_in.py` once for each size."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent


@cache
def screens(language: str, columns: int, rows: int) -> dict:
    """The lines of every screen and dialog, and what their widgets say."""
    with TemporaryDirectory() as folder:
        argv = [sys.executable, str(HERE / "shown_in.py"), language, folder, str(columns), str(rows)]
        env = {**os.environ, "HOME": folder, "COLUMNS": str(columns), "LINES": str(rows), "LC_ALL": "C.UTF-8"}
        subprocess.run(argv, check=True, timeout=300, stdout=subprocess.DEVNULL, env=env)
        return json.loads(Path(folder, "shown.json").read_text())
