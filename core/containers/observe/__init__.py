"""A running container observed: logs, processes, resources, namespaces."""
