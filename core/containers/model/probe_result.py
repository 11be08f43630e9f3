"""ProbeResult: what trying a runtime or a network program has shown; the same value for every engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A program that might start containers here, or connect them to a network, and whether it does."""

    name: str
    program: str | None
    """Its path; None if it is not installed."""
    reason: str | None
    """Why it does not work; None if it does."""
