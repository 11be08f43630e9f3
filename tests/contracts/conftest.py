"""A container of the box, on each runtime that is here and in each state; nothing is left of it when a test is over."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import daemon_engines
from bundles import SUPERUSER, Started
from containing import box, each_runtime, engine_at, options, put, require_runtime
from daemon_engines import each_daemon
from layertui.core.containers.runtimes.bundle import Bundle, mount_points, network_files
from layertui.core.containers.runtimes.runtime import choose
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec, RuntimeSpec
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet
from memory_engine import MemoryContainers, memory_engine
from observed import changed

HERE = Path(__file__).parent


# What a daemon does otherwise than the contract says, and why: the test, and how the names of the engines begin that are not asked.
DIFFERENT: dict[str, dict[str, str]] = {
    "test_processes_that_exec_adds_are_recorded": {"podman-": "it has other events of exec"},
    "test_one_without_a_name_is_written_to_over_a_root_that_is_read_only": {
        "docker-": "it has /data as a volume, in which nothing can be removed before the start",
        "podman-": "the same",
    },
    "test_what_is_put_into_a_mount_lies_in_what_is_mounted": {
        "docker-": "a file that is mounted cannot be replaced, and Docker replaces what it is sent",
        "podman-": "the same",
    },
    "test_one_without_a_name_behind_a_link_is_kept_and_in_no_diff": {
        "podman-": "its diff has what it makes itself in /etc"
    },
    "test_what_lies_in_it_is_in_no_diff_commit_or_export": {"podman-": "its diff has what it makes itself in /etc"},
    "test_one_in_which_something_lies_is_left_as_it_is": {"podman-": "it fills a volume at the first start"},
    "test_it_begins_with_what_the_image_has_there": {"podman-": "it fills a volume at the first start"},
    "test_any_user_enters_what_the_image_lacks_whatever_our_umask": {"podman-": "its root folder has another mode"},
    "test_a_start_that_fails_is_the_end_of_a_container_that_is_removed_at_its_end": {
        "podman-": "it keeps what did not start"
    },
    "test_a_first_start_that_fails_leaves_it_created": {"podman-": "it keeps no exit code of a start that failed"},
    "test_removed_by_itself": {"docker-": "it may be gone before its logs are asked for"},
    "test_one_that_is_removed_at_its_end_can_be_restarted": {
        "podman-4": "a restart would remove it, so that is refused"
    },
    "test_its_working_folder_is_there_before_it_starts": {"podman-": "it makes the working folder at the start"},
    "test_a_working_folder_that_is_a_file": {"podman-": "it looks at the working folder at the start"},
    "test_input_ends_with_who_gives_it_or_goes_on_for_the_next": {
        "podman-": "conmon ends a container's input with the first connection that ends, in whatever way"
    },
    "test_nothing_of_the_runtimes_own_is_in_the_layer": {
        "podman-": "its diff has what it has mounted in /etc and /run"
    },
    "test_memory_that_is_used_up": {"podman-4": "it does not note that memory was used up"},
    "test_a_tar_keeps_times": {"docker-26-containerd": "its archives have whole seconds"},
    "test_an_image_removed_from_under_it": {
        "podman-": "by force it removes the image's containers too, as `podman rmi -f`"
    },
    "test_what_is_mounted_is_seen_before_the_start": {
        "podman-": "its archives have what is mounted only once the container has started"
    },
    "test_more_layers_than_an_overlay_takes": {"docker-": "overlay2 takes 128 layers", "podman-": "the same"},
    "test_it_ends_after_its_start": {
        "docker-": "it may note the start of a short process after its end",
        "podman-": "the same",
    },
    "test_stop_of_an_image_that_names_no_signal": {
        "docker-": "it makes no container of such an image",
        "podman-": "the same",
    },
    "test_a_paused_container_can_be_ended": {"docker-": "any signal has a paused container go on"},
    "test_a_life_is_recorded": {"docker-": "it has more events", "podman-": "the same"},
    "test_events_of_images_are_recorded_too": {
        "docker-": "its events of images name other things",
        "podman-": "the same",
    },
    "test_its_layers_are_folders_and_its_root_an_overlay_of_them": {
        "docker-": "its mount points lie right below the container's writable layer, or its folders are not told",
        "podman-": "it has no layer of mount points",
    },
    "test_a_volume_in_use_is_not_removed_and_one_that_is_not_goes": {
        "docker-": "it tells of mounts of volumes too",
        "podman-": "it has other words for events of volumes",
    },
    "test_what_lies_in_one_without_a_name_is_kept_when_its_container_goes": {
        "docker-": "it keeps those too in which nothing was changed",
        "podman-": "the same",
    },
    "test_one_without_a_name_is_not_laid_over_a_file": {
        "docker-": "it does not create such a container",
        "podman-": "what its runtime says is told",
    },
    "test_a_terminal_has_its_size_before_the_first_program": {
        "docker-": "it is told the size after the start",
        "podman-": "the same",
    },
    "test_exec_on_a_terminal_of_its_own": {"docker-20": "it is told the size after the start", "podman-": "the same"},
    "test_exec_ends_with_who_is_attached": {"docker-": "it lets it go on", "podman-": "the same"},
    "test_exec_ends_though_what_it_left_running_holds_its_output": {
        "docker-": "its output ends with its last writer",
        "podman-": "what exec has left running ends with it",
    },
    "test_memory_is_written_to_while_it_is_there": {"docker-": "no call of it reaches a tmpfs"},
    "test_a_signal_for_what_exec_has_added": {"docker-": "there is no request for it", "podman-": "the same"},
    "test_the_best_shell": {"docker-26-containerd": "nothing can be removed before the start"},
    "test_commit_reports_progress_and_never_more_than_all": dict.fromkeys(
        ("docker", "podman"), "a daemon answers a commit when it is done, and tells nothing before"
    ),
    "test_commit_puts_one_layer_on_top": {"podman": "its commits say /bin/sh"},
    "test_commit_of_nothing_makes_a_step_without_a_layer": {"podman": "its commits always have a layer"},
    "test_commit_says_the_command_without_the_entrypoint": {"podman": "its commits say /bin/sh"},
    "test_its_size_is_that_of_its_files": {
        "docker-26-containerd": "it counts blocks of the disk",
        "podman": "it counts what it makes itself in /etc",
    },
    "test_the_names_of_one_file_stay_that": {"docker-26-containerd": "it counts blocks of the disk"},
    "test_a_folder_made_anew_hides_what_was_there": {"podman": "its diff has such a folder as deleted"},
    "test_diff_as_docker_says_it": {"podman": "its diff has a folder that was made anew as deleted"},
    "test_a_file_becomes_a_folder_and_back": {
        "podman": "its diff fails where a file of the image has become a folder with something in it"
    },
}

# What should hold and does not yet: it is asked, and may fail.
NOT_YET: dict[str, dict[str, str]] = {}

REMOVING = frozenset(
    {
        "test_a_folder_made_anew_hides_what_was_there",
        "test_a_file_of_the_image_is_removed",
        "test_a_file_of_the_layer_leaves_nothing",
        "test_a_folder_is_removed_with_all_it_holds",
        "test_a_symlink_is_removed_and_not_what_it_points_to",
        "test_through_a_symlink",
        "test_a_file_becomes_a_folder_and_back",
        "test_a_file_of_the_image_gets_another_path",
        "test_a_folder_of_the_image_gets_another_path",
        "test_the_names_of_one_file_stay_that",
        "test_what_the_layer_alone_has_gets_another_path",
    }
)
"""What a daemon's API has no call for: the container's own programs do it while it runs, else it is done in its overlay's folder."""

