"""The shim: a small process for each container; it starts the runtime, keeps output and exit code, outlives layertui.

It is run as `python -I -S shim.py`, never imported as a whole, and uses few modules of the standard library, because
every module costs memory in each container. So no json, no subprocess, no logging; records are written as text.
`_socket` and `_signal` are the C parts of `socket` and `signal`; the Python parts import enum, collections and
functools, which is half of a start.

    shim.py FOLDER      after `go` on its standard input, it reads FOLDER/plan: NUL-separated key=value pairs; a
                        repeated key makes a list

    run=…               the runtime's command line
    kind=child          the runtime is a child and exits with the container's exit code (bwrap)
    kind=detached       it exits when the container runs; FOLDER/pid names the process to wait for (runc)
    kind=joined         the launcher itself adds a process to a container (exec with bwrap)
    join=, join_start_time=   the pid and start time of that container's first process
    fds=…               numbers: the descriptors that the runtime gets for the next five
    launcher=FILE       first: the status descriptor, on which the launcher reports whether the command was executed;
                        second: the launcher; third: the runtime's information about itself; fourth: the runtime waits
                        until it can read from it; fifth: where the other side of the terminal is sent, if there is one.
                        For kind=joined, third: the first process of the container; fourth: where the new process's pid
                        is written; sixth and following: its cgroups
    cgroup=…            cgroup folders that the container is put into
    uid_map=, gid_map=  written for the runtime's user namespace; newuidmap=, newgidmap=: the programs for that
    network=…           the program that connects the container and runs as long as it; PID in its arguments is replaced
                        by the pid of the first process
    net=                the name of the network
    forward=…           requests to that program, each for one port of the host
    begin=…             run after the network is connected, if `run` only creates the container (runc create)
    cleanup=…           run when the container has ended
    record=FILE         runc's state; if the cgroups in it can be removed at once, `cleanup` is not run
    remove=             then remove the container, as soon as FOLDER/../hold is not locked
    tty=, stdin=        a pseudo terminal; standard input stays open until an attached client closes its own (`once`),
                        or always (`open`)
    size=               the size of the terminal: a struct winsize, in hex
    log=FILE            the log of the output
    log_size=           bytes after which FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on; 0 for never
    log_files=          the number of log files that are kept
    oom=FILE            where the kernel counts the container's processes that it killed because memory ran out
    client=N            the descriptor of a socket whose other end is attached from the first byte on
    alone=              the process is added by `exec`: only that client is ever attached, and no files are left

It writes to FOLDER: `state` when the container runs, `exit` when it has ended. To its own standard output it writes
once: `ok`; or `failed STATUS MESSAGE`, the launcher's status in hex and the runtime's error message, and then there
is no `state`.
"""

import os
import sys

if __name__ == "__main__":
    # Last, so that none of these files hides a module. Imported modules are compiled once, a script each time it runs.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    from shim_life import main  # type: ignore[import-not-found]

    main(sys.argv[1])
