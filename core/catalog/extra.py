"""What the catalog needs besides: the packages of the extra `layertui[catalog]`, and the line that says so where one is missing."""

from __future__ import annotations

from importlib.util import find_spec

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr

_PACKAGES = ("pyarrow", "duckdb", "fsspec", "distributed")


def require_extra() -> None:
    """Raise LayertuiError, with what to install, where a package of the extra is missing."""
    missing = next((name for name in _PACKAGES if find_spec(name) is None), None)
    if missing is not None:
        raise LayertuiError(
            tr(
                "`catalog` needs the package {missing}: install the extra, `pip install 'layertui[catalog]'`",
                missing=missing,
            )
        )
