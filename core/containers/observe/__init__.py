"""Observes a container: logs, processes, resource use, namespaces, changed files."""
