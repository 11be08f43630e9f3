"""How many examples a law has that needs more or fewer than the others."""

from hypothesis import settings

USUAL = 100  # what hypothesis takes where nothing is said


def examples(count: int) -> settings:
    """So many in a usual run; as many times more or fewer as the profile has: `quick` a tenth."""
    return settings(max_examples=max(1, count * settings.default.max_examples // USUAL), deadline=None)
