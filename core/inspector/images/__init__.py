"""Images of an engine: brought in, named, taken out, removed."""
