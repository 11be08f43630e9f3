"""The Inspector's former flat methods, until all callers ask its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layertui.core.inspector.inspector import Inspector

PATHS = {
    "unreadable_images": "images.unreadable",
    **{name: f"images.{name}" for name in ("look_into", "load", "save", "import_", "with_config_of", "tag", "demo")},
    "remove_image": "images.remove",
    "container": "containers.get",
    "remove_container": "containers.remove",
    **{
        name: f"containers.{name}"
        for name in ("create", "rename", "shell", "commit", "export", "copy_in", "copy_out", "write_effect")
    },
    **{
        name: f"containers.lifecycle.{name}"
        for name in ("start", "stop", "kill", "pause", "unpause", "restart", "wait")
    },
    "no_start": "containers.lifecycle.unavailable",
    **{name: f"containers.processes.{name}" for name in ("exec", "attach")},
    "processes": "containers.processes.top",
    "logs": "containers.output.logs",
    **{name: f"containers.observation.{name}" for name in ("namespaces", "mounts", "reading")},
    "diff": "containers.files.diff",
    "size_rw": "containers.files.own_size",
    "fsck": "store.fsck",
    "gc": "store.gc",
    "df": "store.df",
    "volume_sizes": "volumes.sizes",
    "remove_volume": "volumes.remove",
}
OWN_LAYER = {"write": "write", "mkdir": "mkdir", "unlink": "unlink", "change": "change", "rename_path": "rename"}


def old_name(inspector: Inspector, name: str) -> Any:
    """What a former method is now. AttributeError."""
    if name in OWN_LAYER:
        return lambda container, *args, **more: getattr(
            inspector.containers.files.own_layer(container), OWN_LAYER[name]
        )(*args, **more)
    if name not in PATHS:
        raise AttributeError(name)
    found: Any = inspector
    for step in PATHS[name].split("."):
        found = getattr(found, step)
    return found
