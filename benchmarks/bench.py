"""What every benchmark needs: a folder for images, a store that is new each time, how often to run."""

import json
import shutil
import sys
import tarfile
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

from images import cached
from timing import Run, process

import peers

BIN = Path(sys.executable).parent
OURS = BIN / "layertui"


@dataclass
class Bench:
    """Where and how to measure."""

    work: Path
    images: Path
    scale: float
    rounds: int
    keeps: bool = False
    """Whether pages are written: where all is measured."""
    _warmed: set[Path] = field(default_factory=set)

    def archive(self, kind: str, part: float = 1.0) -> Path:
        """Give the archive of a kind, or a smaller one, read once so that it lies in the page cache."""
        path = cached(kind, self.images, scale=self.scale * part)
        if path not in self._warmed:
            self._warmed.add(path)
            with path.open("rb") as stream:
                while stream.read(1 << 24):
                    pass
        return path

    def layers(self, kind: str) -> int:
        """How many layers the image of a kind has."""
        with tarfile.open(self.archive(kind)) as tar:
            manifest = tar.extractfile("manifest.json")
            assert manifest is not None
            return len(json.load(manifest)[0]["Layers"])

    def title(self, kind: str, part: float = 1.0) -> str:
        """Say which image, and how large."""
        size = self.archive(kind, part).stat().st_size
        return f"*{kind}* ({size / 1e9:.2f} GB)" if size > 1e9 else f"*{kind}* ({size / 1e6:.0f} MB)"

    @property
    def store(self) -> Path:
        """The store that ours uses."""
        return self.work / "store"

    def forget(self) -> None:
        """Let the store and its cache be new."""
        shutil.rmtree(self.store, ignore_errors=True)

    def ours(self, *args: str | Path, cold: bool = False, good: Container[int] = (0,)) -> Run:
        """One run of layertui; `cold`: with nothing in its store or cache."""
        return process([OURS, "--store", self.store, *args], before=self.forget if cold else None, good=good)

    def dive(self, kind: str) -> list[str | Path]:
        """Give the command line of dive on an image. Raises Missing where it is not installed."""
        # An image that removes a path twice is an error to its screen otherwise (*many* does, and docker loads it).
        return [
            *peers.tool(str(BIN / "dive")).argv,
            "--ignore-errors",
            "--source",
            "docker-archive",
            self.archive(kind),
        ]
