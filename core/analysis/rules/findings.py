"""What breaks a rule: a path or a package, with the layer that brought it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One thing that breaks a rule. It never has the text of a secret."""

    path: str
    """Of a package: the file of the database that names it."""
    layer: int
    kind: str
    """What it is: `private key`, `dpkg openssl 3.0.11-1`."""
    line: int | None = None
    """The line in the file, from 1; None if it is the file itself, or one that is no text."""
    hidden: bool = False
    """Whether a higher layer hides it; anybody who has the image can take it out nevertheless."""
