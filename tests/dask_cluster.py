"""A Dask cluster on loopback for tests: a scheduler and workers, each a process of its own that can be killed."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager


@contextmanager
def cluster(folder, workers=2):
    """A scheduler and workers on loopback, each a process of its own; the address, and the workers."""
    started = []
    environment = {**os.environ, "DASK_DISTRIBUTED__DASHBOARD__LINK": ""}
    words = ["--host", "127.0.0.1", "--no-dashboard"]

    def start(module, *more):
        with open(folder / f"{module}-{len(started)}.log", "wb") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", module, *more],
                    stdout=log,
                    stderr=log,
                    env={**environment, "LAYERTUI_STORE": str(folder / f"worker-store-{len(started)}")},
                )
            )
        return started[-1]

    try:
        start(
            "distributed.cli.dask_scheduler", *words, "--port", "0", "--scheduler-file", str(folder / "scheduler.json")
        )
        wait_for(lambda: (folder / "scheduler.json").exists() and address_in(folder / "scheduler.json"))
        address = address_in(folder / "scheduler.json")
        made = [
            start(
                "distributed.cli.dask_worker",
                address,
                *words,
                "--nthreads",
                "1",
                "--no-nanny",
                "--local-directory",
                str(folder),
            )
            for _ in range(workers)
        ]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address, made
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def address_in(path):
    try:
        return json.loads(path.read_text())["address"]
    except (ValueError, KeyError):
        return ""


def wait_for(is_so, seconds=60):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def dask(address):
    from layertui.core.catalog.tasks.dask_tasks import DaskRunner

    return DaskRunner(address)


def kill_after(runner, worker, count):
    """Have a worker killed as soon as this runner has had so many results."""

    def killing(next_task, progress):
        for number, result in enumerate(type(runner).run(runner, next_task, progress)):
            yield result
            if number == count:
                worker.kill()

    runner.run = killing
