"""The databases of package managers and languages, parsed: a module a kind."""
