"""The command line as a test runs it: in this process, or in one of its own.

done = layertui("history", "--json", path)
assert done.code == 0
done.json[0]["created_by"]
"""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from layertui.tui.verbs.commands import run


@dataclass(frozen=True)
class Done:
    """How a command line ended, and all it said."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def json(self) -> Any:
        def refuse(word: str) -> None:
            raise AssertionError(f"{word} in JSON")

        return json.loads(self.out, parse_constant=refuse)

    def ok(self) -> "Done":
        assert self.code == 0, f"exit {self.code}: {self.err}"
        return self

    def failed(self, code: int = 1) -> "Done":
        """One line on stderr, nothing on stdout, and this exit code."""
        assert self.code == code, f"exit {self.code}: {self.err}{self.text}"
        assert self.err.startswith("error: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert self.out == b"", self.text
        return self


def layertui(*words: object, stdin: bytes = b"", store: Path | None = None) -> Done:
    """Run a command line in this process, as one that has no terminal."""
    args = [*(["--store", str(store)] if store else []), *map(str, words)]
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8"))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8"))
        code = run(args)
        sys.stdout.flush()
        sys.stderr.flush()
        return Done(code, out.getvalue(), err.getvalue().decode("utf-8", "surrogateescape"))


def process(*words: object, stdin: bytes | None = None, store: Path | None = None, **options: Any) -> Done:
    """Run a command line in a process of its own."""
    args = [sys.executable, "-m", "layertui", *(["--store", str(store)] if store else []), *map(str, words)]
    fed: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run(args, capture_output=True, check=False, timeout=120, **fed, **options)
    return Done(done.returncode, done.stdout, done.stderr.decode())


def modules_of(*words: object, store: Path | None = None) -> set[str]:
    """The modules that a command line had imported when it was done."""
    code = "import sys; from layertui.tui.verbs.commands import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    args = [*(["--store", str(store)] if store else []), *map(str, words)]
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, check=True, env={**os.environ})
    return set(done.stderr.decode().splitlines()[-1].split())
