"""What the tests of writable layers put in, and what they look at."""

import io

from builders import docker_archive, image
from command_line import layertui


def box_in(store, folder, layer):
    """Make a container `box` of an image with this one layer."""
    archive = docker_archive(image([layer], tags=["one:1"], config={"Cmd": ["x"]}), folder / "a.tar")
    layertui("load", archive, store=store).ok()
    layertui("create", "--name", "box", "one:1", store=store).ok()


def put(own, path, content=b"new", **how):
    own.write(path, io.BytesIO(content), **how)


def facts(view, path):
    entry = view().get(path)
    return None if entry is None else (entry.kind.word, entry.mode, entry.uid, entry.gid)
