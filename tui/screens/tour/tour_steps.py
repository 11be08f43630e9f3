"""The ten steps of the tour: what to do, and what it showed. Texts alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name


class TourStep(NamedTuple):
    """One step; it is done when all its facts were seen, whichever keys led there."""

    title: str
    why: str
    """One sentence: what is to be seen."""
    task: Callable[[], str]
    """What to do, with the keys in force."""
    facts: tuple[str, ...]
    """The names of what must have happened; see `tour_facts`."""
    shown: str
    """One sentence, once it is done: what it has shown."""
    docker: str
    """The same in docker's words."""


STEPS = (
    TourStep(
        tr("An image is a stack of layers"),
        tr("Each layer is read-only and holds only what its step changed."),
        lambda: tr(
            "`{layers}` leads to the layers of demo:2.0: move with `{move}` through three of them.",
            layers=key_name("pane('layers')", "3"),
            move=key_name("move(1)", "j"),
        ),
        ("walked",),
        tr("Files shows the view as of the layer under the cursor: all layers up to it."),
        "docker history demo:2.0",
    ),
    TourStep(
        tr("A file is looked for from the top"),
        tr("The search goes down layer by layer, until one answers."),
        lambda: tr(
            "Press `{lookup}`, type /etc/motd, then `Enter`. Which layer answers?", lookup=key_name("lookup", "f")
        ),
        (tr("looked up /etc/motd"),),
        tr("Layer 4 answered; below it the search did not go."),
        "docker run --rm demo:2.0 cat /etc/motd",
    ),
    TourStep(
        tr("What lies below is still there"),
        tr("A layer that changes a file hides the older version, and stores it again."),
        lambda: tr(
            "In the lookup of /etc/motd, press `{compare}`: the version that answers, and the next one below.",
            compare=key_name("compare", "="),
        ),
        (tr("compared versions"),),
        tr("Both versions are in the image; only the upper one is visible."),
        "docker save demo:2.0 | tar -t",
    ),
    TourStep(
        tr("Removed is not gone"),
        tr("A removal is an entry too, a whiteout, in the layer that removes."),
        lambda: tr(
            "`{back}` to the lookup, `{lookup}`, and look up /etc/issue.",
            back=key_name("back", "Esc"),
            lookup=key_name("lookup", "f"),
        ),
        (tr("looked up a whiteout"),),
        tr("The layer with the whiteout ends the search; the bytes stay in the layer below."),
        "docker run --rm demo:2.0 ls /etc/issue",
    ),
    TourStep(
        tr("Create: a writable layer, and nothing that runs"),
        tr("A container is the image and one writable layer on top."),
        lambda: tr(
            "`{back}` to the images. On demo:2.0 press `{create}`, then `Enter`.",
            back=key_name("back", "Esc"),
            create=key_name("create", "c"),
        ),
        ("create",),
        tr("There is a writable layer now: no process and no namespaces. The image is as it was."),
        "docker create demo:2.0",
    ),
    TourStep(
        tr("Nothing runs, and still you can write"),
        tr("Running or not, a container is a container; its writable layer can be written."),
        lambda: tr(
            "On the container press `{write}`, type /etc/motd, `Tab`, a text, then `{confirm}`.",
            write=key_name("write", "w"),
            confirm=key_name("confirm", "^s"),
        ),
        ("write",),
        tr("The file was copied up into the writable layer; the layer below has its version still."),
        "docker cp ./motd BOX:/etc/motd",
    ),
    TourStep(
        tr("Start: namespaces, and a process in them"),
        tr("Only start makes namespaces of its own, and puts the process into them."),
        lambda: tr(
            "On the container press `{start}`, and compare its namespaces with the host's.",
            start=key_name("start", "s"),
        ),
        ("started",),
        tr("Marked rows are namespaces that the container has for itself; before start it had none."),
        "docker start BOX; ls -l /proc/PID/ns",
    ),
    TourStep(
        tr("Export writes what the container sees"),
        tr("One flat tar: the files without layers, without history, without config."),
        lambda: tr(
            "On the container press `{take_out}`, `Enter`: an export. Then `{bring_in}`, the file, `Enter`: an import.",
            take_out=key_name("take_out", "x"),
            bring_in=key_name("bring_in", "L"),
        ),
        ("export", "import"),
        tr(
            "The import is an image of one layer, with one history step: Imported from -. That is why the history is lost."
        ),
        "docker export BOX -o box.tar; docker import box.tar",
    ),
    TourStep(
        tr("Save writes every layer"),
        tr("An archive of save has all layers and all metadata."),
        lambda: tr(
            "On demo:2.0 press `{take_out}`, `Enter`: a save. Then `{bring_in}`, the file, `Enter`: a load.",
            take_out=key_name("take_out", "x"),
            bring_in=key_name("bring_in", "L"),
        ),
        ("save", "load"),
        tr("load brought back the same image ID and the same history."),
        "docker save demo:2.0 -o demo.tar; docker load -i demo.tar",
    ),
    TourStep(
        tr("Side by side"),
        tr("A container beside its import: what was lost is named."),
        lambda: tr(
            "Mark the container with `{mark}`, go to the imported image, press `{compare}`.",
            mark=key_name("mark", "Space"),
            compare=key_name("compare", "="),
        ),
        (tr("compared an import"),),
        tr("The files are the same; history, layers and config are what export does not write."),
        "docker history BOX-IMAGE; docker history IMPORT",
    ),
)

END = tr("You have seen the whole tour: stack, lookup, container, namespaces, export and save.")
