"""A container that looks at every process which `exec` adds to it, before that has become the command."""

from __future__ import annotations

import os
import time
from typing import Any

from containing import options
from layertui.core.containers.model.container import ExecOptions
from layertui.core.progress import quiet
from observed import read, wait_for

# A long PATH keeps the program busy between its last step and the command. The watcher looks at every process but its own.
LONG_PATH = ":".join(f"/nowhere/{number}" for number in range(8000)) + ":/bin"
HOST_VARIABLE = "FROM_THE_HOST"  # set by callers of `watched`, so that there is something to see
WATCH = rf"""
echo watching
while :; do for at in /proc/[0-9]*; do
    case $at in /proc/1|/proc/$$) continue;; esac
    [ -d $at ] || continue
    [ "$(cat $at/comm 2>/dev/null)" = sleep ] && continue
    name=$(readlink $at/exe 2>/dev/null) && case $name in /bin/busybox) ;; *) echo "exe of $at: $name";; esac
    grep -q {HOST_VARIABLE} $at/environ 2>/dev/null && echo "environment of $at"
    ls -l $at/fd 2>/dev/null | grep -E -- '-> .*(/store/|memfd|socket|anon_inode)' && echo "descriptors of $at"
    (exec 9< $at/exe && name=$(readlink /proc/self/fd/9) && [ $name != /bin/busybox ] && echo "opened $name of $at") 2>/dev/null
    grep -q '^State' $at/status 2>/dev/null && echo "seen $at"
done; done
"""


def watched(engine: Any, rounds: int = 4) -> str:
    """What the container's first process has seen, while so many others were added to it, every second one on a terminal."""
    assert HOST_VARIABLE in os.environ
    containers, image = engine.containers, engine.images.open("box:1", None, quiet())
    asked = options("sh", "-c", WATCH, env=(f"PATH={LONG_PATH}",))
    container = containers.lifecycle.start(containers.create(image, "box:1", asked).id)
    wait_for(containers, container.id, b"watching")
    for number in range(rounds):
        with containers.processes.exec(container.id, ["sleep", "0"], ExecOptions(tty=bool(number % 2))) as session:
            read(session)
            assert session.code == 0
    time.sleep(0.3)
    said = b"".join(line.text for line in containers.output.logs(container.id)).decode()
    containers.remove(container.id, force=True)
    return said


def seen(said: str) -> list[str]:
    """Of that, what it should not have seen."""
    return [line for line in said.splitlines() if line != "watching" and not line.startswith("seen ")]
