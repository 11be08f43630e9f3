"""What home does with images and containers: each key that asks for more than to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.actions.lifecycle_actions import PROCESS_ENDS, if_confirmed, stopped
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.shared.notices import ActNotice, NextKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.containers.model.container import Container
    from layertui.core.images.image import Image
    from layertui.tui.screens.home.home_changes import HomeChanges
    from layertui.tui.screens.home.home_details import HomeDetails
    from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class HomeActions:
    """The part of home whose keys open a dialog or another screen, or change something."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        target: HomeTarget,
        changes: HomeChanges,
        details: HomeDetails,
        show_file: Callable[[str, int | None], None],
        when_read: Callable[[Callable[[], None]], None],
    ) -> None:
        """`show_file` shows a path as of a layer, None for the top; `when_read` calls as soon as the layers are read."""
        self._screen = screen
        self._state = state
        self._panes = panes
        self._target = target
        self._changes = changes
        self._details = details
        self._show_file = show_file
        self._when_read = when_read

    def actions(self) -> dict[str, Action]:
        """What the keys of home name."""
        return {
            "create": Action(self._create, self._no_create),
            "start": Action(self._start, self._no_start),
            "stop": Action(self._stop, self._no_stop),
            "write": Action(self._write, self._no_write),
            "take_out": Action(self._take_out, self._no_take_out),
            "lookup": Action(self._lookup, lambda: self._target.no_subject(tr("look up"))),
            "size_map": Action(self._size_map, lambda: self._target.no_subject(tr("size map"))),
            "repository_map": Action(self._repository_map, self._no_repository_map),
            "files_by_size": Action(lambda: self._when_read(self._files_by_size), self._no_files_by_size),
            "tag": Action(self._tag, self._no_tag),
            "delete": Action(self._delete, self._no_delete),
            "bring_in": Action(self._bring_in),
        }

    def demo(self) -> None:
        """Put the demo images into the store; for the palette."""

        def then(images: Sequence[Image]) -> None:
            notice = ActNotice(tr("Added {images} demo images to the store", images=len(images)))
            self._screen.announce(notice, ActCommand(("layertui", "demo", "--no-ui")))
            self._changes.look_at_first()

        self._screen.ask(tr("making the demo images"), lambda i, p: i.images.demo(p), then, group="demo")

    # -- why not

    def _no_create(self) -> str:
        listing = self._target.listing
        if listing is not None and not listing.has_containers:
            return tr("create: there are no containers here")
        return self._target.no_image("create")

    def _no_start(self) -> str:
        if refusal := self._target.no_container("start"):
            return refusal
        container, listing = self._target.container, self._target.listing
        if container is not None and container.state.alive:
            return tr("{name} is {state} already", name=container.name, state=container.state.word)
        return (listing.no_start or "") if listing is not None else tr("start: containers are still being listed")

    def _no_stop(self) -> str:
        container = self._target.container
        if container is None or container.state.alive:
            return self._target.no_container("stop")
        return tr("{name} is {state}, not running", name=container.name, state=container.state.word)

    def _no_write(self) -> str:
        if self._target.container is not None:
            return self._target.refusal(tr("files"))
        return self._no_create().replace("create", "write", 1)

    def _no_take_out(self) -> str:
        if self._panes.files.index >= 0 and self._panes.focused == "files":
            return ""
        if self._target.container is not None:
            return self._target.refusal(tr("files"))
        return self._target.no_image("save")

    def _no_tag(self) -> str:
        if self._panes.focused == "images":
            return self._target.no_image("tag") or self._target.refusal(tr("images"))
        # The key renames a container.
        refusal = self._target.no_container("rename") if self._panes.focused == "containers" else ""
        return refusal or tr("tag is for images: {images} leads to them", images=key_name("pane('images')", "1"))

    def _no_delete(self) -> str:
        pane = self._panes.focused
        if pane == "images":
            return self._target.no_image("delete") or self._target.refusal(tr("images"))
        if pane == "containers":
            return self._target.no_container("delete")
        if pane != "files" or self._state.container is None:
            return tr(
                "delete is for images, containers, and files of a container: {images}, {containers} and {files} lead to them",
                images=key_name("pane('images')", "1"),
                containers=key_name("pane('containers')", "2"),
                files=key_name("pane('files')", "4"),
            )
        return (
            self._target.refusal(tr("files"))
            if self._panes.files.index >= 0
            else tr("delete: no file under the cursor")
        )

    # -- containers

    def _create(self) -> None:
        from layertui.tui.screens.dialogs.create_dialog import CreateDialog

        if (name := self._target.image_name) is not None:
            engine = self._target.engine
            self._changes.push(
                CreateDialog(name), lambda created: self._changes.look_at_container(str(created), engine), engine
            )

    def _start(self) -> None:
        """On the container's screen: there the namespaces of before and after stand side by side; or here, if the settings say so."""
        from layertui.tui.screens.container.container_screen import ContainerScreen

        if (container := self._target.container) is None:
            return
        if self._screen.host.start_shows == "stay":
            self._start_here(container.name)
        else:
            screen = ContainerScreen(container.name, start=True)
            self._changes.push(screen, self._details.go_to, self._target.engine)

    def _start_here(self, name: str) -> None:
        engine = self._target.engine

        def started(container: Container) -> None:
            notice = ActNotice(
                tr("Started {name}, process {pid}", name=container.name, pid=container.pid),
                (NextKey(key_name("stop", "s"), tr("stops it")),),
                of=container,
            )
            self._screen.announce(notice, ActCommand(command_in(engine, ("layertui", "start", name))))
            self._changes.life_changed(container, engine)

        self._screen.ask(
            tr("starting {name}", name=name),
            lambda i, p: i.containers.lifecycle.start(name, p),
            started,
            group="life",
            engine=engine,
        )

    def _stop(self) -> None:
        if (container := self._target.container) is None:
            return
        name, engine = container.name, self._target.engine

        def ended(container: Container) -> None:
            keys = (NextKey(key_name("start", "s"), tr("starts it again")),)
            notice = ActNotice(stopped(container), keys, of=container)
            self._screen.announce(notice, ActCommand(command_in(engine, ("layertui", "stop", name))))
            self._changes.life_changed(container, engine)

        def stop() -> None:
            self._screen.ask(
                tr("stopping {name}", name=name),
                lambda i, _: i.containers.lifecycle.stop(name),
                ended,
                group="life",
                engine=engine,
            )

        if_confirmed(self._screen, "stop", name, PROCESS_ENDS, stop, engine)

    def _write(self) -> None:
        from layertui.core.layers.table.entry import Kind
        from layertui.tui.screens.actions.write_action import OfferContainer
        from layertui.tui.screens.dialogs.write_dialog import WriteDialog

        container, entry, changes = self._target.container, self._target.entry, self._changes
        engine = self._target.engine
        path = "/" if entry is None else entry.path + "/" if entry.kind == Kind.DIR else entry.path
        if container is not None:
            changes.push(
                WriteDialog(container.name, path),
                lambda written: changes.go_to_path(container, str(written), engine),
                engine,
            )
        elif (image := self._target.image_name) is not None:
            changes.push(
                OfferContainer(image, path), lambda made: changes.look_at_container(made[0], engine, made[1]), engine
            )

    # -- images

    def _bring_in(self) -> None:
        self._screen.host.bring_in()

    def _tag(self) -> None:
        from layertui.tui.screens.dialogs.tag_dialog import TagDialog

        if (name := self._target.image_name) is not None:
            self._changes.push(TagDialog(name), engine=self._target.engine)

    # -- both, and their files

    def _take_out(self) -> None:
        """Extract a file, export a container, or save an image."""
        from layertui.tui.screens.dialogs.export_dialog import taking_out

        selection, container, engine = self._state.selection, self._target.container, self._target.engine
        if (path := self._target.path) is not None:
            upto = selection.layer if selection.layer != self._state.top else None
            self._changes.push(taking_out(selection.local, path, upto=upto), engine=engine)
        elif container is not None:
            self._changes.push(taking_out(f"container:{container.name}"), engine=engine)
        elif (name := self._target.image_name) is not None:
            self._changes.push(taking_out(name), engine=engine)

    def _delete(self) -> None:
        from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
        from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
        from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog

        container, pane, changes = self._target.container, self._panes.focused, self._changes
        engine = self._target.engine
        if pane == "images" and (name := self._target.image_name) is not None:
            changes.push(DeleteImageDialog(name), engine=engine)
        elif pane == "containers" and container is not None:
            changes.push(
                DeleteContainerDialog(container.name), lambda _: changes.container_removed(engine), engine=engine
            )
        elif container is not None and (path := self._target.path) is not None:
            changes.push(DeleteFileDialog(container.name, path), engine=engine)

    def _lookup(self) -> None:
        from layertui.tui.screens.lookup_screen import LookupScreen

        if self._state.subject is not None:
            path = self._panes.files.path if self._panes.focused not in ("images", "containers") else None
            selection = self._state.selection
            self._changes.push(LookupScreen(selection.local, path or "/"), engine=selection.engine)

    def _size_map(self) -> None:
        from layertui.tui.screens.size.size_screen import SizeScreen

        path = self._target.path or "/"
        selection = self._state.selection
        self._changes.push(
            SizeScreen(selection.local, path), lambda place: self._show_file(*place), engine=selection.engine
        )

    def _no_repository_map(self) -> str:
        listing = self._target.listing
        has_sizes = listing is not None and listing.has_repository_sizes
        return "" if has_sizes else tr("size map by repository: go to an image of a catalog first")

    def _repository_map(self) -> None:
        from layertui.tui.screens.size.repository_map_screen import RepositoryMapScreen

        engine = self._target.engine
        self._changes.push(RepositoryMapScreen(), engine=engine)

    def _no_files_by_size(self) -> str:
        if self._state.reading:  # the key waits for the layers
            return ""
        refusal = self._target.no_subject(tr("files by size"))
        return refusal or ("" if self._state.stack is not None else tr("files by size: the layers are not read yet"))

    def _files_by_size(self) -> None:
        from layertui.tui.screens.size.files_by_size_screen import FilesBySizeScreen

        state, stack = self._state, self._state.stack
        if state.subject is None or stack is None:
            return
        selection, high = state.selection, min(state.layer, len(stack))
        low = high if selection.alone else min(high, (state.subject.span or (1, 0))[0])
        screen = FilesBySizeScreen(selection.local, stack, low, high, state.own_number)
        self._changes.push(screen, lambda place: self._show_file(*place), engine=selection.engine)
