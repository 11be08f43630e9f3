"""What is asked for is what a daemon then says of it: CreateOptions -> body -> answer -> CreateOptions."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from layertui.core.containers.model.container import SHM_SIZE, CreateOptions
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import NO_LIMIT, Limits
from layertui.core.engines.daemon.api_json.create_body import create_body
from layertui.core.engines.daemon.api_json.options_json import options_of

WORD = st.text("abcXYZ019_-", min_size=1, max_size=8)
WORDS = st.lists(WORD, max_size=3).map(tuple)
MAYBE = st.none() | WORD
PATHS = WORD.map(lambda word: f"/mnt/{word}")
MOUNTS = st.lists(
    st.builds(Mount, kind=st.just("volume"), target=PATHS, source=WORD, read_only=st.booleans(), copies=st.booleans())
    | st.builds(
        Mount, kind=st.just("bind"), target=PATHS, source=PATHS, read_only=st.booleans(), makes_source=st.booleans()
    )
    | st.builds(
        Mount,
        kind=st.just("tmpfs"),
        target=PATHS,
        size=st.none() | st.integers(1, 1 << 40),
        mode=st.none() | st.integers(0, 0o7777),
        read_only=st.booleans(),
        flags=st.lists(st.sampled_from(["exec", "suid", "nodev"]), unique=True).map(tuple),
    ),
    max_size=4,
    unique_by=lambda one: one.target,
).map(tuple)
PORTS = st.lists(
    st.builds(
        Port,
        own=st.integers(1, 65535),
        host=st.integers(0, 65535),
        ip=st.sampled_from(["0.0.0.0", "127.0.0.1", "::1"]),
        protocol=st.sampled_from(["tcp", "udp"]),
    ),
    max_size=3,
    unique_by=lambda one: (one.own, one.protocol),
).map(tuple)
LIMITS = st.builds(
    Limits,
    memory=st.none() | st.integers(6 << 20, 1 << 40),
    swap=st.none() | st.just(-1) | st.integers(6 << 20, 1 << 40),
    nano_cpus=st.none() | st.integers(10**7, 10**12),
    pids=st.none() | st.just(NO_LIMIT) | st.integers(1, 10**6),
)
CAPS = st.lists(st.sampled_from(["ALL", "CAP_CHOWN", "CAP_NET_ADMIN"]), unique=True).map(tuple)
OPTIONS = st.builds(
    CreateOptions,
    command=st.none() | st.lists(WORD, min_size=1, max_size=3).map(tuple),
    entrypoint=st.none() | st.lists(WORD, min_size=1, max_size=3).map(tuple),
    env=st.lists(st.tuples(WORD, WORD).map("=".join), max_size=3).map(tuple),
    user=MAYBE,
    working_dir=st.none() | PATHS,
    tty=st.booleans(),
    interactive=st.just(True),
    input_once=st.booleans(),
    read_only=st.booleans(),
    net=st.sampled_from(["none", "default", "bridge", "own-net"]),
    ports=PORTS,
    labels=st.dictionaries(WORD, WORD, max_size=3),
    remove=st.booleans(),
    hostname=MAYBE,
    stop_signal=st.sampled_from([None, "SIGINT", "SIGTERM", "SIGUSR1"]),
    stop_timeout=st.none() | st.integers(0, 1000),
    groups=WORDS,
    mounts=MOUNTS,
    limits=LIMITS,
    shm_size=st.just(SHM_SIZE) | st.integers(1, 1 << 40),
    log_size=st.none() | st.integers(0, 1 << 40),
    log_files=st.none() | st.integers(1, 1000),
    init=st.booleans(),
    cap_add=CAPS,
    cap_drop=CAPS,
    no_new_privileges=st.booleans(),
    confined=st.booleans(),
)


def inspect(body):
    """What a daemon answers of a container that was made so."""
    host = body["HostConfig"]
    mounts = [
        {
            "Type": one["Type"],
            "Name" if one["Type"] == "volume" else "Source": one["Source"],
            "Destination": one["Target"],
            "RW": not one["ReadOnly"],
        }
        for one in host["Mounts"]
    ]
    for bind in host["Binds"]:
        source, target, *words = bind.split(":")
        mounts.append({"Type": "bind", "Source": source, "Destination": target, "RW": words != ["ro"]})
    return {"Id": "f" * 64, "Name": "/a", "Config": body, "HostConfig": host, "Mounts": mounts}


@given(OPTIONS)
def test_a_daemon_is_asked_for_all_that_was_asked_for(options):
    told = options_of(inspect(create_body("box:1", options, attached=True)))
    by_target = sorted(options.mounts, key=lambda one: one.target)
    assert sorted(told.mounts, key=lambda one: one.target) == by_target
    assert sorted(map(str, told.ports)) == sorted(map(str, options.ports))
    assert replace(told, mounts=(), ports=()) == replace(options, name="a", mounts=(), ports=())


def test_what_was_not_asked_for_is_left_to_the_image_and_the_daemon():
    body = create_body("box:1", CreateOptions(), attached=False)
    assert not body.keys() & {"Cmd", "Entrypoint", "User", "WorkingDir", "Hostname", "StopSignal", "StopTimeout"}
    assert not body["HostConfig"].keys() & {"ShmSize", "PidsLimit", "LogConfig", "Init"}


def test_no_entrypoint_takes_the_images_away():
    assert create_body("box:1", CreateOptions(entrypoint=()), attached=False)["Entrypoint"] == [""]


def test_a_volume_without_a_name_is_part_of_the_config():
    options = CreateOptions(mounts=(Mount(kind="volume", target="/data"),))
    body = create_body("box:1", options, attached=False)
    assert (body["Volumes"], body["HostConfig"]["Mounts"]) == ({"/data": {}}, [])


def test_one_to_be_read_alone_has_no_source():
    options = CreateOptions(mounts=(Mount(kind="volume", target="/data", read_only=True),))
    mounts = create_body("box:1", options, attached=False)["HostConfig"]["Mounts"]
    assert mounts == [{"Type": "volume", "Target": "/data", "ReadOnly": True}]