OF_DAEMONS = frozenset({"processes", "output", "observation", "files", "events", "volumes"})
"""The parts that an engine of a daemon offers."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Every contract holds on every runtime and every daemon: a cross product."""
    for item in items:
        if HERE in item.path.parents:
            of_daemon = item.get_closest_marker("oracle") is not None
            item.add_marker(
                pytest.mark.sampled("engine", "runtime", *(["in_state", "images", "store"] if of_daemon else []))
            )


STATES = [
    "created",
    *each_runtime("running in {}"),
    pytest.param("exited", marks=pytest.mark.slow),
    "created in memory",
    "running in memory",
]


def pytest_generate_tests(metafunc):
    """The engine in memory and those of daemons are asked too, unless a test needs a part that they do not offer."""
    different = DIFFERENT.get(metafunc.definition.originalname, {})
    not_yet = NOT_YET.get(metafunc.definition.originalname, {})
    needed = {part for mark in metafunc.definition.iter_markers("needs") for part in mark.args}
    if "engine" in metafunc.fixturenames:
        offered = {part for part in PARTS if getattr(MemoryContainers, part, None) is not None} | {"files"}
        memory = ["memory"] if needed <= offered else []
        daemons = each_daemon(without=different, not_yet=not_yet) if needed <= OF_DAEMONS else []
        metafunc.parametrize("engine", [*each_runtime(), *memory, *daemons], indirect=True)
    if "in_state" in metafunc.fixturenames:
        removes = metafunc.definition.originalname in REMOVING
        daemons = [
            one
            for state in ("created", "running", "exited")
            for one in each_daemon(
                f"{state} in {{}}", [*different, *(daemon_engines.UNREADABLE if removes and state != "running" else ())]
            )
        ]
        metafunc.parametrize("in_state", [*STATES, *daemons], indirect=True)


PARTS = ("processes", "output", "observation", "survey")


def in_memory(tmp_path):
    """The tests' own engine with the box in it."""
    catalog = Catalog(None)
    made = memory_engine(tmp_path / "layers", catalog=lambda: catalog)
    put(made, box(), tmp_path / "box.tar")
    return made


