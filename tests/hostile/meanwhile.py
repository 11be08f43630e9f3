"""Something that happens again and again in another thread, while what is tested runs."""

import threading
from contextlib import contextmanager


@contextmanager
def meanwhile(act):
    """Call `act` until the block ends."""
    over = threading.Event()

    def go_on():
        while not over.is_set():
            act()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
