"""Takes a notification back before its time is over.

Why: Textual offers this to its own widgets alone, and `notify` does not return what it has posted. Nor does Textual remove
a toast that is being mounted at the moment, as on a screen that was just pushed: so its holder is removed, which is there at once.
Without it: a notice that is no longer true would be shown until its time is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets._toast import ToastRack

if TYPE_CHECKING:
    from textual.app import App


def withdraw(app: App[Any], message: object) -> None:
    """Show the notification with this very message no longer; in the order of messages, as it may have been posted just now."""

    def take_back() -> None:
        for notification in list(app._notifications):
            if notification.message is message:
                app._unnotify(notification)
                for screen in app.screen_stack:
                    screen.query(f"#{ToastRack._toast_id(notification)}").remove()

    app.call_later(take_back)
