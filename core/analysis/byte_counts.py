"""Numbers of bytes as dive and people write them: ``20MB``, ``1.5 GiB``, ``1,000``."""

from __future__ import annotations

import re

from layertui.core.language.texts import tr

_SPELLED = re.compile(r"([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)\s*([kmgtpe]?)(i?)b?", re.IGNORECASE)
_POWERS = " kmgtpe"


def bytes_from(text: str) -> int:
    """Bytes in units of 1000 (``kB``, ``MB``, ``M``) or 1024 (``KiB``, ``Mi``). Raises ValueError for anything else."""
    match = _SPELLED.fullmatch(text.strip())
    if match is None or (match[3] and not match[2]):
        raise ValueError(tr("{text!r} is no number of bytes; write 20MB, 1.5GiB or 1000", text=text))
    factor = (1024 if match[3] else 1000) ** _POWERS.index(match[2].lower() or " ")
    number = match[1].replace(",", "")
    return int(number) * factor if number.isdecimal() else int(float(number) * factor)
