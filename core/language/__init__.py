"""The language of texts: translations, and how one is chosen."""
