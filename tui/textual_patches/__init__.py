"""Everything that reaches into Textual's private names; `pyproject.toml` bounds Textual to the series it is tested with."""
