"""Waits until a screen is at rest: no job, no message, no key and no delayed look is left.

`pilot.pause()` alone takes a process that got no processor for 20 ms for one that is idle, which on a busy machine is
between a job's end and what follows from it.
"""

import asyncio

CALM = 3
"""Turns of the event loop in a row in which nothing may be pending."""


async def at_rest(app, pilot, *, until=lambda: True, seconds=60):
    """Return when nothing is pending and `until` is true, and all of it is drawn."""
    loop = asyncio.get_running_loop()
    end, calm = loop.time() + seconds, 0
    while calm < CALM:
        pending = _pending(app) or not until()
        calm = 0 if pending else calm + 1
        await asyncio.sleep(0.01 if pending else 0)
        if loop.time() > end:
            raise AssertionError(f"not at rest within {seconds} s on {app.screen}")
    await pilot.pause()


def _pending(app):
    queue = getattr(app, "key_queue", None)
    if app.jobs.busy or (queue is not None and queue.busy):
        return True
    for screen in app.screen_stack:
        for debounce in (getattr(screen, "debounce", None), getattr(screen, "_debounce", None)):
            if debounce is not None and debounce.pending:
                return True
    nodes = [app, *(node for screen in app.screen_stack for node in screen.walk_children(with_self=True))]
    return any(node.message_queue_size or node._next_callbacks for node in nodes)
