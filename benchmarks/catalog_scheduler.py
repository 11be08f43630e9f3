"""Whether Dask's scheduler keeps many workers busy with the tasks of a catalog: a simulation, for the model in docs/catalog.md.

    python benchmarks/catalog_scheduler.py [--workers 200] [--rounds 20]

Scheduler, workers, client and queue are those of `catalog add --dask`, all on this machine. Only the tasks are fake: they sleep as long
as a real one was measured to take, a stack after every ten layers. It needs the extra `catalog`.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from layertui.core.catalog.tasks import dask_tasks
from layertui.core.catalog.tasks.task_values import CatalogTask, TaskResult
from layertui.core.progress import Progress

LAYER, STACK = 2.5, 0.15
"""Seconds of a layer of 50,000 rows, and of a stack; docs/catalog.md has them."""
LAYERS = 10  # for each stack
SPREAD = 0.5  # how much shorter or longer than that a task is, at most
EACH = 50  # workers of one process
PATIENCE = 300  # seconds for all workers to be there


def fake(task: CatalogTask) -> TaskResult:
    """Sleep for as long as the task says, and answer as a real one does."""
    time.sleep(task.bytes / 1000)
    return TaskResult(task, {}, {"diff_id": task.key, "entries": 1, "size": 1, "stored_size": 1}, task.bytes / 1000)


def tasks(count: int) -> list[CatalogTask]:
    """Tasks as they come for a registry; `bytes` are milliseconds."""
    dice = random.Random(1)
    made = []
    for number in range(count):
        kind, seconds = ("stack", STACK) if number % (LAYERS + 1) == LAYERS else ("layer", LAYER)
        took = int(1000 * seconds * dice.uniform(1 - SPREAD, 1 + SPREAD))
        name = f"docker://registry.example.com/team/app{number % 97}@sha256:{number:064x}"
        made.append(CatalogTask(kind, f"sha256:{number:064x}", "s3://b/c", "", "", name, "sha256:", 1, took))
    return made


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[tuple[str, Callable[[], float]]]:
    """A scheduler in a process, workers of one thread each in a few others; the address, and the scheduler's processor time so far."""
    environment = {**os.environ, "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false"}
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder, "scheduler.json")
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(known)]
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_scheduler", *words],
                env=environment,
                stderr=subprocess.DEVNULL,
            )
        ]
        try:
            while not known.exists() or not known.read_text().endswith("}"):
                time.sleep(0.1)
            address = str(json.loads(known.read_text())["address"])
            for first in range(0, workers, EACH):
                count = min(EACH, workers - first)
                started.append(
                    subprocess.Popen(
                        [sys.executable, __file__, "--serve", address, "--workers", str(count)],
                        env=environment,
                        stderr=subprocess.DEVNULL,
                    )
                )
            scheduler = started[0].pid
            yield address, lambda: spent(scheduler)
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


def spent(pid: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def serve(address: str, count: int) -> None:
    """Be that many workers, until the process is killed."""
    import distributed

    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            await distributed.Worker(
                address, nthreads=1, memory_limit=0, dashboard=False, local_directory=folder, host="127.0.0.1"
            )
        await asyncio.Event().wait()


def busy(workers: int, rounds: int) -> str:
    """Have the tasks done; how busy the workers were, in words."""
    dask_tasks.do_task = fake
    left = tasks(workers * rounds)
    total, count = sum(one.bytes for one in left) / 1000, len(left)
    steady = count - workers  # results until then come while others wait
    left.reverse()
    with cluster(workers) as (address, scheduler):
        runner = dask_tasks.DaskRunner(address)
        runner._client.wait_for_workers(workers, timeout=PATIENCE)  # noqa: SLF001
        print(f"{workers} workers are there", file=sys.stderr, flush=True)
        of_scheduler, of_client = scheduler(), time.process_time()
        begun, so_far, until = time.monotonic(), 0.0, 1.0
        for done, result in enumerate(runner.run(lambda: left.pop() if left else None, Progress()), 1):
            if done <= steady:
                so_far, until = so_far + result.seconds, time.monotonic() - begun
        took = time.monotonic() - begun
        of_scheduler, of_client = scheduler() - of_scheduler, time.process_time() - of_client
        runner.close()
    # Then each worker is in the middle of one more task.
    steady_part = (so_far + workers * total / count / 2) / workers / until
    return (
        f"{workers} workers, {count} tasks of {total / count:.2f} s: busy {total / workers / took:.1%} of the time in all,"
        f" {steady_part:.1%} until the tasks ran out; {count / took:.0f} tasks a second, of each {of_scheduler / count * 1000:.1f} ms"
        f" of processor time in the scheduler, {of_client / count * 1000:.1f} ms in the client"
    )


def main() -> int:
    """Run it once, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=20, help="tasks for each worker")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.serve, chosen.workers))
        return 0
    print(busy(chosen.workers, chosen.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
