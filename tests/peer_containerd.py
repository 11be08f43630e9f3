"""A real containerd with `ctr`, on a socket in a folder of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peers import Tool, needs_root, own_folder, running, tool

# The plugins that write outside its folder, or that no test needs.
_SETTINGS = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{folder}/containerd.sock"
"""


@dataclass(frozen=True)
class Containerd:
    """A containerd that runs: its data folder, and `ctr` that speaks to it."""

    root: Path
    ctr: Tool


@contextmanager
def containerd() -> Iterator[Containerd]:
    """Start the machine's containerd."""
    needs_root("containerd")
    daemon, client = tool("containerd"), tool("ctr")
    with own_folder() as folder:
        (folder / "config.toml").write_text(_SETTINGS.format(folder=folder))
        ctr = Tool((*client.argv, "--address", f"{folder}/containerd.sock"))
        args = ["--config", f"{folder}/config.toml"]
        with running(daemon, args, folder, lambda: ctr.run("version", check=False).returncode == 0):
            yield Containerd(folder / "root", ctr)