@pytest.fixture
def engine(request, tmp_path):
    if request.param == "memory":
        yield in_memory(tmp_path)
        return
    if request.param in daemon_engines.FIXTURES:
        with daemon_engines.lent(request, request.param, tmp_path, box()) as made:
            yield made
        return
    require_runtime(request.param, tmp_path / "probe")
    made = engine_at(tmp_path / "store", request.param)
    yield made
    for one in made.containers.list():
        made.containers.remove(one.id, force=True)
    folder = tmp_path / "store" / "containers"
    for _ in range(60):  # a shim may be about to remove its container
        left = [name for name in os.listdir(folder) if name not in ("lock", "names")] if folder.is_dir() else []
        if not left:
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {left}")


@pytest.fixture
def containers(engine):
    return engine.containers


@pytest.fixture
def image(engine):
    return engine.images.open("box:1", None, quiet())


@pytest.fixture
def make(containers, image):
    return lambda *command, **more: containers.create(image, "box:1", options(*command, **more))


@pytest.fixture
def started(containers, make):
    return lambda *command, **more: containers.lifecycle.start(make(*command, **more).id)


@pytest.fixture
def said(containers, started):
    """Everything that a container says which runs these words."""

    def run(*command, **more):
        container = started(*command, **more)
        containers.lifecycle.wait(container.id)
        return b"".join(line.text for line in containers.output.logs(container.id)).decode()

    return run


# ---------------------------------------------------------------- a runtime, with no engine above it


@pytest.fixture(params=each_runtime())
def runtime(request, tmp_path):
    require_runtime(request.param, tmp_path)
    return choose(tmp_path, request.param)


@pytest.fixture
def container(runtime, tmp_path, busybox):
    """Make a container that runs these words."""
    made = []

    def make(*args, user=SUPERUSER, cwd="/", tty=False, interactive=False, may=None, **spec):
        folder = tmp_path / f"container-{len(made)}"
        for name in ("run", "upper", "work"):
            (folder / name).mkdir(parents=True)
        process = ProcessSpec(args=args, env=("PATH=/bin", "A=b c"), cwd=cwd, user=user, tty=tty, **(may or {}))
        binds = network_files(
            folder / "run", "box1", spec.get("net", "none"), None, ["hosts", "hostname", "resolv.conf"]
        )
        bundle = Bundle(
            folder=folder / "run",
            spec=RuntimeSpec(
                id=f"test-{os.getpid()}-{tmp_path.name}-{len(made)}",
                hostname="box1",
                process=process,
                mounts=(*binds, *spec.pop("mounts", ())),
                **spec,
            ),
            lowers=(busybox, mount_points(tmp_path / "mounts")),
            upper=folder / "upper",
            work=folder / "work",
            interactive=interactive,
        )
        made.append(Started(runtime, bundle))
        return made[-1]

    yield make
    for one in made:
        if hasattr(one, "process"):
            one.process.signal(9)
            one.shim.wait(10)
        if (work := one.bundle.work / "work").exists():
            work.chmod(0o700)


# ---------------------------------------------------------------- a writable layer, in every state of its container


@pytest.fixture
def in_state(request, tmp_path):
    """A container in some state, and its engine."""
    state, _, runtime = request.param.partition(" in ")
    with _engine_for(request, state, runtime or "bwrap", tmp_path) as engine:
        image = engine.images.open("box:1", None, quiet())
        command = ("sleep", "600") if state == "running" else ("true",)
        made = engine.containers.create(image, "box:1", options(*command))
        if state != "created":
            engine.containers.lifecycle.start(made.id)
        if state == "exited":
            engine.containers.lifecycle.wait(made.id)
        yield engine.containers, made.id
        engine.containers.remove(made.id, force=True)


@contextmanager
def _engine_for(request, state, runtime, tmp_path):
    if runtime in daemon_engines.FIXTURES:
        with daemon_engines.lent(request, runtime, tmp_path, box()) as engine:
            yield engine
        return
    if state != "created" and runtime != "memory":
        require_runtime(runtime, tmp_path / "probe")
    yield in_memory(tmp_path) if runtime == "memory" else engine_at(tmp_path / "store", runtime)


@pytest.fixture
def own(in_state):
    return in_state[0].files.writable_layer(in_state[1])


@pytest.fixture
def view(in_state):
    return lambda: in_state[0].files.stack(in_state[1]).view()


@pytest.fixture
def read(in_state):
    def bytes_of(path):
        stack = in_state[0].files.stack(in_state[1])
        with stack.open(stack.view().resolve(path)) as content:
            return content.read()

    return bytes_of


@pytest.fixture
def lines(in_state):
    return lambda: [f"{kind} {path}" for kind, path in changed(*in_state)]


@pytest.fixture
def size(in_state):
    return lambda: in_state[0].files.own_size(in_state[1])
