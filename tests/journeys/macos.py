"""Makes this process a stand-in for one on macOS, and runs a command line or the screen in it.

macos.py verb words… , verb words…    verbs one after another, to the first that fails
macos.py screen PRESSED…              the screen, driven by keys; prints what it shows then

What Python lacks on macOS is taken away, as typeshed has it (`tests/macos_names.py`) and as it was found; `/proc` is not there. All else is Linux still: this proves no more than that we ask for nothing
that is missing there.
"""

import asyncio
import fcntl
import os
import resource
import select
import selectors
import signal
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

LACKING = {
    os: (
        "O_PATH O_TMPFILE O_DIRECT O_LARGEFILE O_NOATIME O_RSYNC CLONE_NEWNS CLONE_NEWUSER P_PIDFD POSIX_FADV_DONTNEED copy_file_range"
        " eventfd eventfd_read eventfd_write fdatasync getrandom getresgid getresuid getxattr listxattr memfd_create pidfd_open pipe2"
        " posix_fadvise posix_fallocate removexattr sched_getaffinity sched_setaffinity setns setresgid setresuid setxattr splice"
        " timerfd_create unshare"
    ),
    signal: "SIGRTMIN SIGRTMAX SIGPOLL SIGPWR SIGSTKFLT SIGCLD pidfd_send_signal sigtimedwait sigwaitinfo",
    select: "epoll",
    fcntl: "F_ADD_SEALS F_GET_SEALS F_GETPIPE_SZ F_SETPIPE_SZ F_OFD_SETLK F_OFD_SETLKW F_OFD_GETLK F_NOTIFY",
    socket: "SO_PEERCRED MSG_CMSG_CLOEXEC SOCK_CLOEXEC SOCK_NONBLOCK AF_NETLINK SO_PASSCRED",
    resource: "prlimit RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_SIGPENDING",
}
TELLS = {"open", "os.listdir", "os.scandir", "os.chmod", "os.link", "os.readlink", "os.truncate", "os.utime"}
"""What Python says aloud before it does it."""


def become() -> None:
    """From now on."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from macos_names import MODULES, lacking

    unknown = {name: lacking(name) for name in MODULES}  # all of them, before the first is taken away
    for name, names in unknown.items():
        for one in names:
            vars(sys.modules[name]).pop(one, None)
    for module, names in LACKING.items():
        for name in names.split():
            vars(module).pop(name, None)
    selectors.DefaultSelector = selectors.PollSelector  # it has chosen when it was imported
    sys.platform = "darwin"
    sys.modules["inotify_simple"] = None  # it is installed on Linux alone
    # What Python has on macOS alone: no proxy is set there.
    sys.modules["_scproxy"] = SimpleNamespace(_get_proxy_settings=dict, _get_proxies=dict)
    os.uname = lambda: os.uname_result(("Darwin", "mac", "23.0.0", "", "arm64"))
    chmod = os.chmod

    def chmod_there(path, mode, *, dir_fd=None, follow_symlinks=True):
        if follow_symlinks:
            return chmod(path, mode, dir_fd=dir_fd)
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=dir_fd)
        try:
            os.fchmod(fd, mode)
        finally:
            os.close(fd)

    os.chmod = chmod_there
    os.supports_follow_symlinks.add(chmod_there)

    def without_proc(event: str, args: tuple[object, ...]) -> None:
        path = args[0] if args else None
        if event in TELLS and isinstance(path, str | bytes) and os.fsdecode(path).startswith("/proc/"):
            raise FileNotFoundError(2, "No such file or directory", path)

    sys.addaudithook(without_proc)


async def screen(*keys: str) -> str:
    """Open the screen, press keys, and give what it shows."""
    from layertui.core.settings import Settings
    from layertui.tui.app import LayerTui

    app = LayerTui(Settings.load(), None)
    async with app.run_test(size=(120, 40)) as pilot:
        for key in (None, *keys):
            if key is not None:
                await pilot.press(key)
            for _ in range(500):
                await pilot.pause(0.01)
                if not app.jobs.busy:
                    break
            await pilot.pause(0.1)
        return "\n".join("".join(part.text for part in strip) for strip in app.screen._compositor.render_strips())


if __name__ == "__main__":
    become()
    if sys.argv[1] == "screen":
        sys.stdout.write(asyncio.run(screen(*sys.argv[2:])))
    else:
        from layertui.tui.verbs.commands import run

        while words := sys.argv[1:]:
            end = words.index(",") if "," in words else len(words)
            sys.argv[1:] = words[end + 1 :]
            if code := run(words[:end]):
                sys.exit(code)
