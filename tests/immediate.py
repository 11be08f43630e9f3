"""Jobs without an app: what a part of a screen asks is answered on the spot."""

from dataclasses import dataclass, field

from layertui.core.progress import quiet as no_progress
from layertui.tui.screens.shared.base_screen import Asking


@dataclass
class Done:
    over: bool = True


class Immediate(Asking):
    """Asks an Inspector in the caller's thread."""

    def __init__(self, inspector):
        self._asks = inspector
        self.asked, self.followed, self.stopped = [], [], None

    def ask(self, title, call, then, *, group, failed=None, stopped=None, quiet=False):
        self.asked.append(title)
        self.stopped = stopped
        try:
            answer = call(self._asks, no_progress())
        except Exception as error:
            if failed is None:
                raise
            failed(error)
        else:
            then(answer)
        return Done()

    def follow(self, container, changed):
        self.followed.append((container, changed))


@dataclass
class Heard:
    """Takes every answer, and keeps its name and what came with it."""

    calls: list = field(default_factory=list)

    def __getattr__(self, name):
        if not name.startswith("show_"):
            raise AttributeError(name)
        return lambda *args: self.calls.append((name, *args))

    @property
    def names(self):
        return [name for name, *_ in self.calls]

    def last(self, name):
        return next(args for called, *args in reversed(self.calls) if called == name)
