"""The rules of a CI gate: limits, forbidden paths, secrets and packages."""
