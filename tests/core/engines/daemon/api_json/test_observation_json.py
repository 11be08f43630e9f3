from layertui.core.containers.observe.resource_usage import between
from layertui.core.engines.daemon.api_json.observation_json import layers_of, sample_of

RUNNING = {
    "read": "2026-12-01T14:29:45.666148112Z",
    "pids_stats": {"current": 2},
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"major": 8, "minor": 0, "op": "Read", "value": 4096},
            {"major": 8, "minor": 0, "op": "Write", "value": 100},
            {"major": 8, "minor": 16, "op": "read", "value": 1},
            {"major": 8, "minor": 0, "op": "Total", "value": 4196},
        ]
    },
    "cpu_stats": {"cpu_usage": {"total_usage": 1_500_000_000}, "online_cpus": 2},
    "memory_stats": {"usage": 331776, "stats": {"total_inactive_file": 1776, "inactive_file": 5}, "limit": 1 << 30},
    "networks": {"eth0": {"rx_bytes": 10, "tx_bytes": 20}, "eth1": {"rx_bytes": 1, "tx_bytes": 2}},
}


def test_counters():
    sample = sample_of(RUNNING, 100.0)
    assert (sample.at, sample.cpu, sample.memory, sample.limit, sample.pids) == (100.0, 1.5, 330000, 1 << 30, 2)
    assert (sample.received, sample.sent, sample.read, sample.written) == (11, 22, 4097, 100)


def test_two_samples_give_the_share_of_a_processor():
    later = {**RUNNING, "cpu_stats": {"cpu_usage": {"total_usage": 4_500_000_000}}}
    assert between(sample_of(RUNNING, 100.0), sample_of(later, 102.0)).cpu_percent == 150.0


def test_cgroups_of_version_2_name_it_otherwise():
    memory = {"usage": 100, "stats": {"inactive_file": 30}}
    assert sample_of({**RUNNING, "memory_stats": memory}, 0.0).memory == 70


def test_what_does_not_run_has_none():
    assert sample_of({"read": "0001-01-01T00:00:00Z", "memory_stats": {}}, 0.0) is None
    assert sample_of({"cause": "container is stopped", "message": "", "response": 500}, 0.0) is None


def test_a_cgroup_without_numbers_is_all_zeros():
    sample = sample_of({"read": "2026-12-01T14:29:45Z", "blkio_stats": {"io_service_bytes_recursive": None}}, 0.0)
    assert (sample.cpu, sample.memory, sample.read) == (0.0, 0, 0)


def test_layers_of_docker_and_podman():
    data = {"UpperDir": "/d/top/diff", "LowerDir": "/d/top-init/diff:/d/b/diff:/d/a/diff"}
    layers = layers_of({"GraphDriver": {"Name": "overlay2", "Data": data}})
    assert [(one.first, one.last, one.folder.as_posix(), one.writable) for one in layers] == [
        (3, 3, "/d/top/diff", True),
        (0, 0, "/d/top-init/diff", False),
        (2, 2, "/d/b/diff", False),
        (1, 1, "/d/a/diff", False),
    ]
    assert layers_of({"GraphDriver": {"Name": "overlayfs", "Data": None}}) == ()
