"""The ten steps of the tour: what to do, and what it showed. Texts alone."""

from __future__ import annotations

from typing import NamedTuple


class TourStep(NamedTuple):
    """One step; it is done when all its facts were seen, whichever keys led there."""

    title: str
    why: str
    """One sentence: what is to be seen."""
    task: str
    facts: tuple[str, ...]
    """The names of what must have happened; see `tour_facts`."""
    shown: str
    """One sentence, once it is done: what it has shown."""
    docker: str
    """The same in docker's words."""


STEPS = (
    TourStep(
        "An image is a stack of layers",
        "Each layer is read-only and holds only what its step changed.",
        "Open demo:2.0 with `Enter`, and move with `j` through three of its layers.",
        ("walked",),
        "Files shows the view as of the layer under the cursor: all layers up to it.",
        "docker history demo:2.0",
    ),
    TourStep(
        "A file is looked for from the top",
        "The search goes down layer by layer, until one answers.",
        "Press `f`, type /etc/motd, then `Enter`. Which layer answers?",
        ("looked up /etc/motd",),
        "Layer 4 answered; below it the search did not go.",
        "docker run --rm demo:2.0 cat /etc/motd",
    ),
    TourStep(
        "What lies below is still there",
        "A layer that changes a file hides the older version, and stores it again.",
        "In the lookup of /etc/motd, press `=`: the version that answers, and the next one below.",
        ("compared versions",),
        "Both versions are in the image; only the upper one is visible.",
        "docker save demo:2.0 | tar -t",
    ),
    TourStep(
        "Removed is not gone",
        "A removal is an entry too, a whiteout, in the layer that removes.",
        "`Esc` to the lookup, `f`, and look up /etc/issue.",
        ("looked up a whiteout",),
        "The layer with the whiteout ends the search; the bytes stay in the layer below.",
        "docker run --rm demo:2.0 ls /etc/issue",
    ),
    TourStep(
        "Create: a writable layer, and nothing that runs",
        "A container is the image and one writable layer on top.",
        "`Esc` to the images. On demo:2.0 press `c`, then `Enter`.",
        ("create",),
        "There is a writable layer now: no process and no namespaces. The image is as it was.",
        "docker create demo:2.0",
    ),
    TourStep(
        "Nothing runs, and still you can write",
        "Running or not, a container is a container; its writable layer can be written.",
        "On the container press `w`, type /etc/motd, `Tab`, a text, then `^s`.",
        ("write",),
        "The file was copied up into the writable layer; the layer below has its version still.",
        "docker cp ./motd BOX:/etc/motd",
    ),
    TourStep(
        "Start: namespaces, and a process in them",
        "Only start makes namespaces of its own, and puts the process into them.",
        "On the container press `s`, and compare its namespaces with the host's.",
        ("started",),
        "Marked rows are namespaces that the container has for itself; before start it had none.",
        "docker start BOX; ls -l /proc/PID/ns",
    ),
    TourStep(
        "Export writes what the container sees",
        "One flat tar: the files without layers, without history, without config.",
        "On the container press `x`, `Enter`: an export. Then `L`, the file, `Enter`: an import.",
        ("export", "import"),
        "The import is an image of one layer, with one history step: Imported from -. That is why the history is lost.",
        "docker export BOX -o box.tar; docker import box.tar",
    ),
    TourStep(
        "Save writes every layer",
        "An archive of save has all layers and all metadata.",
        "On demo:2.0 press `x`, `Enter`: a save. Then `L`, the file, `Enter`: a load.",
        ("save", "load"),
        "load brought back the same image ID and the same history.",
        "docker save demo:2.0 -o demo.tar; docker load -i demo.tar",
    ),
    TourStep(
        "Side by side",
        "A container beside its import: what was lost is named.",
        "Mark the container with `Space`, go to the imported image, press `=`.",
        ("compared an import",),
        "The files are the same; history, layers and config are what export does not write.",
        "docker history BOX-IMAGE; docker history IMPORT",
    ),
)

END = "You have seen the whole tour: stack, lookup, container, namespaces, export and save."
