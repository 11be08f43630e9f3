"""Questions to several engines at the same time, with a limit on how long is waited for an answer."""

from __future__ import annotations

from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from layertui.core.errors import Unreachable
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def answers(questions: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | Exception]:
    """The answer to each question by its name, in their order; or the exception that it raised.

    All are asked at once. One that takes longer than `seconds` gets Unreachable; its thread does not keep the process alive.
    """
    found: dict[str, T | Exception] = {}

    def ask(name: str, question: Callable[[], T]) -> None:
        try:
            found[name] = question()
        except Exception as error:  # noqa: BLE001  # also that of an engine of another package
            found[name] = error

    threads = [Thread(target=ask, args=one, name=f"ask {one[0]}", daemon=True) for one in questions.items()]
    for thread in threads:
        thread.start()
    until = monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    late = Unreachable(tr("no answer within {seconds:g} seconds", seconds=seconds))
    return {name: found.get(name, late) for name in questions}
