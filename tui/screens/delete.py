"""Delete a file, an image or a container: always asked, and said what stays. The answer is whether it was done."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class DeleteFileDialog(InspectorDialog[bool]):
    """Delete a path in a container's own layer."""

    def __init__(self, container: str, path: str) -> None:
        super().__init__()
        self._container = container
        self._path = path


class DeleteImageDialog(InspectorDialog[bool]):
    """Take a name off an image, or remove the image."""

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image


class DeleteContainerDialog(InspectorDialog[bool]):
    """Remove a container and its writable layer."""

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
