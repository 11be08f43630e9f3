"""One small process a container: it starts the runtime, keeps output and exit code, and outlives layertui.

Run as `python -I -S shim.py`, never imported for its verbs, and made of the standard library's smallest parts: each module
more is memory times containers. So no json, no subprocess, no logging; records are written as text by hand. `_socket` and
`_signal` are the C halves of `socket` and `signal`, whose other halves bring enum, collections and functools: half of a start.

    shim.py FOLDER      once `go` comes on its standard input, FOLDER/plan says what to do: NUL-separated key=value, a key that
                        comes again makes a list

    run=…               the runtime's command line
    kind=child          the runtime is our child and ends with the container's code (bwrap)
    kind=detached       it ends when the container runs; FOLDER/pid names the process to wait for (runc)
    kind=joined         the launcher itself adds a process to a container (bwrap's exec)
    join=, join_start_time=   who that container's first process is
    fds=…               numbers: the descriptors by which the runtime gets the next five
    launcher=FILE       first: the status, on which the launcher tells whether the command was executed; second: the launcher;
                        third: what the runtime tells of itself; fourth: until it can be read from, the runtime waits;
                        fifth: where our side of the terminal is sent, if there is one. Of a joined one, third: the first process
                        of the container; fourth: where the new one's pid is told; sixth and so on: its cgroups
    cgroup=…            folders of cgroups that the container is put into
    uid_map=, gid_map=  written for the runtime's user namespace; newuidmap=, newgidmap=: the programs to do so
    network=…           runs as long as the container, which it connects; PID among its words is the first process's
    net=                what the network is called
    forward=…           each a request to it, for a port of the host
    begin=…             run once the network is there, where `run` only makes the container (runc create)
    cleanup=…           run when the container has ended
    record=FILE         runc's own; where the cgroups that it names can be removed at once, `cleanup` need not run
    remove=             then remove the container, as soon as nobody holds FOLDER/../hold any more
    tty=, stdin=        a pseudo terminal; standard input stays open until that of somebody attached ends (`once`), or on (`open`)
    size=               of the terminal: a struct winsize, in hex
    log=FILE            where output is logged
    log_size=           bytes after which FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on; 0 for never
    log_files=          how many of them are kept
    oom=FILE            where the kernel counts the container's processes that it killed for want of memory
    client=N            the descriptor of a socket whose other side is attached from the first byte on
    alone=              this is no container's first process but one that `exec` adds: only that client is ever attached, and
                        nothing is left

What it leaves in FOLDER: `state` as soon as the container runs, `exit` when it has ended. On its own standard output, once: `ok`,
or `failed TOLD` and the runtime's own words, and then there is no `state`.
"""

import os
import sys

if __name__ == "__main__":
    # Last, so that no file of ours takes the name of a module. What is imported is compiled once, what is run each time.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    from shim_life import main  # type: ignore[import-not-found]

    main(sys.argv[1])
